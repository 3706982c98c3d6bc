"""A passage taken apart into what can be quoted alone: a line of a list, a sentence, the answer of a question."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from bots.ai.base import Passage
from bots.ai.words import telling_words

LONGEST_HEADING = 120

BULLET = re.compile(r"^\s*(?:[-*•–·▪]|\d{1,2}[.)])\s+")
QUESTION_MARK = re.compile(r"^\s*(?:q|question)\s*[:.]\s*", re.IGNORECASE)
ANSWER_MARK = re.compile(r"^\s*(?:a|answer)\s*[:.]\s*", re.IGNORECASE)
TABLE_RULE = re.compile(r"^[\s|:+-]+$")
#: Behind a full stop, a blank and a capital; but not behind "Dr." or "St.".
SENTENCE_END = re.compile(
    r"(?<=[.!?…])(?<!\bDr\.)(?<!\bMr\.)(?<!\bMrs\.)(?<!\bMs\.)(?<!\bSt\.)(?<!\bNo\.)\s+(?=[^\Wa-z_])"
)


@dataclass(kw_only=True)
class Block:
    """Lines under one heading; the heading may be a question that they answer."""

    heading: str = ""
    lines: list[str] = field(default_factory=list)
    listed: list[bool] = field(default_factory=list)

    @property
    def is_answer(self) -> bool:
        return self.heading.endswith("?")

    @property
    def all_lines(self) -> list[str]:
        return [self.heading] * bool(self.heading) + self.lines


@dataclass(frozen=True, kw_only=True)
class Excerpt:
    """The smallest piece that makes sense alone. `place` orders excerpts as they are written."""

    text: str
    words: tuple[str, ...]
    heading_words: tuple[str, ...]
    title_words: tuple[str, ...]
    block: Block
    passage: Passage
    place: tuple[int, int]


def excerpts(passage: Passage, *, rank: int) -> list[Excerpt]:
    """All excerpts of a passage; `rank` is its place among the passages, 0 the best."""
    title = tuple(telling_words(passage.title))
    found: list[Excerpt] = []
    for block in blocks(passage.text):
        heading = tuple(telling_words(block.heading))
        for text in quotable(block):
            found.append(
                Excerpt(
                    text=text,
                    words=tuple(telling_words(text)),
                    heading_words=heading,
                    title_words=title,
                    block=block,
                    passage=passage,
                    place=(rank, len(found)),
                )
            )
    return found


def quotable(block: Block) -> Iterator[str]:
    if block.is_answer:
        yield "\n".join(block.lines)
        return
    for line, is_listed in zip(block.lines, block.listed, strict=True):
        yield from [line] if is_listed else SENTENCE_END.split(line)


def blocks(text: str) -> list[Block]:
    """The text's blocks. A heading holds until the next one; a question is answered by the paragraph under it."""
    found = [Block()]
    for line in text.splitlines():
        if not line.strip():
            if found[-1].lines:
                found.append(Block(heading="" if found[-1].is_answer else found[-1].heading))
        elif TABLE_RULE.match(line):
            if "|" in line and found[-1].lines:  # what stands above it names the columns
                found[-1].lines.pop()
                found[-1].listed.pop()
        elif heading := heading_of(line):
            found.append(Block(heading=heading))
        else:
            row = " | " in line
            plain = line.strip().strip("|").strip().replace(" | ", ": ") if row else line.strip()
            found[-1].lines.append(ANSWER_MARK.sub("", BULLET.sub("", plain)))
            found[-1].listed.append(row or bool(BULLET.match(line)))
    return [block for block in found if block.lines]


def heading_of(line: str) -> str:
    """The line as a heading, if it is one: Markdown's, one that ends in a colon, or a question."""
    plain = QUESTION_MARK.sub("", line.strip().lstrip("#").strip().strip("*").strip())
    is_heading = line.lstrip().startswith("#") or plain.endswith((":", "?"))
    return plain if is_heading and len(plain) <= LONGEST_HEADING else ""
