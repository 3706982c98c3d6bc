"""The inside of a paragraph: markdown-it's inline tokens as lines of runs, each with the marks that it wants."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Literal

from markdown_it.token import Token

_MARKS = {"strong": "*", "em": "_", "s": "~"}
_TAG_MARKS = {"b": "*", "strong": "*", "i": "_", "em": "_", "s": "~", "del": "~", "strike": "~"}
_LINE_TAGS = frozenset(
    ["br", "p", "div", "tr", "table", "ul", "ol", "hr", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "pre"]
)
#: Tags that show nothing. Any other, such as `<your name>`, is a placeholder of the writer and stays.
_SILENT_TAGS = frozenset(
    ["a", "abbr", "body", "code", "details", "font", "head", "html", "ins", "kbd", "mark", "script", "section", "small"]
) | frozenset(["span", "style", "sub", "summary", "sup", "tbody", "td", "tfoot", "th", "thead", "tt", "u", "wbr"])
_SCHEME = re.compile(r"(?:https?://|mailto:|tel:)", re.IGNORECASE)
_HOST = re.compile(r"[\w-]+(?:\.[\w-]+)+(?:[/?#]|\Z)")


@dataclass(frozen=True, slots=True)
class Run:
    """Text of one look. `marks` are WhatsApp's; an address has none, so that it stays whole."""

    text: str
    marks: frozenset[str] = frozenset()
    kind: Literal["text", "code", "url"] = "text"


def runs(tokens: list[Token], *, marks: str = "") -> list[list[Run]]:
    """The lines of an inline token's children; `marks` hold for all of it ("*": a heading)."""
    reader = _Reader(marks=marks)
    for token in tokens:
        reader.read(token)
    reader.close_links()
    lines: list[list[Run]] = [[]]
    for run in reader.runs:
        if run.text == "\n":
            lines.append([])
        elif run.text:
            _append(run, line=lines[-1])
    return lines


def _append(run: Run, *, line: list[Run]) -> None:
    """Marks that stay behind an address, as they closed nothing, are its own last characters."""
    rest = run.text
    if line and line[-1].kind == "url" and run.kind == "text":
        rest = run.text.lstrip("*_~")
        line[-1] = Run(line[-1].text + run.text[: len(run.text) - len(rest)], kind="url")
    if rest:
        line.append(Run(rest, run.marks, run.kind))


class _Reader:
    """Flat over the tokens: emphasis nested a thousand deep is a list here, never recursion."""

    def __init__(self, *, marks: str) -> None:
        self.runs: list[Run] = []
        self._depth = dict.fromkeys(marks, 1)
        self._links: list[tuple[str, int]] = []

    def read(self, token: Token) -> None:
        name, _, side = token.type.rpartition("_")
        if name in _MARKS:
            self._mark(_MARKS[name], opens=side == "open")
        elif token.type == "link_open":
            self._links.append((str(token.attrs.get("href", "")), len(self.runs)))
        elif token.type == "link_close":
            self._close_link()
        elif token.type == "image":
            self._links.append((str(token.attrs.get("src", "")), len(self.runs)))
            self._add("".join(child.content or " " for child in token.children or []))
            self._close_link()
        elif token.type in ("softbreak", "hardbreak"):
            self.runs.append(Run("\n"))
        elif token.type == "html_inline":
            self._tag(token.content)
        elif token.type == "code_inline":
            self.runs.append(Run(token.content, self._marks(), "code"))
        elif token.type == "bare_url":
            self.runs.append(Run(token.content, kind="url"))
        else:
            self._add(token.content)

    def close_links(self) -> None:
        while self._links:
            self._close_link()

    def _add(self, text: str) -> None:
        self.runs.append(Run(text, self._marks()))

    def _marks(self) -> frozenset[str]:
        return frozenset(self._depth)

    def _mark(self, mark: str, *, opens: bool) -> None:
        depth = self._depth.get(mark, 0) + (1 if opens else -1)
        if depth > 0:
            self._depth[mark] = depth
        else:
            self._depth.pop(mark, None)

    def _close_link(self) -> None:
        href, begin = self._links.pop()
        label = "".join(run.text for run in self.runs[begin:]).strip()
        address = _address(href)
        if _bare(label) == _bare(href) or (address and not label):
            self.runs[begin:] = [Run(address or label, kind="url")]
        elif address:
            self.runs += [Run(" ("), Run(address, kind="url"), Run(")")]

    def _tag(self, source: str) -> None:
        tag = _Tag(source)
        if tag.name in _TAG_MARKS:
            self._mark(_TAG_MARKS[tag.name], opens=tag.opens)
        elif tag.name in _LINE_TAGS:
            self.runs.append(Run("\n"))
        elif tag.name == "li":
            self.runs += [Run("\n"), Run("- " if tag.opens else "")]
        elif tag.name == "a" and tag.opens and not self._links:
            self._links.append((tag.attributes.get("href") or "", len(self.runs)))
        elif tag.name == "a" and not tag.opens and self._links:
            self._close_link()
        elif tag.name == "img":
            self._add(tag.attributes.get("alt") or "")
        elif tag.name and tag.name not in _SILENT_TAGS:
            self._add(source)


class _Tag(HTMLParser):
    """One tag. Comments, declarations and processing instructions have no name."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.name = ""
        self.opens = False
        self.attributes: dict[str, str | None] = {}
        if source[1:2].isalpha() or source[1:2] == "/":
            self.feed(source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.name, self.opens, self.attributes = tag, True, dict(attrs)

    def handle_endtag(self, tag: str) -> None:
        self.name = self.name or tag


def _address(href: str) -> str:
    """What a person can use of a link's target; "" for anchors, relative paths and embedded data."""
    if href.lower().startswith(("mailto:", "tel:")):
        return href.partition(":")[2].partition("?")[0]
    return href if "://" in href[:12] or _HOST.match(href) else ""


def _bare(address: str) -> str:
    return _SCHEME.sub("", address, count=1).removeprefix("www.").rstrip("/").casefold()
