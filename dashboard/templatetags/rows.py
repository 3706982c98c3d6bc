"""What a list has in each of its rows, as tags: of fifty rows the `{% include %}`s alone are a fifth of a page's CPU.

The components of the same names are these tags, for wherever there is one.
"""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from uuid import UUID

from django import template
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe

from dashboard import addresses, wording
from dashboard.templatetags.shell import hue, icon, initials

register = template.Library()

#: The icon and the words of what is known of a message that went out; whatever else it is, it is on its way.
TICKS = {
    "failed": ("circle-alert", "Not delivered"),
    "read": ("check-check", "Read"),
    "delivered": ("check-check", "Delivered"),
    "sent": ("check", "Sent"),
}
ON_ITS_WAY = ("clock", "On its way")


@register.simple_tag
def row_url(name: str, key: UUID) -> str:
    """`{% url name key %}`, in a tenth of its time."""
    return addresses.of_row(name, key)


@register.simple_tag
def message_url(conversation: UUID, message: UUID) -> str:
    """Of a conversation's page, at one of its messages."""
    return f"{addresses.of_row('conversation', conversation)}?message={message}#m-{message}"


@register.simple_tag
@lru_cache(maxsize=1024)
def avatar(name: str, size: str = "m") -> SafeString:
    """A person or a business; size: s, m, l. Decoration: the name stands beside it. Remembered: a tenth of its time."""
    return format_html(
        '<span class="avatar avatar-{} hue-{}" aria-hidden="true">{}</span>', size, hue(name), initials(name)
    )


@register.simple_tag
@lru_cache(maxsize=16)
def ticks(status: str) -> SafeString:
    """What is known of a message that went out; of `bots.models.Message.status`."""
    drawing, words = TICKS.get(status, ON_ITS_WAY)
    return format_html('<span class="ticks ticks-{}">{}</span>', status, icon(drawing, label=words))


@register.simple_tag
def status(tone: str, text: str) -> SafeString:
    """A dot and its words. tone: good, warn, bad, calm, live."""
    return mark_safe(  # noqa: S308 (a word of ours; the other escaped)
        f'<span class="status status-{tone}"><span class="status-dot" aria-hidden="true"></span>'
        f'<span class="status-text">{escape(text)}</span></span>'
    )


@register.simple_tag
def moment(at: datetime, now: datetime) -> SafeString:
    """How long ago something was; the whole time in its title. Without the filters `date`: a quarter of their time."""
    return mark_safe(  # noqa: S308 (digits and names of months)
        f'<time datetime="{at.isoformat()}" title="{at:%-d %b %Y, %H:%M:%S} UTC">{wording.ago(at, now=now)}</time>'
    )
