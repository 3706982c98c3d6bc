"""Markdown blocks as WhatsApp text. What WhatsApp cannot show becomes what it can.

A heading is a bold line; a link `text (address)`; a table one group of `Header: value` lines for each row; a rule
`———`; HTML tags are dropped and what they hold stays. Line breaks stay line breaks, as people in a chat mean them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from markdown_it.token import Token

from bots.formatting import marks
from bots.formatting.inline import Run, runs
from bots.formatting.line import line_text
from bots.formatting.tree import Block, parse

RULE = "———"
#: Lines of words, each beginning with a letter: there is nothing of Markdown in them, and nothing to change.
_LINE = r"[^\W\d_](?:[^\W_]|[ ,.?!'\"%€$])*(?<! )"
WORDS = re.compile(rf"{_LINE}(?:\n\n?{_LINE})*")

#: A block's lines. A code block is one of them, with breaks inside: it is not indented, so that it can be copied.
Lines = list[str]


def to_whatsapp(markdown: str) -> str:
    """The text that shows `markdown` in WhatsApp: no trailing spaces, at most one blank line between blocks.

    Never raises. Where nothing would be left (a lone comment), or the parser gives up (quotes a hundred deep), the
    source is shown as plain text.
    """
    if WORDS.fullmatch(markdown):
        return markdown  # what many answers are: to parse them took 4 % of a turn's CPU
    source = _clean(markdown)
    text = "\n".join(_spaced(_block(child) for child in parse(source).children))
    return text or "\n".join(filter(None, (line_text([Run(line)]) for line in source.split("\n"))))


def _clean(markdown: str) -> str:
    """Without what no message can carry: control characters, and halves of characters (an answer cut off midway)."""
    whole = markdown.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    lines = whole.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(char for char in lines if char in "\n\t" or unicodedata.category(char) != "Cc")


def _spaced(blocks: Iterable[Lines]) -> Lines:
    """The blocks below each other with a blank line between them."""
    lines: Lines = []
    for block in filter(None, blocks):
        lines += ["", *block] if lines else block
    return lines


def _block(block: Block, *, quoted: bool = False) -> Lines:
    lines: Lines = []
    match block.kind:
        case "paragraph" | "heading":
            lines = _inline(block, bold=block.kind == "heading")
        case "bullet_list" | "ordered_list":
            lines = _list(block, quoted=quoted)
        case "blockquote":
            lines = _quote(block)
        case "fence" | "code_block":
            lines = _code(block.token.content, quoted=quoted)
        case "table":
            lines = _table(block)
        case "hr":
            lines = [RULE]
    return lines


def _inline(block: Block, *, bold: bool = False) -> Lines:
    tokens = [token for child in block.children for token in _parts(child.token)]
    lines = (line_text(line) for line in runs(tokens, marks="*" if bold else ""))
    return [line for line in lines if line]


def _parts(inline: Token) -> list[Token]:
    return inline.children or []


def _list(block: Block, *, quoted: bool) -> Lines:
    number = int(block.token.attrs.get("start", 1))
    paragraphs = [child for item in block.children for child in item.children if child.kind == "paragraph"]
    loose = any(not paragraph.token.hidden for paragraph in paragraphs)
    lines: Lines = []
    for offset, item in enumerate(block.children):
        marker = f"{number + offset}." if block.kind == "ordered_list" else "-"
        content = _item(item, marker=marker, loose=loose, quoted=quoted)
        lines += ["", *content] if loose and lines else content
    return lines


def _item(item: Block, *, marker: str, loose: bool, quoted: bool) -> Lines:
    """One list item. A list inside it follows its line at once, also in a list with blank lines between the items."""
    lines: Lines = []
    for child in item.children:
        content = _block(child, quoted=quoted)
        apart = loose and lines and content and not child.kind.endswith("_list")
        lines += ["", *content] if apart else content
    if not lines:
        return [marker]
    first = [f"{marker} {lines[0]}"] if _moves(lines[0]) else [marker, lines[0]]
    indent = " " * (len(marker) + 1)
    return first + [indent + line if line and _moves(line) else line for line in lines[1:]]


def _moves(line: str) -> bool:
    """Whether the line may stand behind a marker or an indent. Code is copied; WhatsApp quotes only whole lines."""
    return "\n" not in line and not line.startswith("> ")


def _quote(block: Block) -> Lines:
    """WhatsApp knows one level and shows a lone `>` as text, so the lines between paragraphs are left blank."""
    lines = _spaced(_block(child, quoted=True) for child in block.children)
    return [f"> {line}" if line else "" for line in lines]


def _code(content: str, *, quoted: bool) -> Lines:
    text = content.replace(marks.FENCE, marks.LOOKALIKE["`"] * len(marks.FENCE))
    lines = [line.rstrip() for line in text.split("\n")]
    while lines and not lines[-1]:
        lines.pop()
    while lines and not lines[0]:
        lines.pop(0)
    if quoted:
        # A fence does not cross the lines of a quote: each line is code of its own.
        return [f"{marks.FENCE}{line}{marks.FENCE}" for line in lines if line]
    return ["\n".join([marks.FENCE, *lines, marks.FENCE])] if lines else []


def _table(block: Block) -> Lines:
    """`Header: value` lines for each row. One column is a list under its header; headers alone are one line."""
    rows = [[_cell(cell) for cell in row.children] for section in block.children for row in section.children]
    headers, body = rows[0], rows[1:]
    if len(headers) == 1:
        title = _inline(block.children[0].children[0].children[0], bold=True)
        return title + [f"- {row[0]}" for row in body if row[0]]
    if not body:
        return [", ".join(filter(None, headers))]
    return _spaced(_row(headers=headers, values=row) for row in body)


def _row(*, headers: list[str], values: list[str]) -> Lines:
    pairs = [(header.rstrip(":"), value) for header, value in zip(headers, values, strict=True) if value]
    return [f"{header}: {value}" if header else value for header, value in pairs]


def _cell(cell: Block) -> str:
    return ", ".join(_inline(cell))
