"""WhatsApp text as HTML, for whoever reads it elsewhere. Everything that somebody typed is escaped; only these tags
come out: p, ul, ol, li, blockquote, pre, code, strong, em, s, a.

Which marks count is `marks.read`'s matter. Lists and quotes: faq.whatsapp.com/539178204879377.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from itertools import groupby

from bots.formatting import marks
from bots.formatting.tree import URL, url_at

_TAGS = {"*": "strong", "_": "em", "~": "s", "`": "code", marks.FENCE: "code"}
_CODE = frozenset({"`", marks.FENCE})
_BULLET = re.compile(r"[-*] +(?=\S)")
_NUMBER = re.compile(r"(\d{1,3})\. +(?=\S)")
_QUOTE = re.compile(r"> ?")
_REL = "noopener noreferrer nofollow"


@dataclass(frozen=True, slots=True)
class _Line:
    """One line: what goes around a run of such lines, and where its words are."""

    wrap: str
    start: int
    end: int
    number: str = ""


def to_html(text: str) -> str:
    """One message, as WhatsApp shows it."""
    spans = _outside_addresses(text)
    blocks = [span for span in spans if span.mark == marks.FENCE and "\n" in text[span.start : span.end]]
    inline = [span for span in spans if span not in blocks] if blocks else spans
    html, begin = [], 0
    for block in blocks:
        html.append(_lines(text, begin, block.start, inline))
        inside = text[block.start + len(marks.FENCE) : block.end].strip("\n")
        html.append(f"<pre><code>{escape(inside)}</code></pre>")
        begin = block.end + len(marks.FENCE)
    html.append(_lines(text, begin, len(text), inline))
    return "".join(html)


def is_only_emoji(text: str, *, most: int = 3) -> bool:
    """Whether a message is nothing but a few emoji, which WhatsApp shows large."""
    if text.isascii():  # as most are, of which no sign need be looked at
        return False
    shown = text.strip()
    return 0 < len(_EMOJI.findall(shown)) <= most and not _EMOJI.sub("", shown).strip()


def _outside_addresses(text: str) -> list[marks.Span]:
    """The marks that are none of an address's own characters."""
    inside = bytearray(len(text) + 1)
    for match in URL.finditer(text):
        length = len(url_at(text, match.start()))
        inside[match.start() : match.start() + length] = b"\x01" * length
    return [span for span in marks.read(text) if not (inside[span.start] or inside[span.end])]


def _lines(text: str, begin: int, end: int, spans: list[marks.Span]) -> str:
    """The lines of a stretch without blocks of code, each run of list items or quotes together."""
    if not text[begin:end].strip():
        return ""
    if begin and text[begin] == "\n":
        begin += 1
    html = []
    for wrap, run in groupby(_read_lines(text, begin, end), key=lambda line: line.wrap):
        lines = [(line, _inline(text, line.start, line.end, spans)) for line in run]
        match wrap:
            case "ul":
                html.append("<ul>" + "".join(f"<li>{words}</li>" for _, words in lines) + "</ul>")
            case "ol":
                items = "".join(f'<li value="{line.number}">{words}</li>' for line, words in lines)
                html.append(f"<ol>{items}</ol>")
            case "blockquote":
                html.append("<blockquote>" + "".join(f"<p>{words}</p>" for _, words in lines) + "</blockquote>")
            case _:
                html.append("<p>" + "\n".join(words for _, words in lines) + "</p>")
    return "".join(html)


def _read_lines(text: str, begin: int, end: int) -> Iterator[_Line]:
    if text[begin:end].endswith("\n"):
        end -= 1
    start = begin
    while start <= end:
        stop = text.find("\n", start, end)
        stop = end if stop < 0 else stop
        if match := _BULLET.match(text, start, stop):
            yield _Line("ul", match.end(), stop)
        elif match := _NUMBER.match(text, start, stop):
            yield _Line("ol", match.end(), stop, number=match[1])
        elif match := _QUOTE.match(text, start, stop):
            yield _Line("blockquote", match.end(), stop)
        else:
            yield _Line("p", start, stop)
        start = stop + 1


def _inline(text: str, begin: int, end: int, spans: list[marks.Span]) -> str:
    """Words with their marks, always well nested: marks that cross one another are closed and opened again."""
    first, behind = (bisect_left(spans, at, key=lambda span: span.start) for at in (begin, end))
    within = [span for span in spans[first:behind] if span.end < end]
    edges: dict[int, list[tuple[bool, marks.Span]]] = {}
    for span in within:
        edges.setdefault(span.start, []).append((True, span))
        edges.setdefault(span.end, []).append((False, span))
    html: list[str] = []
    open_marks: list[str] = []
    at = begin
    for place in sorted(edges):
        html.append(_words(text[at:place], is_code=not _CODE.isdisjoint(open_marks)))
        at = place
        for opens, span in edges[place]:
            at = place + len(span.mark)
            html.append(_open(open_marks, span.mark) if opens else _close(open_marks, span.mark))
    html.append(_words(text[at:end], is_code=False))
    return "".join(html)


def _open(open_marks: list[str], mark: str) -> str:
    open_marks.append(mark)
    return f"<{_TAGS[mark]}>"


def _close(open_marks: list[str], mark: str) -> str:
    at = len(open_marks) - 1 - open_marks[::-1].index(mark)
    crossing = open_marks[at + 1 :]
    del open_marks[at]
    closed = "".join(f"</{_TAGS[one]}>" for one in [*reversed(crossing), mark])
    return closed + "".join(f"<{_TAGS[one]}>" for one in crossing)


def _words(text: str, *, is_code: bool) -> str:
    if is_code:
        return escape(text)
    html, at = [], 0
    for match in URL.finditer(text):
        if match.start() < at or not (url := url_at(text, match.start())):
            continue
        html.append(escape(text[at : match.start()]))
        html.append(f'<a href="{escape(url)}" target="_blank" rel="{_REL}">{escape(url)}</a>')
        at = match.start() + len(url)
    return "".join([*html, escape(text[at:])])


#: One emoji as people see it: a flag, a keycap, or a picture with its skin tones and those joined to it.
_PICTURE = "[\u2190-\u21ff\u2300-\u27bf\u2900-\u297f\u2b00-\u2bff\u3030\u303d\u3297\u3299\U0001f000-\U0001faff]"
_TONE = "[\U0001f3fb-\U0001f3ff\ufe0f]*"
_EMOJI = re.compile(f"[\U0001f1e6-\U0001f1ff]{{2}}|[0-9#*]\ufe0f?\u20e3|{_PICTURE}{_TONE}(?:\u200d{_PICTURE}{_TONE})*")
