"""A JSON value as a tree to fold and unfold: pure, bounded, its texts still to be escaped by the template."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

#: Deeper than this nothing is unfolded; providers' payloads have six levels.
DEEPEST = 20
#: Children of one node that are shown.
MOST = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A value. `children` is None for one that has no inside."""

    key: str
    #: string, number, word (true, false, null), object or array.
    kind: str
    text: str
    children: list[Node] | None = None


def tree(value: Any, *, key: str = "", depth: int = 0) -> Node:
    """`value` and all in it, down to `DEEPEST` levels and `MOST` children each; what was left out is said."""
    match value:
        case dict() | list() if depth >= DEEPEST:
            return Node(key=key, kind="word", text="…")
        case dict():
            inside = [tree(one, key=str(name), depth=depth + 1) for name, one in list(value.items())[:MOST]]
            return _container(key=key, kind="object", inside=inside, count=len(value))
        case list():
            inside = [tree(one, key=str(index), depth=depth + 1) for index, one in enumerate(value[:MOST])]
            return _container(key=key, kind="array", inside=inside, count=len(value))
        case _:
            return _leaf(value, key=key)


def _leaf(value: Any, *, key: str) -> Node:
    match value:
        case bool() | None:
            return Node(key=key, kind="word", text=json.dumps(value))
        case int() | float():
            return Node(key=key, kind="number", text=json.dumps(value))
        case _:
            return Node(key=key, kind="string", text=f'"{value}"')


def _container(*, key: str, kind: str, inside: list[Node], count: int) -> Node:
    unit = "field" if kind == "object" else "item"
    if count > len(inside):
        inside = [*inside, Node(key="", kind="word", text=f"{count - len(inside)} more are not shown")]
    return Node(key=key, kind=kind, text=f"{count} {unit}{'' if count == 1 else 's'}", children=inside)
