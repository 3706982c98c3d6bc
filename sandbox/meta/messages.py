"""The values that travel: messages both ways, and what became of them."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass, field
from typing import Any


def new_media_id() -> str:
    """An id as Meta gives files; `sandbox.meta.media` tells it from those of numbers by its length."""
    return f"9{secrets.randbelow(10**15):015d}"


@dataclass(slots=True, kw_only=True)
class Message:
    """One message. `user`: the person's number in E.164, or user id. `callback`: what the send carried along.
    `template`: its name; `media`: a file's id, and `file_name` what its sender calls it; `quoted`: the id of the
    message that it answers to; `details`: a place or a button, in the words of `sandbox.twilio.messages.Message`.

    `status`: the last that the business was told of its own; `answer`: what its webhook said to the phone's.
    """

    sid: str
    direction: str
    number: str
    user: str
    body: str
    callback: str = ""
    kind: str = "text"
    template: str = ""
    media: str = ""
    file_name: str = ""
    quoted: str = ""
    details: dict[str, str] = field(default_factory=dict)
    account: str = ""
    status: str = ""
    read: bool = False
    answer: dict[str, Any] | None = None
    created: float = field(default_factory=time.time)

    def as_json(self) -> dict[str, Any]:
        return {
            "sid": self.sid,
            "direction": self.direction,
            "number": self.number,
            "user": self.user,
            "to": self.user if self.direction == "outbound-api" else self.number,
            "account_sid": self.account,
            "body": self.body,
            "kind": self.kind,
            "template": self.template,
            "media": self.media,
            "quoted": self.quoted,
            "status_callback": self.callback,
            "created": self.created,
        }
