"""What only the inbox's templates need. Tags: there is one in each row, and templates are slow at times and loops."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django import template
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from dashboard import wording
from dashboard.inbox.rows import Piece, Row
from dashboard.templatetags.rows import ticks

register = template.Library()


@register.simple_tag
def item_attributes(row: Row) -> SafeString:
    """Of a row's `<li>`: by what static/js/inbox-list.js and inbox-selection.js know it."""
    labels, failed = "".join(f"{label.pk} " for label in row.labels), "yes" if row.has_failed else ""
    return mark_safe(  # noqa: S308 (keys and numbers)
        f'id="c-{row.id}" data-order="{row.order}" data-labels="{labels}" data-failed="{failed}"'
    )


@register.simple_tag
def link_attributes(row: Row, opened_id: UUID | None) -> SafeString:
    """Of a row's `<a>`: where it leads, and whether that is open."""
    address, anchor = escape(row.address), f"#m-{row.message}" if row.message else ""
    unread = " inbox-row-unread" if row.unread else ""
    current = ' aria-current="true"' if row.id == opened_id else ""
    return mark_safe(  # noqa: S308 (escaped above)
        f'class="inbox-row{unread}" data-row href="{address}{anchor}" hx-get="{address}"{current}'
    )


@register.simple_tag
def row_time(moment: datetime, now: datetime) -> SafeString:
    """When something was said, in a row."""
    exact, said = moment.isoformat(timespec="seconds"), short_ago(moment, now=now)
    return mark_safe(  # noqa: S308 (digits and names of months)
        f'<time datetime="{exact}" title="{moment:%-d %b %Y, %H:%M} UTC">{said}</time>'
    )


@register.simple_tag
def last_said(row: Row) -> SafeString:
    """What was said last: how far it has come, who said it, and the words, those marked that were searched for."""
    if row.bot_writes:
        return SafeString('<span class="inbox-row-writes">Bot is writing…</span>')
    come = f"{ticks(row.status)} " if row.status else ""
    who = f'<span class="inbox-row-who">{escape(row.who)}:</span> ' if row.who else ""
    return mark_safe(f"{come}{who}<bdi>{marked(row.preview)}</bdi>")  # noqa: S308 (escaped)


def marked(pieces: Sequence[Piece]) -> str:
    escaped = ((escape(piece.text), piece.is_marked) for piece in pieces)
    return "".join(f"<mark>{text}</mark>" if is_marked else text for text, is_marked in escaped)


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
