"""What only the inbox's templates need. Tags: there is one in each row, and templates are slow at times and loops."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django import template
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from dashboard import wording
from dashboard.inbox.rows import Piece

register = template.Library()


@register.simple_tag
def row_time(moment: datetime, now: datetime) -> SafeString:
    """When something was said, in a row."""
    exact, said = moment.isoformat(timespec="seconds"), short_ago(moment, now=now)
    return mark_safe(  # noqa: S308 (digits and names of months)
        f'<time datetime="{exact}" title="{moment:%-d %b %Y, %H:%M} UTC">{said}</time>'
    )


@register.simple_tag
def marked(pieces: Sequence[Piece]) -> SafeString:
    """A text with the words that were searched for marked."""
    escaped = ((escape(piece.text), piece.is_marked) for piece in pieces)
    return mark_safe("".join(f"<mark>{text}</mark>" if is_marked else text for text, is_marked in escaped))  # noqa: S308


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
