"""HTML: a page that reads like the chat, needs nothing but itself and the files beside it, and runs nothing."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import cache
from html import escape
from pathlib import Path
from urllib.parse import quote

from bots.exporting.packing import FOLDER
from bots.exporting.records import BOT, About, Record, Spoken
from bots.formatting.html import to_html

STYLE = Path(__file__).with_name("page.css")
#: Of an outbound message's status.
TICKS = {
    "queued": "waiting",
    "sending": "waiting",
    "sent": "✓",
    "delivered": "✓✓",
    "read": "✓✓ read",
    "failed": "failed",
}


def pieces(about: About, conversations: Iterable[Spoken]) -> Iterator[str]:
    yield _head(about)
    for one in conversations:
        yield _heading(one.conversation)
        day = ""
        for message in one.messages:
            at = datetime.fromisoformat(message["at"])
            if day != (day := f"{at:%A, %-d %B %Y}"):
                yield f'<p class="day">{day}</p>\n'
            yield _message(message, name=one.conversation["contact"]["name"], at=at)
        yield from map(_note, one.conversation["notes"])
        yield "</article>\n"
    yield f"</main>\n{_foot(about)}</body>\n</html>\n"


def _head(about: About) -> str:
    style = _style()
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    # What somebody wrote is escaped; this is for whatever escapes all the same.
    files = "img-src 'self' file:; media-src 'self' file:; " if about.pack.holds_files else ""
    policy = f"default-src 'none'; {files}style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    title = f"Conversations of {escape(about.business)}"
    facts = f"{escape(about.scope)} · {_count(about)} · {about.made_at:%-d %b %Y, %H:%M} UTC"
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<header><h1>{title}</h1><p class="small">{facts}</p></header>
<main>
"""


def _count(about: About) -> str:
    return f"{about.conversations:,} conversation{'' if about.conversations == 1 else 's'}"


def _heading(conversation: Record) -> str:
    contact = conversation["contact"]
    name = escape(contact["name"] or contact["number"] or contact["identity"])
    facts = [contact["number"], f"began {_moment(conversation['started_at'])}", ", ".join(conversation["labels"])]
    small = " · ".join(escape(fact) for fact in facts if fact)
    return f'<article>\n<h2><bdi>{name}</bdi></h2>\n<p class="small">{small}</p>\n'


def _message(message: Record, *, name: str, at: datetime) -> str:
    is_ours = message["direction"] == "out"
    is_member = is_ours and message["by"] != BOT
    looks = f"message{' out' if is_ours else ''}{' member' if is_member else ''}"
    who = f'<p class="who"><bdi>{escape(message["by"] or name)}</bdi></p>'
    text = to_html(message["text"])
    files = "".join(map(_file, message["files"]))
    if not (text or files):
        text = f"<p>[{escape(message['kind'])}]</p>"
    wrong = f'<p class="wrong">{escape(message["error"])}</p>' if message["error"] else ""
    ticks = TICKS.get(message["status"], "")
    foot = f'<p class="foot">{at:%H:%M}{f" · {ticks}" if ticks else ""}</p>'
    return f'<div class="{looks}">{who}{files}{text}{wrong}{foot}</div>\n'


def _file(file: Record) -> str:
    """The file itself where the archive holds it, beside this page; else its name, and why it is not there."""
    name = escape(file["name"] or file["type"] or "file")
    said = f"<blockquote><p>{escape(file['text'])}</p></blockquote>" if file["text"] else ""
    if not file["path"]:
        return f'<p>📎 <bdi>{name}</bdi> <span class="small">{escape(file["left_out"])}</span></p>{said}'
    path = quote(file["path"])
    match file["type"].partition("/")[0]:
        case "image":
            return f'<p><a href="{path}"><img src="{path}" alt="{name}" loading="lazy"></a></p>{said}'
        case "audio" | "video" as sort:
            return f'<p><{sort} controls preload="none" src="{path}" aria-label="{name}"></{sort}></p>{said}'
        case _:
            return f'<p>📎 <a href="{path}"><bdi>{name}</bdi></a></p>{said}'


def _note(note: Record) -> str:
    who = f'<p class="who">Note of <bdi>{escape(note["by"])}</bdi>, {_moment(note["at"])}</p>'
    return f'<div class="note">{who}{escape(note["text"])}</div>\n'


def _moment(iso: str) -> str:
    return f"{datetime.fromisoformat(iso):%-d %b %Y, %H:%M} UTC"


def _foot(about: About) -> str:
    """What of the files is here; nothing where nobody sent any."""
    pack = about.pack
    held = [f"{pack.held:,} in the folder “{FOLDER}”."] if pack.held else []
    facts = held + [f"{count:,} left out: {escape(reason)}" for reason, count in pack.left_out.items()]
    return f'<footer class="small"><p>Files: {" ".join(facts)}</p></footer>\n' if facts else ""


@cache
def _style() -> str:
    return STYLE.read_text()
