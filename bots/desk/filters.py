"""What a member asked the inbox for, as it stands in its URL."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, get_args
from urllib.parse import urlencode
from uuid import UUID

View = Literal["open", "waiting", "human", "failed", "all"]
VIEWS: tuple[View, ...] = get_args(View)
LONGEST_SEARCH = 100
#: As a key in the database: no member, label or channel has a larger one.
LARGEST_KEY = 2**63 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which conversations, in which order: one of the lists, narrowed down."""

    view: View = "open"
    #: What is searched for, in messages, names and numbers.
    words: str = ""
    label: int | None = None
    #: "me", "none", a member's key, or empty: anybody's.
    assignee: str = ""
    channel: UUID | None = None
    #: The member who asks, who is "me".
    member: int
    #: Whether they may find somebody by a part of the number. Others find them by the whole number or its end.
    sees_numbers: bool = False

    @property
    def assignee_id(self) -> int | None:
        """Whose conversations are asked for; None: anybody's or nobody's."""
        if self.assignee == "me":
            return self.member
        return int(self.assignee) if self.assignee.isdecimal() else None

    @property
    def is_narrowed(self) -> bool:
        return bool(self.words or self.label or self.assignee or self.channel)

    def query(self, *, cursor: str = "", **changes: Any) -> str:
        """The query string for this, with `changes`, from the row at `cursor` on; what is as always is left out."""
        asked = replace(self, **changes)
        shown = {
            "view": "" if asked.view == "open" else asked.view,
            "q": asked.words,
            "label": asked.label or "",
            "assignee": asked.assignee,
            "channel": asked.channel or "",
            "cursor": cursor,
        }
        return urlencode({name: value for name, value in shown.items() if value})


def parse(given: Mapping[str, str], *, member: int, sees_numbers: bool) -> Filter:
    """The filter of a query string. What makes no sense in it counts as not said."""
    view = given.get("view", "")
    assignee = given.get("assignee", "")
    return Filter(
        view=view if view in VIEWS else "open",
        words=" ".join(given.get("q", "").replace("\0", "").split())[:LONGEST_SEARCH],
        label=_key(given.get("label", "")),
        assignee=assignee if assignee in ("me", "none") else str(_key(assignee) or ""),
        channel=_uuid(given.get("channel", "")),
        member=member,
        sees_numbers=sees_numbers,
    )


def _key(text: str) -> int | None:
    if not (text.isascii() and text.isdecimal()) or len(text) > len(str(LARGEST_KEY)):
        return None
    return int(text) if 0 < int(text) <= LARGEST_KEY else None


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
