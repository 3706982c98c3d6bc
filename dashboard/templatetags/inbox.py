"""What only the inbox's templates need."""

from __future__ import annotations

from datetime import datetime, timedelta

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from dashboard import wording

register = template.Library()


@register.simple_tag
def row_time(moment: datetime, now: datetime) -> SafeString:
    """When something was said, in a row. A tag, for there is one in each row and templates are slow at times."""
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        moment.isoformat(timespec="seconds"),
        f"{moment:%-d %b %Y, %H:%M} UTC",
        short_ago(moment, now=now),
    )


def short_ago(moment: datetime, *, now: datetime) -> str:
    """As narrow as a row has room for: `now`, `4 min`, `3 h`, `2 d`, `14 Mar`, `14 Mar 24`."""
    age = now - moment
    if age < timedelta(minutes=1):
        return "now"
    if age < timedelta(days=1):
        return wording.span(age)
    if age < timedelta(days=7):
        return f"{age.days} d"
    return moment.strftime("%-d %b" if moment.year == now.year else "%-d %b %y")
