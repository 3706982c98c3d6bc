"""WhatsApp's text marks as HTML. Everything a person typed is escaped; only these tags come out:
p, ul, ol, li, blockquote, pre, code, strong, em, s, a."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import escape
from itertools import groupby
from operator import itemgetter

_PARAGRAPH = "<p>{}</p>"
_TAGS = {"*": "strong", "_": "em", "~": "s"}
_FENCE = re.compile(r"```(.+?)```", re.DOTALL)
_INLINE = re.compile(
    r"`(?P<code>[^`\n]+)`"
    r"|(?P<link>https?://[^\s<>\"]+)"
    r"|(?<!\w)(?P<mark>[*_~])(?!\s|(?P=mark))(?P<inner>[^\n]*?\S)(?P=mark)(?!\w)"
)
#: A line's pattern, what goes around a run of such lines, and one line.
_BLOCKS: list[tuple[re.Pattern[str], str, str]] = [
    (re.compile(r"[-*] +(?P<text>.+)"), "<ul>{}</ul>", "<li>{text}</li>"),
    (re.compile(r"(?P<number>\d{1,3})\. +(?P<text>.+)"), "<ol>{}</ol>", '<li value="{number}">{text}</li>'),
    (re.compile(r"> ?(?P<text>.*)"), "<blockquote>{}</blockquote>", "<p>{text}</p>"),
]


def to_html(text: str) -> str:
    """Render one message as WhatsApp would: bold, italic, strike, code, lists, quotes, links."""
    html = []
    for index, part in enumerate(_FENCE.split(text)):
        if index % 2:
            html.append(f"<pre><code>{escape(part.strip(chr(10)))}</code></pre>")
        elif part.strip():
            html.append(_blocks(part.strip("\n") if index else part.rstrip("\n")))
    return "".join(html)


def _blocks(text: str) -> str:
    html: list[str] = []
    for wrap, lines in groupby(map(_line, text.split("\n")), key=itemgetter(0)):
        between = "" if wrap != _PARAGRAPH else "\n"
        html.append(wrap.format(between.join(content for _, content in lines)))
    return "".join(html)


def _line(line: str) -> tuple[str, str]:
    """What goes around the line (and its neighbours of the same sort), and the line itself."""
    for pattern, wrap, item in _BLOCKS:
        match = pattern.fullmatch(line)
        if match:
            return wrap, item.format(**match.groupdict() | {"text": _inline(match["text"])})
    return _PARAGRAPH, _inline(line)


def _inline(text: str) -> str:
    html: list[str] = []
    end = 0
    for match in _INLINE.finditer(text):
        html.append(escape(text[end : match.start()]))
        render = next(_RENDERERS[group] for group in ("code", "link", "mark") if match[group] is not None)
        html.append(render(match))
        end = match.end()
    html.append(escape(text[end:]))
    return "".join(html)


def _link(match: re.Match[str]) -> str:
    url = match["link"]
    kept = url.rstrip(".,;:!?)]}'*_~")
    if "(" in kept and url[len(kept) :].startswith(")"):
        kept += ")"
    shown = escape(kept)
    return f'<a href="{shown}" target="_blank" rel="noopener noreferrer">{shown}</a>{escape(url[len(kept) :])}'


def _mark(match: re.Match[str]) -> str:
    tag = _TAGS[match["mark"]]
    return f"<{tag}>{_inline(match['inner'])}</{tag}>"


_RENDERERS: dict[str, Callable[[re.Match[str]], str]] = {
    "code": lambda match: f"<code>{escape(match['code'])}</code>",
    "link": _link,
    "mark": _mark,
}
