"""Where one can go: one table for each kind of host, read by side navigation, bottom bar, palette and the `g` keys.

A new page adds one line. The keys `g` + `key` lead there; no two lines of a table share a key. A page that is reached
from another one has a line in a table of its own: the palette alone finds it, and no keys lead there.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.urls import reverse

from dashboard.rights import Right


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A line of the table."""

    label: str
    #: A name in static/icons/names.txt.
    icon: str
    url_name: str
    #: One letter; empty for what the palette alone lists.
    key: str = ""
    #: What a member's role must allow; None: everybody who may be on the host.
    right: Right | None = None
    #: More words by which the command palette finds it.
    words: str = ""
    #: A name of a URL that says whether somebody should look there now; empty: nothing does.
    dot_url_name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A place as a page shows it."""

    label: str
    icon: str
    url: str
    key: str
    words: str
    is_current: bool
    #: Where it is asked whether the place wants to be looked at; empty: nowhere.
    dot_url: str = ""


TENANT: tuple[Place, ...] = (
    Place(label="Overview", icon="layout-dashboard", url_name="overview", key="o", words="home health numbers"),
    Place(
        label="Conversations",
        icon="message-circle",
        url_name="conversations",
        key="c",
        right="see_conversations",
        words="inbox chats messages people contacts search take over reply",
    ),
    Place(
        label="Ledger",
        icon="list-checks",
        url_name="ledger",
        key="l",
        right="see_conversations",
        words="answered or explained outcomes waiting alarm failed refused reasons process again",
        dot_url_name="ledger_dot",
    ),
    Place(
        label="Bot",
        icon="bot",
        url_name="bot",
        key="b",
        right="see_bot",
        words="prompt instructions provider openai anthropic model key publish versions hours texts greeting",
    ),
    Place(
        label="Knowledge",
        icon="book-open",
        url_name="knowledge",
        key="k",
        right="see_knowledge",
        words="sources texts files upload pdf passages facts try a question",
    ),
    Place(
        label="Numbers",
        icon="smartphone",
        url_name="channels",
        key="n",
        right="edit_channel",
        words="channel whatsapp connect twilio meta webhook token",
    ),
    Place(
        label="Playground",
        icon="flask-conical",
        url_name="playground",
        key="p",
        right="try_bot",
        words="test try draft chat prompt answer compare",
    ),
    Place(
        label="Webhooks",
        icon="webhook",
        url_name="logs",
        key="w",
        right="see_logs",
        words="log requests signature status twilio meta debug errors process again",
    ),
    Place(
        label="Exports",
        icon="download",
        url_name="exports",
        key="e",
        right="export",
        words="download backup json csv html gdpr erase forget contact data",
    ),
    Place(label="Team", icon="users", url_name="team", key="t", right="manage_team", words="members invite roles"),
)
#: Below the pages of `TENANT`.
TENANT_BELOW: tuple[Place, ...] = (
    Place(
        label="Labels",
        icon="tag",
        url_name="labels",
        right="see_conversations",
        words="conversations tags sort colours",
    ),
    Place(
        label="Saved replies",
        icon="message-square-text",
        url_name="canned_replies",
        right="see_conversations",
        words="canned texts snippets shortcuts",
    ),
    Place(
        label="Marked answers",
        icon="circle-check",
        url_name="marks",
        right="see_conversations",
        words="right wrong better evaluation feedback",
    ),
    Place(
        label="Alarm",
        icon="clock",
        url_name="ledger_alarm",
        right="manage_settings",
        words="waiting too long seconds limit ledger",
    ),
    Place(
        label="Erased contacts",
        icon="shield-check",
        url_name="erasures",
        right="export",
        words="erasure proof gdpr forget delete data",
    ),
)
CONSOLE: tuple[Place, ...] = (
    Place(label="Tenants", icon="building-2", url_name="platform", key="t", words="home businesses customers"),
    Place(label="Unrouted", icon="webhook", url_name="unrouted", key="u", words="webhooks requests nobody number lost"),
)


def links(places: Sequence[Place], *, path: str, can: Callable[[Right], bool]) -> list[Link]:
    """The places that `can` allows. The one whose address is the longest beginning of `path` is the current one."""
    allowed = [(place, reverse(place.url_name)) for place in places if place.right is None or can(place.right)]
    current = max((url for _, url in allowed if _leads_to(url, path=path)), key=len, default="")
    return [
        Link(
            label=place.label,
            icon=place.icon,
            url=url,
            key=place.key,
            words=place.words,
            is_current=url == current,
            dot_url=reverse(place.dot_url_name) if place.dot_url_name else "",
        )
        for place, url in allowed
    ]


def _leads_to(url: str, *, path: str) -> bool:
    return path == url or (url != "/" and path.startswith(url))
