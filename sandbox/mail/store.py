"""The mails that came in, each a file of its own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail as its reader sees it."""

    number: int
    subject: str
    sender: str
    to: str
    #: None where the mail does not say.
    sent_at: datetime | None
    text: str
    #: Empty for a mail that is text alone.
    html: str


class Mailbox:
    """A folder of `.eml` files, numbered in the order in which they came."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def keep(self, raw: bytes) -> int:
        """Returns the mail's number."""
        number = max(self._numbers(), default=0) + 1
        self._file(number).write_bytes(raw)
        return number

    def newest_first(self) -> list[Mail]:
        return [self._read(number) for number in sorted(self._numbers(), reverse=True)]

    def get(self, number: int) -> Mail | None:
        return self._read(number) if self._file(number).exists() else None

    def _read(self, number: int) -> Mail:
        message = message_from_bytes(self._file(number).read_bytes(), policy=policy.default)
        return Mail(
            number=number,
            subject=str(message["Subject"] or "(no subject)"),
            sender=str(message["From"] or ""),
            to=str(message["To"] or ""),
            sent_at=parsedate_to_datetime(str(message["Date"])) if message["Date"] else None,
            text=_part(message, kind="plain"),
            html=_part(message, kind="html"),
        )

    def _numbers(self) -> list[int]:
        return [int(file.stem) for file in self.folder.glob("*.eml")]

    def _file(self, number: int) -> Path:
        return self.folder / f"{number:06}.eml"


def _part(message: EmailMessage, *, kind: str) -> str:
    part = message.get_body(preferencelist=(kind,))
    # Lines end with CR LF on the way.
    return str(part.get_content()).replace("\r\n", "\n") if part is not None else ""
