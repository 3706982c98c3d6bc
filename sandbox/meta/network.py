"""What the stand-in remembers: its numbers, who wrote what to whom, and what it was asked.

    {"numbers": [{
      "phone_number_id": "106540352242922", "display": "15550783881", "access_token": "...", "app_secret": "...",
      "webhook_url": "https://bots.example/api/whatsapp/webhook/", "deliver_to": "http://127.0.0.1:8000"
    }], "users": [{"phone": "+15551230001", "name": "Ada"}]}

`webhook_url` is empty where none is set yet. `deliver_to` is where to connect instead of the public address, as a proxy
in front of the application would. `users`: who writes on the phone's page, as in `sandbox.twilio.config`.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import secrets
import time
from collections import Counter, deque
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sandbox.meta.messages import Message, new_media_id
from sandbox.twilio.config import User
from sandbox.twilio.faults import Faults
from sandbox.twilio.messages import MediaFile

#: Seconds that "typing" is shown, unless the answer comes first.
TYPING = 25.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    """A business's number and the secrets of its app."""

    phone_number_id: str
    access_token: str
    app_secret: str
    webhook_url: str
    display: str = "15550783881"
    deliver_to: str = ""
    name: str = "A business"
    #: As the Graph API names it: CONNECTED, PENDING, BANNED, ...
    status: str = "CONNECTED"
    business_account: str = "102290129340398"

    @property
    def app_secret_proof(self) -> str:
        """What a call may carry to show that its sender knows the app's secret."""
        return hmac.new(self.app_secret.encode(), self.access_token.encode(), hashlib.sha256).hexdigest()


class Network:
    """The state of the stand-in. Used from one event loop."""

    def __init__(self, numbers: list[Number], users: Sequence[User] = ()) -> None:
        self.numbers = {number.phone_number_id: number for number in numbers}
        #: What the Graph API was told, by number: kept between runs, over the configuration.
        self.webhooks_set: dict[str, str] = {}
        self.users = list(users)
        self.listeners: set[asyncio.Queue[dict[str, Any]]] = set()
        self.faults = Faults()
        self.closing = asyncio.Event()
        self._tasks: set[asyncio.Task[Any]] = set()
        self.reset()

    def reset(self) -> None:
        self.messages: dict[str, Message] = {}
        self.media: dict[str, MediaFile] = {}
        self.typing: list[dict[str, Any]] = []
        self._typing_until: dict[tuple[str, str], float] = {}
        #: The last webhooks of the phone's page.
        self.deliveries: deque[dict[str, Any]] = deque(maxlen=20)
        self.calls: Counter[str] = Counter()
        self.answers: Counter[tuple[str, int]] = Counter()
        self.faults.clear()
        self.stop_tasks()
        self.publish("reset")

    def put_number(self, number: Number) -> None:
        """One more number, or a new setting of one."""
        self.numbers[number.phone_number_id] = number
        self.webhooks_set.pop(number.phone_number_id, None)
        self.publish("reset")

    def set_webhook(self, number: Number, url: str) -> None:
        """Meta was told where this number's messages go from now on."""
        self.numbers[number.phone_number_id] = replace(number, webhook_url=url)
        self.webhooks_set[number.phone_number_id] = url
        self.publish("reset")

    def person(self, address: str) -> User | None:
        return next((user for user in self.users if user.address == address), None)

    def keep_file(self, *, name: str, content_type: str, content: bytes) -> MediaFile:
        file = MediaFile(sid=new_media_id(), name=name, content_type=content_type, content=content)
        self.media[file.sid] = file
        return file

    def publish(self, event: str, **data: Any) -> None:
        """Tell whoever watches the phone's page."""
        for queue in self.listeners:
            queue.put_nowait({"event": event, **data})

    def add(
        self, *, direction: str, number: str, user: str, body: str, sid: str = "", callback: str = "", **more: Any
    ) -> Message:
        """`more`: the other fields of `Message`."""
        message = Message(
            sid=sid or f"wamid.{secrets.token_urlsafe(24)}",
            direction=direction,
            number=number,
            user=user,
            body=body,
            callback=callback,
            account=self.numbers[number].business_account,
            **more,
        )
        self.messages[message.sid] = message
        if direction == "outbound-api":
            self._typing_until.pop((number, user), None)
        self.publish("message", message=message)
        return message

    def chat(self, *, number: str, user: str) -> list[Message]:
        """Oldest first."""
        return [one for one in self.messages.values() if (one.number, one.user) == (number, user)]

    def change(self, message: Message, *, status: str) -> None:
        message.status = status
        self.publish("message", message=message)

    def mark_read(self, message: Message, *, typing: bool) -> None:
        """The business has read what the person wrote, and is typing."""
        message.read = True
        self.publish("message", message=message)
        if typing:
            self.typing.append({"message_sid": message.sid, "at": time.time()})
            self._typing_until[message.number, message.user] = time.time() + TYPING
            self.publish("typing", number=message.number, user=message.user)

    def typing_for(self, *, number: str, user: str) -> float:
        """Seconds."""
        return max(0.0, self._typing_until.get((number, user), 0.0) - time.time())

    def spawn(self, work: Coroutine[Any, Any, Any]) -> None:
        """Run `work` beside the requests, until it ends or the server does."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def stop_tasks(self) -> None:
        for task in list(self._tasks):
            task.cancel()


def parse_users(raw: Any) -> list[User]:
    """The people of a configuration. Raises `ValueError`."""
    try:
        return [User(**user) for user in raw.get("users", ())]
    except (AttributeError, TypeError) as error:
        raise ValueError(f"users: {error}") from None


def parse_config(raw: Any) -> list[Number]:
    """The numbers of a configuration. Raises `ValueError`."""
    try:
        return [Number(**number) for number in raw["numbers"]]
    except (KeyError, TypeError) as error:
        raise ValueError(f"numbers: {error}") from None
