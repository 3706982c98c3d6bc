"""What single keys do: one table, shown by `?` and read from there by static/js/keys.js."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from dashboard.rights import Right


@dataclass(frozen=True, slots=True, kw_only=True)
class Shortcut:
    """A line of the table. `name`: what the page is told when the key is pressed; empty: what has the focus knows."""

    #: As it is written on keyboards; keys that are pressed together, by blanks.
    keys: str
    words: str
    name: str = ""
    right: Right | None = None

    @property
    def caps(self) -> list[str]:
        return self.keys.split()

    @property
    def key(self) -> str:
        """As the browser calls it: with Shift, a capital."""
        return self.keys.removeprefix("Shift ").upper() if self.keys.startswith("Shift ") else self.keys


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    title: str
    shortcuts: tuple[Shortcut, ...]
    #: Everywhere, or on tenants' hosts alone.
    on_console: bool = False


GROUPS: tuple[Group, ...] = (
    Group(
        title="Everywhere",
        on_console=True,
        shortcuts=(
            Shortcut(keys="Ctrl K", words="Jump to a page"),
            Shortcut(keys="/", words="Search on this page", name="search"),
            Shortcut(keys="j", words="Next row", name="next-row"),
            Shortcut(keys="k", words="Previous row", name="previous-row"),
            Shortcut(keys="Enter", words="Open the row"),
            Shortcut(keys="Esc", words="Close what is open"),
            Shortcut(keys="?", words="This list", name="keys"),
        ),
    ),
    Group(
        title="Conversations",
        shortcuts=(
            Shortcut(keys="x", words="Select the row", name="select", right="see_conversations"),
            Shortcut(keys="Shift x", words="Select up to the row", name="select-range", right="see_conversations"),
            Shortcut(keys="i", words="Mark as read", name="mark-read", right="see_conversations"),
            Shortcut(keys="u", words="Mark as unread", name="mark-unread", right="see_conversations"),
            Shortcut(keys="a", words="Assign", name="assign", right="answer_conversations"),
            Shortcut(keys="l", words="Label", name="label", right="answer_conversations"),
            Shortcut(keys="e", words="Failure dealt with", name="dismiss", right="answer_conversations"),
            Shortcut(keys="t", words="Take over", name="take-over", right="answer_conversations"),
            Shortcut(keys="r", words="Write a reply", name="write-reply", right="answer_conversations"),
            Shortcut(keys="n", words="Write a private note", name="write-note", right="answer_conversations"),
        ),
    ),
    Group(
        title="While you write a reply",
        shortcuts=(
            Shortcut(keys="Enter", words="Send", right="answer_conversations"),
            Shortcut(keys="Shift Enter", words="New line", right="answer_conversations"),
            Shortcut(keys="Ctrl B", words="Bold", right="answer_conversations"),
            Shortcut(keys="Ctrl I", words="Italic", right="answer_conversations"),
            Shortcut(keys="/", words="Saved replies", right="answer_conversations"),
        ),
    ),
)


def groups(*, on_console: bool, can: Callable[[Right], bool]) -> list[Group]:
    """Those of the table for somebody on one of the two kinds of hosts, without what they may not do."""
    shown = []
    for group in GROUPS:
        allowed = tuple(one for one in group.shortcuts if one.right is None or can(one.right))
        if allowed and (group.on_console or not on_console):
            shown.append(Group(title=group.title, shortcuts=allowed, on_console=group.on_console))
    return shown
