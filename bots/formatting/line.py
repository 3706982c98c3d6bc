"""One line's runs as WhatsApp text: exactly the formatting that was wanted, by WhatsApp's own way of reading.

Text wins over decoration. Marks that would not be read (`foo**bar**baz`) are left out. A stray mark that would be
read as formatting is defused: an identifier (`_private_`) is shown as inline code, which keeps it whole; any other mark
becomes the character of LOOKALIKE. Zero-width characters would not help: WhatsApp does not take them for spaces, so
the mark still counts, and they spoil what is copied. Addresses are never touched.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from itertools import accumulate
from typing import Literal

from bots.formatting import marks
from bots.formatting.inline import Run

_WORD = re.compile(r"\w+")
#: Settling takes one or two rounds; text made to be hostile loses its marks instead of more time.
_ROUNDS = 6
_HARMLESS = {ord(mark): lookalike for mark, lookalike in marks.LOOKALIKE.items() if mark != ">"}


@dataclass(frozen=True, slots=True)
class _Piece:
    """`fixed` is an address or code. A `mark` carries the number of its pair."""

    text: str
    kind: Literal["text", "fixed", "mark"]
    pair: int = -1


def line_text(runs: list[Run]) -> str:
    """The line, without spaces at its ends."""
    pieces = _pieces(_trimmed(runs))
    for _ in range(_ROUNDS):
        text = "".join(piece.text for piece in pieces)
        settled = _settle(pieces, text=text)
        if settled is None:
            return text
        pieces = settled
    return "".join(
        piece.text.translate(_HARMLESS) if piece.kind == "text" else piece.text
        for piece in pieces
        if piece.kind != "mark"
    )


def _trimmed(runs: list[Run]) -> list[Run]:
    """Without spaces at the line's ends. At the edges of formatted text they move out: `* bold *` would not be read."""
    split: list[Run] = []
    for run in runs:
        core = run.text.strip() if run.kind == "text" else run.text
        begin = run.text.find(core) if core else len(run.text)
        spaced = (run.text[:begin], core, run.text[begin + len(core) :])
        split += [Run(text, run.marks, run.kind) for text in spaced if text]
    while split and split[0].text.isspace():
        split.pop(0)
    while split and split[-1].text.isspace():
        split.pop()
    return _spaces_as_both_sides(_spaces_as_both_sides(split)[::-1])[::-1]


def _spaces_as_both_sides(runs: list[Run]) -> list[Run]:
    """Space keeps only the marks that the text before it has; called forth and back, those of both neighbours."""
    kept: list[Run] = []
    for run in runs:
        shared = run.marks & kept[-1].marks if kept and run.text.isspace() else run.marks
        kept.append(Run(run.text, shared, run.kind))
    return kept


def _pieces(runs: list[Run]) -> list[_Piece]:
    pieces: list[_Piece] = []
    opened: list[tuple[str, int]] = []
    pairs = 0
    for index, (run, reach) in enumerate(zip([*runs, Run("")], _reach([*runs, Run("")]), strict=True)):
        keep = next((place for place, (mark, _) in enumerate(opened) if mark not in run.marks), len(opened))
        while len(opened) > keep:
            mark, pair = opened.pop()
            pieces.append(_Piece(mark, "mark", pair))
        missing = run.marks.difference(mark for mark, _ in opened)
        # What reaches farther is opened first; bold around italic where they reach as far.
        for mark in sorted(missing, key=lambda mark: (-reach[mark], mark)):
            opened.append((mark, pairs))
            pieces.append(_Piece(mark, "mark", pairs))
            pairs += 1
        if run.kind == "code":
            pieces.append(_Piece(_code(run.text, inside_word=_inside_word(runs, index=index)), "fixed"))
        elif run.kind == "url":
            pieces.append(_Piece(run.text, "fixed"))
        elif run.text:
            pieces.append(_Piece(_plain(run.text, begins_line=index == 0), "text"))
    return pieces


def _reach(runs: list[Run]) -> list[dict[str, int]]:
    """For each run and each of its marks: over how many runs, from there on, the mark holds."""
    reach: list[dict[str, int]] = [{}]
    for run in reversed(runs):
        reach.append({mark: reach[-1].get(mark, 0) + 1 for mark in run.marks})
    return reach[:0:-1]


def _plain(text: str, *, begins_line: bool) -> str:
    """Text without what WhatsApp reads outside of the marks of a line: block quotes and fences."""
    if begins_line and (text == ">" or text.startswith("> ")):
        text = marks.LOOKALIKE[">"] + text[1:]
    return text.replace(marks.FENCE, marks.LOOKALIKE["`"] * len(marks.FENCE))


def _code(text: str, *, inside_word: bool) -> str:
    """Inline code. WhatsApp has no escape in it: code with backticks, or inside a word, takes three backticks."""
    text = text.strip()
    if not text:
        return ""
    if marks.FENCE in text or text.startswith("`") or text.endswith("`"):
        text = text.replace("`", marks.LOOKALIKE["`"])
    fence = marks.FENCE if inside_word or "`" in text else "`"
    return f"{fence}{text}{fence}"


def _inside_word(runs: list[Run], *, index: int) -> bool:
    before = index > 0 and marks.is_word(runs[index - 1].text[-1])
    return before or (index + 1 < len(runs) and marks.is_word(runs[index + 1].text[0]))


def _settle(pieces: list[_Piece], *, text: str) -> list[_Piece] | None:
    """The pieces with one round of mending; None when WhatsApp reads just what was wanted."""
    begins = list(accumulate((len(piece.text) for piece in pieces), initial=0))[:-1]
    wanted: dict[int, list[int]] = {}
    for index, piece in enumerate(pieces):
        if piece.kind == "mark":
            wanted.setdefault(piece.pair, []).append(begins[index])
    unreadable = {pair for pair, ends in wanted.items() if not _readable(text, ends=ends)}
    if unreadable:
        return _without(pieces, pairs=unreadable)

    pairs = {(start, end): pair for pair, (start, end) in wanted.items()}
    found = {(span.start, span.end) for span in marks.read(text)}
    drop: set[int] = set()
    stray: dict[int, set[int]] = {}
    for start, end in found - pairs.keys():
        at = [(bisect_right(begins, place) - 1, place) for place in (start, end)]
        in_text = [(index, place) for index, place in at if pieces[index].kind == "text"]
        for index, place in in_text:
            stray.setdefault(index, set()).add(place - begins[index])
        if not in_text:
            drop |= {pieces[index].pair for index, _ in at if pieces[index].kind == "mark"}
    if not stray:
        drop |= {pair for place, pair in pairs.items() if place not in found}
    if not stray and not drop:
        return None
    defused: list[_Piece] = []
    for index, piece in enumerate(pieces):
        defused += _defused(piece.text, places=stray[index]) if index in stray else [piece]
    return _without(defused, pairs=drop)


def _readable(text: str, *, ends: list[int]) -> bool:
    start, end = ends
    return marks.can_open(text, start) and marks.can_close(text, end)


def _without(pieces: list[_Piece], *, pairs: set[int]) -> list[_Piece]:
    """The pieces without those marks; text that now touches is one piece again, so that words are seen whole."""
    kept: list[_Piece] = []
    for piece in pieces:
        if piece.kind == "mark" and piece.pair in pairs:
            continue
        if piece.kind == "text" and kept and kept[-1].kind == "text":
            kept[-1] = _Piece(kept[-1].text + piece.text, "text")
        else:
            kept.append(piece)
    return kept


def _defused(text: str, *, places: set[int]) -> list[_Piece]:
    """The text with the marks at `places` made harmless."""
    characters = list(text)
    words = [match.span() for match in _WORD.finditer(text)]
    starts = [start for start, _ in words]
    code: set[tuple[int, int]] = set()
    for place in places:
        word = words[bisect_right(starts, place) - 1] if starts and starts[0] <= place else (0, 0)
        if text[place] == "_" and _is_identifier(text, word=word, place=place):
            code.add(word)
        else:
            characters[place] = marks.LOOKALIKE[text[place]]
    pieces: list[_Piece] = []
    begin = 0
    for start, end in sorted(code):
        pieces += [_Piece("".join(characters[begin:start]), "text"), _Piece(f"`{text[start:end]}`", "fixed")]
        begin = end
    pieces.append(_Piece("".join(characters[begin:]), "text"))
    return [piece for piece in pieces if piece.text]


def _is_identifier(text: str, *, word: tuple[int, int], place: int) -> bool:
    start, end = word
    if not start <= place < end or not text[start:end].strip("_"):
        return False
    # Backticks beside a vowel sign or another backtick would not be read as code.
    return not any(char == "`" or marks.is_word(char) for char in text[max(0, start - 1) : start] + text[end : end + 1])
