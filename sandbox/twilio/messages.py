"""The values that travel: messages, their files, and what a webhook's receiver answered."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import Any, Literal

Direction = Literal["inbound", "outbound-api"]
Kind = Literal["text", "button", "image", "audio", "video", "document", "sticker", "location", "contacts"]

#: Ranks as WhatsApp shows them: a later report of an earlier state changes nothing.
RANK = {"queued": 0, "sending": 1, "sent": 2, "delivered": 3, "read": 4, "failed": 5, "undelivered": 5}


def new_sid(prefix: str) -> str:
    """A SID as Twilio makes them: two letters and 32 hexadecimal digits."""
    return prefix + secrets.token_hex(16)


@dataclass(slots=True, kw_only=True)
class MediaFile:
    """A file of a message. `token` opens it at the CDN, without credentials."""

    sid: str
    name: str
    content_type: str
    content: bytes
    token: str = field(default_factory=lambda: secrets.token_urlsafe(24))


@dataclass(slots=True, kw_only=True)
class Answer:
    """What came back from one webhook request. `status` is 0 when nothing did; `error` then says why."""

    status: int
    body: str = ""
    ms: int = 0
    error: str = ""
    attempt: int = 1

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300  # noqa: PLR2004


@dataclass(slots=True, kw_only=True)
class Message:
    """One message between a business (`number`, E.164) and a person (`user`, E.164 or user id).

    Times are epoch seconds. `details` are webhook fields beyond the text (buttons, places, quotes), by Twilio's names.
    `history` holds every status with its time. `settled`: the webhook of an inbound message has its last answer.
    """

    sid: str
    account_sid: str
    direction: Direction
    number: str
    user: str
    created: float
    body: str = ""
    kind: Kind = "text"
    media: list[str] = field(default_factory=list)
    media_urls: list[str] = field(default_factory=list)
    details: dict[str, str] = field(default_factory=dict)
    content_sid: str = ""
    status_callback: str = ""
    status: str = "queued"
    error_code: int | None = None
    error_message: str | None = None
    updated: float = 0.0
    sent: float | None = None
    read_at: float | None = None
    settled: bool = False
    answers: list[Answer] = field(default_factory=list)
    history: list[dict[str, Any]] = field(default_factory=list)

    @property
    def sender(self) -> str:
        return f"whatsapp:{self.user if self.direction == 'inbound' else self.number}"

    @property
    def recipient(self) -> str:
        return f"whatsapp:{self.number if self.direction == 'inbound' else self.user}"

    def advance(self, *, status: str, at: float) -> bool:
        """Raise the status, never lower it; tells whether it changed."""
        if RANK.get(status, 0) <= RANK.get(self.status, -1) and self.history:
            return False
        self.status = status
        self.updated = at
        self.history.append({"status": status, "at": at})
        return True
