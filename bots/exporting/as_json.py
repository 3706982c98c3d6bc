"""JSON: one document, written piece by piece, so that no size of it needs to fit into memory."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from bots.exporting.records import About, Spoken


def pieces(about: About, conversations: Iterable[Spoken]) -> Iterator[str]:
    head = {
        "business": about.business,
        "scope": about.scope,
        "made_at": about.made_at.isoformat(),
        "conversation_count": about.conversations,
        **({"contact": about.contact} if about.contact else {}),
    }
    yield _open(head) + ', "conversations": ['
    for number, one in enumerate(conversations):
        yield (",\n" if number else "\n") + _open(one.conversation) + ', "messages": ['
        for place, message in enumerate(one.messages):
            yield (",\n" if place else "\n") + _dumped(message)
        yield "]}"
    # Known only now.
    files = {"held": about.pack.held, "left_out": dict(about.pack.left_out)}
    yield f'\n], "files": {_dumped(files)}}}\n'


def _open(value: dict[str, Any]) -> str:
    """An object that goes on."""
    return _dumped(value)[:-1]


def _dumped(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
