"""What the stand-in is told when it starts: whose numbers it carries and who writes to them.

    {
      "numbers": [{
        "number": "+14155238886", "name": "Lumen Bakery", "account_sid": "AC...", "auth_token": "...",
        "webhook_url": "https://bots.example/api/whatsapp/webhook/#rc=5&rp=all",
        "deliver_to": "http://127.0.0.1:8000"
      }],
      "users": [{"phone": "+15551230001", "name": "Ada"}, {"user_id": "US.13491208655302741918", "name": "Grace"}],
      "read_after": null, "status_pause": 0.1, "window_seconds": 86400, "media_base_url": "https://api.twilio.com"
    }

`webhook_url` is the public address, which is signed; empty: none is set yet. Its fragment holds Twilio's connection
overrides and is neither sent nor signed. `deliver_to` is where to connect instead, as a proxy in front of the
application would.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    """A business's WhatsApp number and the account that owns it."""

    number: str
    name: str
    account_sid: str
    auth_token: str
    webhook_url: str
    deliver_to: str = ""
    #: As Twilio's Senders API names it: ONLINE, OFFLINE, VERIFYING, ...; empty: a number without WhatsApp.
    status: str = "ONLINE"
    offline_reason: str = ""
    #: active, suspended or closed.
    account_status: str = "active"


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """A person. One who hides behind a WhatsApp username has a `user_id` (`US.1349...`) and no phone."""

    name: str
    phone: str = ""
    user_id: str = ""

    @property
    def address(self) -> str:
        """What Twilio puts behind `whatsapp:` when this person writes."""
        return self.phone or self.user_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """`read_after`: seconds until a delivered message counts as read without a look at the phone; None: never.

    `status_pause`: seconds between queued, sent and delivered. `window_seconds`: how long after a user's message a
    business may write freely. `media_base_url`: the origin of media addresses in webhooks; Twilio's own by default.
    """

    numbers: tuple[Number, ...]
    users: tuple[User, ...] = ()
    read_after: float | None = None
    status_pause: float = 0.1
    window_seconds: float = 24 * 3600
    media_base_url: str = "https://api.twilio.com"


@dataclass(slots=True)
class _Reader:
    """Collects every mistake of a configuration, so that all are named at once."""

    mistakes: list[str] = field(default_factory=list)

    def read(self, kind: type[Any], raw: Any, *, where: str) -> Any:
        if not isinstance(raw, dict):
            self.mistakes.append(f"{where}: not an object")
            return None
        known = {spec.name for spec in fields(kind)}
        self.mistakes += [f"{where}.{key}: unknown key" for key in raw if key not in known]
        try:
            return kind(**{key: value for key, value in raw.items() if key in known})
        except TypeError as error:
            self.mistakes.append(f"{where}: {error}")
            return None


def parse_number(raw: Any) -> Number:
    """One number's settings. Raises `ValueError` with every mistake in it."""
    reader = _Reader()
    number = reader.read(Number, raw, where="number")
    if reader.mistakes:
        raise ValueError("; ".join(reader.mistakes))
    parsed: Number = number
    return parsed


def parse_config(raw: Any) -> Config:
    """The whole file. Raises `ValueError` with every mistake in it."""
    reader = _Reader()
    if not isinstance(raw, dict) or not isinstance(raw.get("numbers"), list):
        raise ValueError("numbers: a list is needed")  # noqa: TRY004 - one error type for a wrong file
    settings = dict(raw)
    settings["numbers"] = tuple(
        reader.read(Number, item, where=f"numbers[{index}]") for index, item in enumerate(raw["numbers"])
    )
    settings["users"] = tuple(
        reader.read(User, item, where=f"users[{index}]") for index, item in enumerate(raw.get("users", []))
    )
    for index, user in enumerate(settings["users"]):
        if user is not None and not user.address:
            reader.mistakes.append(f"users[{index}]: a phone or a user_id is needed")
    config = reader.read(Config, settings, where="config")
    if reader.mistakes:
        raise ValueError("; ".join(reader.mistakes))
    parsed: Config = config
    return parsed
