"""The mailbox as HTML."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape
from pathlib import Path
from string import Template

from sandbox.mail.store import Mail

HERE = Path(__file__).resolve().parent
PAGE = Template((HERE / "page.html").read_text())
URL = re.compile(r"https?://[^\s<>\"]+")
NOTHING = "<p>No mail yet. Invite somebody to a team, or ask for a new password.</p>"


def list_of(mails: Sequence[Mail]) -> str:
    rows = "".join(
        f'<li><a href="/mails/{mail.number}"><span class="subject">{escape(mail.subject)}</span>'
        f'<span class="to">to {escape(mail.to)}</span>{_when(mail)}</a></li>'
        for mail in mails
    )
    return _page(title="Mail", content=f'<ol class="mails">{rows}</ol>' if rows else NOTHING)


def one(mail: Mail) -> str:
    """Its text, with links to follow; below, the HTML that mail programs show, in a frame that runs nothing."""
    content = (
        '<p><a href="/">All mail</a></p>'
        f'<p class="to">From {escape(mail.sender)} to {escape(mail.to)} {_when(mail)}</p>'
        f'<div class="text">{_with_links(mail.text)}</div>'
    )
    if mail.html:
        content += (
            "<h2>As mail programs show it</h2>"
            f'<iframe title="The mail as HTML" sandbox="" src="/mails/{mail.number}/html"></iframe>'
        )
    return _page(title=mail.subject, content=content)


def _page(*, title: str, content: str) -> str:
    return PAGE.substitute(title=escape(title), content=content)


def _with_links(text: str) -> str:
    pieces, end = [], 0
    for found in URL.finditer(text):
        url = escape(found[0])
        pieces += [escape(text[end : found.start()]), f'<a href="{url}">{url}</a>']
        end = found.end()
    return "".join([*pieces, escape(text[end:])])


def _when(mail: Mail) -> str:
    return f"<time>{mail.sent_at:%d %b %Y, %H:%M} UTC</time>" if mail.sent_at else ""
