"""How WhatsApp reads its marks: the one model of that rule, which rendering, splitting and the tests share.

faq.whatsapp.com/539178204879377 names the marks; where they count is seen in the clients: `*`, `_`, `~` and a single
backtick open where no letter or digit stands before them and no space after, and close where no space stands before
and no letter or digit after, on the same line. Three backticks count anywhere and cross lines. Nothing in code counts.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

FENCE = "```"
#: Characters that look like the marks and are none of them.
LOOKALIKE = {"*": "∗", "_": "ˍ", "~": "∼", "`": "ˋ", ">": "›"}

_EMPHASIS = re.compile(r"[*_~\n]")
_TICKS = re.compile(r"`+|\n")
_VARIATION_SELECTORS = "\ufe0e\ufe0f"


@dataclass(frozen=True, slots=True)
class Span:
    """Formatted text: `text[start]` begins the opening mark, `text[end]` the closing one."""

    mark: str
    start: int
    end: int


def read(text: str) -> list[Span]:
    """What WhatsApp shows as formatted, in order of `start`. Linear in the length of the text."""
    fences = _fences(text)
    code = sorted([*fences, *_inline_code(text, fences=fences)], key=lambda span: span.start)
    return sorted([*code, *_emphasis(text, code=code)], key=lambda span: (span.start, -span.end))


def can_open(text: str, at: int) -> bool:
    """Whether the mark at `at` stands where one may open."""
    return at + 1 < len(text) and not text[at + 1].isspace() and not (at and is_word(text[at - 1]))


def can_close(text: str, at: int) -> bool:
    """Whether the mark at `at` stands where one may close."""
    return at > 0 and not text[at - 1].isspace() and not (at + 1 < len(text) and is_word(text[at + 1]))


def is_word(char: str) -> bool:
    """Whether a mark beside `char` stands inside a word. Vowel signs are part of their word; an emoji is none."""
    if char.isalnum():
        return True
    return unicodedata.category(char) in ("Mn", "Mc") and char not in _VARIATION_SELECTORS


def _fences(text: str) -> list[Span]:
    spans = []
    start = text.find(FENCE)
    while start >= 0:
        end = text.find(FENCE, start + len(FENCE) + 1)
        if end < 0:
            break
        spans.append(Span(FENCE, start, end))
        start = text.find(FENCE, end + len(FENCE))
    return spans


def _inline_code(text: str, *, fences: list[Span]) -> list[Span]:
    spans = []
    opened = -1
    for at, char in _outside(text, pattern=_TICKS, code=fences):
        if char == "\n":
            opened = -1
        elif 0 <= opened < at - 1 and can_close(text, at):
            spans.append(Span("`", opened, at))
            opened = -1
        elif opened < 0 and can_open(text, at) and text[at + 1] != "`":
            opened = at
    return spans


def _emphasis(text: str, *, code: list[Span]) -> list[Span]:
    spans = []
    opened: dict[str, int] = {}
    for at, char in _outside(text, pattern=_EMPHASIS, code=code):
        if char == "\n":
            opened.clear()
        elif char in opened:
            if opened[char] < at - 1 and can_close(text, at):
                spans.append(Span(char, opened.pop(char), at))
        elif can_open(text, at):
            opened[char] = at
    return spans


def _outside(text: str, *, pattern: re.Pattern[str], code: list[Span]) -> list[tuple[int, str]]:
    """The characters that match outside of code, with their places; code of several lines counts as a line break."""
    found = []
    begin = 0
    for span in [*code, Span("", len(text), len(text))]:
        for match in pattern.finditer(text, begin, span.start):
            found += [(match.start() + offset, char) for offset, char in enumerate(match.group())]
        begin = span.end + len(span.mark)
        if "\n" in text[span.start : begin]:
            found.append((span.start, "\n"))
    return found
