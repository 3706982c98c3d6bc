"""What each message of a thread has, as tags: as a template's nodes they take a third of a conversation's CPU."""

from __future__ import annotations

from uuid import UUID

from django import template
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe

from dashboard import addresses
from dashboard.inbox.thread_items import Item, ShownMessage
from dashboard.templatetags.rows import ticks
from dashboard.templatetags.shell import icon

register = template.Library()

#: Who spoke -> the icon before the name.
ICONS = {"bot": "bot", "notice": "zap", "member": "user"}
#: Who spoke -> how the bubble looks, where that is not as the side has it.
LOOKS = {"member": " bubble-human", "notice": " bubble-notice"}
#: Above a message that goes on with a run, for those who hear it: which side it is on.
SIDES = {
    "in": SafeString('<p class="visually-hidden">They wrote</p>'),
    "out": SafeString('<p class="visually-hidden">Answered</p>'),
}


@register.simple_tag
def message_attributes(item: Item, highlighted: str) -> SafeString:
    """Of its `<article>`: how it looks, and what static/js/thread-merge.js knows it by. `highlighted`: a message."""
    shown = _shown(item)
    begins = " message-begins" if shown.begins else ""
    wanted = " message-wanted" if highlighted and item.key == f"m-{highlighted}" else ""
    return mark_safe(  # noqa: S308 (keys, times and words of our own)
        f'class="message message-{shown.side} message-{shown.speaker}{begins}{wanted}" id="{item.key}" tabindex="-1"'
        f' data-item data-short="{item.short}" data-version="{item.version}" data-sort="{item.sort}"'
        f' data-cursor="{shown.cursor}"'
    )


@register.simple_tag
def bubble_class(item: Item) -> SafeString:
    shown = _shown(item)
    begins = " bubble-begins" if shown.begins else ""
    return mark_safe(f"bubble bubble-{shown.side}{LOOKS.get(shown.speaker, '')}{begins}")  # noqa: S308 (our own words)


@register.simple_tag
def message_who(item: Item) -> SafeString:
    """Who spoke, above the first message of a run."""
    shown = _shown(item)
    if not item.who:
        return SIDES[shown.side]
    drawing = icon(ICONS[shown.speaker]) if shown.speaker in ICONS else ""
    return format_html('<p class="bubble-who">{}<bdi>{}</bdi></p>', drawing, item.who)


@register.simple_tag
def message_words(item: Item) -> SafeString:
    """What it says, or what it is where it says nothing."""
    if item.html:
        emoji = " bubble-emoji" if _shown(item).is_emoji else ""
        # As `bots.formatting.html` made it, which escapes.
        return mark_safe(f'<div class="bubble-words{emoji}" dir="auto">{item.html}</div>')  # noqa: S308
    return format_html('<p class="bubble-media">{}</p>', item.text) if item.text else SafeString("")


@register.simple_tag
def message_foot(item: Item, turn_id: UUID | None) -> SafeString:
    """When it was written, how far it has come, and from an answer of the bot's the way to what explains it."""
    shown = _shown(item)
    clock, times = item.clock, escape(shown.times)
    why, come = "", ""
    if shown.speaker == "bot" and turn_id:
        address = addresses.of_row("why", turn_id)
        why = (
            f'<a class="bubble-why" href="{address}" hx-get="{address}" hx-target="#why-body" hx-swap="innerHTML"'
            f' data-opens="why">Why?<span class="visually-hidden"> Why this answer at {clock}</span></a>'
        )
    if shown.status:
        come = f'<span title="{times}">{ticks(shown.status)}</span>'
    return mark_safe(  # noqa: S308 (addresses and times of our own)
        f'<p class="bubble-foot" data-foot>{why}<span title="{times}">{clock}</span>{come}</p>'
    )


@register.simple_tag
def quote_button(item: Item, key: UUID) -> SafeString:
    """Answers to this message, by its `key`; it says whom."""
    who = "They" if _shown(item).side == "in" else escape(item.who or "You")
    return mark_safe(  # noqa: S308 (escaped above)
        f'<button class="icon-button message-reply" type="button" data-quote="{key}" data-quote-who="{who}"'
        f' aria-label="Reply to this message">{icon("undo-2")}</button>'
    )


def _shown(item: Item) -> ShownMessage:
    """Raises `ValueError` for an item that is no message."""
    if item.shown is None:
        raise ValueError(item.kind)
    return item.shown
