"""What every WhatsApp provider is to us: plain values in, one client and one error type out."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, BinaryIO, Literal

from bots.whatsapp.downloads import Limits

Kind = Literal[
    "text",
    "button",
    "image",
    "audio",
    "video",
    "document",
    "sticker",
    "location",
    "contacts",
    "reaction",
    "unsupported",
]
Status = Literal["queued", "sending", "sent", "delivered", "read", "failed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Media:
    """A file that waits at the provider. `url` wants the channel's credentials."""

    url: str
    content_type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """One inbound message in our words.

    `sender` is the contact's identity, opaque: the provider's user id where it gives one, else the phone number in
    E.164. `reply_to` is the address that answers go to. `phone` may be missing (WhatsApp usernames).
    """

    external_id: str
    sender: str
    reply_to: str
    kind: Kind
    text: str = ""
    phone: str = ""
    profile_name: str = ""
    media: tuple[Media, ...] = ()
    details: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusUpdate:
    """What became of a message that we sent."""

    external_id: str
    status: Status
    error_code: str = ""
    error_text: str = ""
    #: The recipient told the provider that they want to hear nothing.
    opted_out: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """A message that a provider says it took for us, and when."""

    incoming: Incoming
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """A message that WhatsApp approved, to be sent at any time. `body` has its variables in it, as `{{1}}` or
    `{{name}}`; `variables` are all that the template takes, in their order, without the braces."""

    id: str
    name: str
    language: str
    body: str
    variables: tuple[str, ...]
    category: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OutgoingFile:
    """A file to be sent. `url`: where the provider can fetch it for a while; `open` gives its content to providers that
    take it themselves."""

    kind: Literal["image", "audio", "video", "document"]
    content_type: str
    name: str
    url: str
    open: Callable[[], BinaryIO]


class MalformedError(ValueError):
    """A webhook that lacks what its provider always sends."""


class WhatsAppError(Exception):
    """A call that failed, and the decision that follows from it.

    `permanent`: no retry can help. `uncertain`: the message may have been sent all the same (timeout, 5xx), so the
    provider's list is asked before it is sent again. `credentials`: every call of this channel will fail until an
    admin mends it. `opted_out`: the contact told the provider to take nothing from us. `retry_after` is in seconds,
    `retry_factor` times longer after each further failure.
    """

    def __init__(
        self,
        message: str,
        *,
        code: str = "",
        permanent: bool = False,
        uncertain: bool = False,
        credentials: bool = False,
        opted_out: bool = False,
        retry_after: float | None = None,
        retry_factor: float = 1.0,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.permanent = permanent
        self.uncertain = uncertain
        self.credentials = credentials
        self.opted_out = opted_out
        self.retry_after = retry_after
        self.retry_factor = retry_factor


class WhatsAppClient(ABC):
    """One channel's connection to its provider. Cheap to make, safe between threads."""

    #: The longest text of one message, in characters.
    max_length: int
    #: Whether the provider can be asked what it sent. If not, the status callback alone settles an uncertain send.
    lists_sent: bool = True
    #: Whether a text may answer to one message in particular.
    quotes: bool = False
    #: Seconds in which a file is sent, or is not sent at all.
    longest_file: float = 20.0

    def __init__(
        self, *, address: str, account_id: str, credentials: Mapping[str, str], api_base_url: str = ""
    ) -> None:
        self.address = address
        self.account_id = account_id
        self.credentials = credentials
        self.api_base_url = api_base_url

    @abstractmethod
    def send_message(self, to: str, message: str, *, status_callback: str = "", quoted: str = "") -> str:
        """Send one text to `to` (an `Incoming.reply_to`); returns the provider's message id. Raises `WhatsAppError`.

        `quoted`: the provider's id of the message that it answers to, where the provider `quotes`.
        """

    @abstractmethod
    def send_file(self, to: str, file: OutgoingFile, *, caption: str = "", status_callback: str = "") -> str:
        """Send one file, with a text beneath it. As `send_message`."""

    @abstractmethod
    def send_template(
        self, to: str, template: Template, *, variables: Mapping[str, str], status_callback: str = ""
    ) -> str:
        """Send an approved template, of which only `id`, `name`, `language` and `variables` need be known. As
        `send_message`."""

    @abstractmethod
    def list_templates(self) -> list[Template]:
        """Those that WhatsApp approved and that words alone can fill. Raises `WhatsAppError`."""

    @abstractmethod
    def find_sent(self, to: str, message: str, *, since: datetime, with_file: bool = False) -> list[str]:
        """Ids of messages with exactly this recipient and text, with or without a file, that the provider took since
        then, oldest first.

        Settles a send whose answer never came; empty where the provider has no list. Raises `WhatsAppError`.
        """

    def find_received(self, external_id: str) -> Received | None:
        """The message of this id that somebody wrote to our number, as the provider has it; None: it knows of none, or
        cannot be asked. Raises `WhatsAppError`."""
        return None

    @abstractmethod
    def send_typing_indicator(self, to: str, *, message_id: str) -> None:
        """Show "typing" to `to` and mark their message `message_id` as read. Raises `WhatsAppError`."""

    @abstractmethod
    def fetch_media(self, url: str, *, limits: Limits, into: BinaryIO) -> str:
        """Write the file at `url` (a `Media.url`) into `into`; returns its content type, as the provider says. One
        attempt. Raises `MediaError`, and goes nowhere, where `url` is not an address of this channel's files."""

    @abstractmethod
    def validate_credentials(self) -> bool:
        """Whether the provider takes the credentials. Raises `WhatsAppError` when it could not be asked."""
