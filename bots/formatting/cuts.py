"""Where a WhatsApp text may be cut, how good each place is, and what must be closed and opened again there."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from enum import IntEnum
from itertools import accumulate

from bots.formatting import marks
from bots.formatting.tree import URL, url_at

_GAP = re.compile(r"\s+|[。！？；，、](?!\s)")
_LINE_START = re.compile(r"(?P<quote>(?:> )*)[ ]*(?:[-*] |\d+\. )?")
_SENTENCE_END = frozenset(".!?…؟۔।。！？")
_CLOSERS = "*_~`)]}\"'”’»›」』"
_LOOK_BACK = 8


class Level(IntEnum):
    """How a cut reads, best first. PARAGRAPH and LINE keep list items whole."""

    PARAGRAPH = 0
    LINE = 1
    INNER_LINE = 2
    SENTENCE = 3
    WORD = 4


@dataclass(frozen=True, slots=True)
class Cut:
    """A part ends before `end`; the next begins at `resume`. Between them there are only spaces."""

    end: int
    resume: int
    level: Level


class Cuts:
    """What is known of a text before it is cut: built once, in time linear in its length."""

    def __init__(self, text: str, *, limit: int) -> None:
        self.text = text
        #: UTF-16 units before each place.
        self.units = list(accumulate((2 if char > "\uffff" else 1 for char in text), initial=0))
        self._limit = limit
        self._marks: list[tuple[str, ...]] = [()] * (len(text) + 1)
        self._forbidden = bytearray(len(text) + 1)
        self._line_starts = [0, *(match.end() for match in re.finditer("\n", text))]
        self._bold_lines: set[tuple[int, int]] = set()
        self._read_marks()
        self._read_urls()
        self.all = [cut for match in _GAP.finditer(text) if (cut := self._cut(match)) and self.allows(cut)]

    def allows(self, cut: Cut) -> bool:
        return not (self._forbidden[cut.end] or self._forbidden[cut.resume])

    def opening(self, at: int) -> str:
        """What a part that begins at `at` needs first: its line's `> ` and the marks that are open there."""
        marks_open = "".join(self._marks[at])
        start = self._line_start(at)
        if at == start:
            return marks_open
        line = _LINE_START.match(self.text, start)
        quote = line.group("quote") if line else ""
        return (quote if len(quote) <= self._limit // 4 else "> ") + marks_open

    def closing(self, at: int) -> str:
        """What closes the marks that are open at `at`."""
        return "".join(self._marks[at])[::-1]

    def _read_marks(self) -> None:
        for span in marks.read(self.text):
            inside, length = span.start + len(span.mark), len(span.mark)
            self._forbid(span.start + 1, inside + 1)
            self._forbid(span.end, span.end + length)
            fenced = span.mark == marks.FENCE and "\n" in self.text[span.start : span.end]
            opening = f"{marks.FENCE}\n" if fenced else span.mark
            for place in range(inside + 1, span.end):
                self._marks[place] = (*self._marks[place], opening)
            if span.mark == "*":
                self._bold_lines.add((span.start, span.end + 1))

    def _read_urls(self) -> None:
        for match in URL.finditer(self.text):
            start = match.start()
            end = start + len(url_at(self.text, start))
            if self.units[end] - self.units[start] <= self._limit:
                self._forbid(start + 1, end)

    def _forbid(self, start: int, end: int) -> None:
        if start < end:
            self._forbidden[start:end] = b"\x01" * (end - start)

    def _line_start(self, at: int) -> int:
        return self._line_starts[bisect_right(self._line_starts, at) - 1]

    def _cut(self, gap: re.Match[str]) -> Cut | None:
        if not gap.group().isspace():
            sentence = gap.group() in _SENTENCE_END
            return Cut(gap.end(), gap.end(), Level.SENTENCE if sentence else Level.WORD)
        breaks = gap.group().count("\n")
        if not breaks:
            line = _LINE_START.match(self.text, self._line_start(gap.start()))
            behind_marker = line is not None and gap.start() < line.end()
            return None if behind_marker else Cut(gap.start(), gap.end(), self._level_between_words(gap))
        # The indent of the next line stays with it.
        resume = gap.start() + gap.group().rindex("\n") + 1
        return Cut(gap.start(), resume, self._level_between_lines(end=gap.start(), resume=resume, breaks=breaks))

    def _level_between_lines(self, *, end: int, resume: int, breaks: int) -> Level:
        line = (self._line_start(end), end)
        if line in self._bold_lines or self.text[end - 1 : end] == ":" or self.text[max(0, end - 2) : end] == ":*":
            return Level.WORD  # a heading, or "as follows:", stays with what it announces
        if self._marks[resume] or self.text[resume : resume + 1].isspace():
            return Level.INNER_LINE
        return Level.PARAGRAPH if breaks > 1 else Level.LINE

    def _level_between_words(self, gap: re.Match[str]) -> Level:
        before = self.text[max(0, gap.start() - _LOOK_BACK) : gap.start()].rstrip(_CLOSERS)
        # "e.g. this" is no end of a sentence.
        ends = before[-1:] in _SENTENCE_END and before and not self.text[gap.end() : gap.end() + 1].islower()
        return Level.SENTENCE if ends else Level.WORD
