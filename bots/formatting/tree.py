"""Markdown as a tree of blocks, by markdown-it: CommonMark with tables, strikethrough and bare addresses."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from markdown_it import MarkdownIt, rules_inline
from markdown_it.rules_inline import StateInline
from markdown_it.rules_inline.state_inline import Delimiter
from markdown_it.token import Token

#: An address in running text. Whitespace, brackets, quotes, backticks and CJK punctuation end it.
URL = re.compile(r"https?://[^\s<>\[\]\"`|\\\u3000-\u303f\uff00-\uff0f\uff1a-\uff20]+", re.IGNORECASE)
_SCHEME = re.compile(r"(?<![A-Za-z0-9])https?\Z", re.IGNORECASE)
_MAX_NESTING = 100
#: Of each bracket that opens, the parser looks for the end through all that follows: 32,000 of them take seconds. No
#: paragraph that means something has so many; in one that has, they are just characters.
_MOST_BRACKETS = 500
Rule = Callable[[StateInline, bool], bool]
_TRAILING = "?!.,:;*_~'\"…"


@dataclass(slots=True)
class Block:
    """One block of the document. `kind` is markdown-it's token type without `_open`."""

    kind: str
    token: Token
    children: list[Block] = field(default_factory=list)


def parse(markdown: str) -> Block:
    """The document as a tree; without children where it nests deeper than the parser reads (that text is hostile)."""
    root = Block(kind="document", token=Token("document", "", 0))
    path = [root]
    for token in _PARSER.parse(markdown):
        if token.level >= _MAX_NESTING - 1:
            return Block(kind="document", token=root.token)
        if token.nesting < 0:
            path.pop()
            continue
        block = Block(kind=token.type.removesuffix("_open"), token=token)
        path[-1].children.append(block)
        if token.nesting > 0:
            path.append(block)
    return root


def url_at(text: str, start: int) -> str:
    """The address that begins at `start`, without the punctuation of the sentence around it; "" if there is none."""
    match = URL.match(text, start)
    if match is None:
        return ""
    url = match.group()
    unclosed = url.count(")") - url.count("(")
    end = len(url)
    while end and (url[end - 1] in _TRAILING or (url[end - 1] == ")" and unclosed > 0)):
        unclosed -= url[end - 1] == ")"
        end -= 1
    return url[:end] if url[:end].partition("://")[2] else ""


def _bare_url(state: StateInline, silent: bool) -> bool:
    """Inline rule: an address is taken whole before `_` or `*` inside it can be read as emphasis."""
    if state.linkLevel > 0 or not state.src.startswith("://", state.pos):
        return False
    # A look behind, bounded: an address's scheme is at most five letters.
    scheme = _SCHEME.search(state.src[max(0, state.pos - 6) : state.pos])
    if scheme is None or not (silent or state.pending.endswith(scheme.group())):
        return False
    url = url_at(state.src, state.pos - len(scheme.group()))
    if not url:
        return False
    if not silent:
        state.pending = state.pending[: -len(scheme.group())]
        state.push("bare_url", "", 0).content = url
    state.pos += len(url) - len(scheme.group())
    return True


def _strong_beside_punctuation(state: StateInline, silent: bool) -> bool:
    """Inline rule: `**` opens before any text and closes after any text.

    CommonMark refuses `**Price:**10` and `**“A”**and`, and so most bold text in languages that write no spaces; models
    write it all the same.
    """
    if silent or not state.src.startswith("**", state.pos):
        return False
    scanned = state.scanDelims(state.pos, True)
    end = state.pos + scanned.length
    opens = end < state.posMax and not state.src[end].isspace()
    closes = state.pos > 0 and not state.src[state.pos - 1].isspace()
    for _ in range(scanned.length):
        state.push("text", "", 0).content = "*"
        state.delimiters.append(
            Delimiter(
                marker=ord("*"), length=scanned.length, token=len(state.tokens) - 1, end=-1, open=opens, close=closes
            )
        )
    state.pos = end
    return True


def _unless_crowded(rule: Rule) -> Rule:
    """An inline rule for links, for paragraphs with no more than so many brackets."""

    def bounded(state: StateInline, silent: bool) -> bool:
        if state.src[state.pos] not in "![":
            return False
        is_crowded = state.env.setdefault("is_crowded", {})
        if state.src not in is_crowded:
            is_crowded[state.src] = state.src.count("[") > _MOST_BRACKETS
        return not is_crowded[state.src] and rule(state, silent)

    return bounded


def _as_written(link: str) -> str:
    return link.replace(" ", "%20")


def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"maxNesting": _MAX_NESTING}).enable(["table", "strikethrough"])
    # Tags are read inline only, so that Markdown between them still counts.
    parser.disable("html_block")
    parser.inline.ruler.push("bare_url", _bare_url)
    parser.inline.ruler.before("emphasis", "strong_beside_punctuation", _strong_beside_punctuation)
    parser.inline.ruler.at("link", _unless_crowded(rules_inline.link))
    parser.inline.ruler.at("image", _unless_crowded(rules_inline.image))
    # Addresses reach the reader as the model wrote them, neither percent-encoded nor in punycode.
    parser.normalizeLink = _as_written  # type: ignore[method-assign,assignment]
    parser.normalizeLinkText = _as_written  # type: ignore[method-assign]
    return parser


_PARSER = _parser()
