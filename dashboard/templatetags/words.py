"""Numbers, times and names in templates. The rules are in `dashboard.masking` and `dashboard.wording`."""

from __future__ import annotations

from datetime import datetime

from django import template

from dashboard import masking, wording

register = template.Library()


@register.filter
def masked_number(address: str) -> str:
    return masking.masked_number(address)


@register.filter
def whole_number(address: str) -> str:
    return masking.whole_number(address)


@register.filter
def provider(name: str) -> str:
    return wording.provider(name)


@register.filter
def with_article(noun: str) -> str:
    """`an owner`, `a viewer`: by the letter it begins with."""
    return f"{'an' if noun[:1].lower() in 'aeiou' else 'a'} {noun}"


@register.filter
def duration(milliseconds: float) -> str:
    return wording.duration(milliseconds)


@register.filter
def ago(moment: datetime, now: datetime) -> str:
    return wording.ago(moment, now=now)
