"""The frame around every page: icons, navigation, who is here."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from functools import lru_cache

from django import template
from django.template.context import Context
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from dashboard import navigation, shortcuts
from dashboard.access import PersonRequest
from dashboard.navigation import Link
from dashboard.rights import Right
from dashboard.shortcuts import Group

register = template.Library()

#: Hues of avatars, see static/css/components/avatar.css.
HUES = 8
#: Links that fit into a phone's bar, beside "More".
BAR = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Ways:
    """Where one can go from a page: the same for everybody with the same role there."""

    links: tuple[Link, ...]
    #: Pages below those, for the palette.
    below: tuple[Link, ...]
    #: What single keys do here.
    shortcuts: tuple[Group, ...]
    #: The page of the signed-in person; empty where there is none.
    account_url: str

    @property
    def bar(self) -> tuple[Link, ...]:
        return self.links[:BAR]

    @property
    def is_beyond_bar(self) -> bool:
        """Whether the current page is one that "More" leads to."""
        return any(link.is_current for link in self.links[BAR:])


@dataclass(frozen=True, slots=True, kw_only=True)
class Shell:
    """What the frame shows."""

    #: Whose dashboard this is.
    place: str
    role: str
    ways: Ways
    #: Where the health dot asks; empty where there is none.
    health_url: str


@register.simple_tag(takes_context=True)
def shell(context: Context) -> Shell:
    """The frame for whoever asks, on the host that is asked. Costs no query."""
    request: PersonRequest = context["request"]
    on_console = request.tenant.schema_name == "public"
    # Pages that allauth answers know nobody's membership.
    membership = getattr(request, "membership", None)

    def can(right: Right) -> bool:
        return membership is not None and membership.can(right)

    places, below = (navigation.CONSOLE, ()) if on_console else (navigation.TENANT, navigation.TENANT_BELOW)
    return Shell(
        place="Platform console" if on_console else request.tenant.name,
        role=membership.get_role_display() if membership else "",
        ways=Ways(
            links=tuple(navigation.links(places, path=request.path, can=can)),
            below=tuple(navigation.links(below, path=request.path, can=can)),
            shortcuts=tuple(shortcuts.groups(on_console=on_console, can=can)),
            account_url=_url("account"),
        ),
        health_url="" if on_console or membership is None else _url("health"),
    )


@register.simple_tag
@lru_cache(maxsize=512)
def drawn(template_name: str, ways: Ways, label: str = "", dots: bool = False) -> SafeString:
    """A part of the frame that shows the `ways` and nothing else. Remembered: a tenth of the plainest page's CPU."""
    return SafeString(render_to_string(template_name, {"ways": ways, "label": label, "dots": dots}))


@register.simple_tag
@lru_cache(maxsize=16)
def fixed(template_name: str) -> SafeString:
    """What is the same on each page: the files that it needs. Remembered: a twentieth of the plainest page's CPU."""
    return SafeString(render_to_string(template_name))


def _url(name: str) -> str:
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""


@register.simple_tag
@lru_cache(maxsize=1024)
def icon(name: str, label: str = "") -> SafeString:
    """An icon of static/icons/names.txt, in the text's colour. Without a label it is decoration.

    A long page has hundreds, of a few kinds: remembered, they are a tenth of it cheaper.
    """
    address = static("icons/lucide.svg")
    if label:
        return format_html(
            '<svg class="icon" role="img" aria-label="{}"><use href="{}#{}"></use></svg>', label, address, name
        )
    return format_html('<svg class="icon" aria-hidden="true"><use href="{}#{}"></use></svg>', address, name)


@register.simple_tag
def icon_url(name: str) -> str:
    """An icon's address, for a drawing that needs more than `icon` gives."""
    return f"{static('icons/lucide.svg')}#{name}"


@register.filter
def initials(name: str) -> str:
    """`Ada Lovelace` as `AL`; of an address, or a name without letters, its first sign; of a number `#`."""
    if not name or name.startswith("+"):
        return "#"
    words = [word for word in name.replace("@", " ").split() if word[:1].isalnum()]
    if not words:
        return name[0]
    return (words[0][0] + (words[-1][0] if len(words) > 1 and "@" not in name else "")).upper()


@register.filter
def hue(name: str) -> int:
    """Always the same of the avatars' hues for the same name."""
    return zlib.crc32(name.encode()) % HUES
