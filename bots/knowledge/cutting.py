"""A text in passages."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

#: A passage is about this many characters: a short paragraph, or a group of list lines under their heading.
PASSAGE_LENGTH = 700


def cut(text: str) -> list[str]:
    """`text` in passages: whole paragraphs together while they fit, a longer paragraph cut between its lines."""
    passages: list[str] = []
    for paragraph in (part.strip() for part in text.replace("\r\n", "\n").split("\n\n")):
        if not paragraph:
            continue
        if passages and len(passages[-1]) + len(paragraph) + 2 <= PASSAGE_LENGTH:
            passages[-1] += "\n\n" + paragraph
            continue
        lines = ""
        for line in _lines(paragraph):
            if lines and len(lines) + len(line) + 1 > PASSAGE_LENGTH:
                passages.append(lines)
                lines = ""
            lines = f"{lines}\n{line}" if lines else line
        passages.append(lines)
    return passages


def _lines(paragraph: str) -> Iterator[str]:
    """Its lines; a line that is a passage's length by itself, between words."""
    for line in paragraph.split("\n"):
        yield from textwrap.wrap(line, PASSAGE_LENGTH) or [""]
