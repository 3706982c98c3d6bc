"""All that the stand-in remembers: who wrote what to whom, and what became of it. No input or output happens here."""

from __future__ import annotations

import asyncio
import time
from collections import Counter, deque
from collections.abc import Coroutine, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from sandbox.twilio.config import Config, Number, User
from sandbox.twilio.faults import Faults
from sandbox.twilio.messages import MediaFile, Message

#: How long WhatsApp shows "typing" when no message ends it.
TYPING_SECONDS = 25.0
_KEPT_DELIVERIES = 50


@dataclass(slots=True, kw_only=True)
class Chat:
    """One person's conversation with one business. `unread` counts the business's messages nobody looked at."""

    number: str
    user: str
    messages: list[Message] = field(default_factory=list)
    typing: list[dict[str, Any]] = field(default_factory=list)
    typing_until: float = 0.0
    unread: int = 0
    last_inbound: float = 0.0


class Network:
    """The state of the stand-in, and whoever listens to its changes. Used from one event loop."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.numbers: dict[str, Number] = {number.number: number for number in config.numbers}
        #: What the API was told, by number: kept between runs, over the configuration.
        self.webhooks_set: dict[str, str] = {}
        self.faults = Faults()
        self.closing = asyncio.Event()
        self.listeners: set[asyncio.Queue[dict[str, Any]]] = set()
        self._tasks: set[asyncio.Task[Any]] = set()
        self.reset()

    def reset(self) -> None:
        """Forget everything but numbers and the configured users; what is on its way is called back."""
        self.users: dict[str, User] = {user.address: user for user in self.config.users}
        self.messages: dict[str, Message] = {}
        self.chats: dict[tuple[str, str], Chat] = {}
        self.media: dict[str, MediaFile] = {}
        self.calls: Counter[str] = Counter()
        self.answers: Counter[tuple[str, int]] = Counter()
        self.deliveries: deque[dict[str, Any]] = deque(maxlen=_KEPT_DELIVERIES)
        self.faults.clear()
        self.stop_tasks()
        self.publish("reset")

    def set_webhook(self, number: Number, url: str) -> None:
        """Twilio's API was told where this number's messages go from now on."""
        self.numbers[number.number] = replace(number, webhook_url=url)
        self.webhooks_set[number.number] = url
        self.publish("reset")

    def account_numbers(self, account_sid: str) -> list[Number]:
        return [number for number in self.numbers.values() if number.account_sid == account_sid]

    def user(self, address: str, *, name: str = "") -> User:
        """The person behind an address; strangers are taken in as they come."""
        if address not in self.users:
            which = {"phone": address} if address.startswith("+") else {"user_id": address}
            self.users[address] = User(name=name or address, **which)
        return self.users[address]

    def chat(self, *, number: str, user: str) -> Chat:
        chat = self.chats.get((number, user))
        if chat is None:
            chat = self.chats[number, user] = Chat(number=number, user=user)
        return chat

    def window_open(self, *, number: str, user: str) -> bool:
        """Whether the business may write freely: the person wrote within WhatsApp's 24 hours."""
        chat = self.chats.get((number, user))
        return chat is not None and chat.last_inbound > time.time() - self.config.window_seconds

    def add(self, message: Message) -> None:
        """Keep a new message and tell the phone. A reply ends "typing"."""
        chat = self.chat(number=message.number, user=message.user)
        self.messages[message.sid] = message
        chat.messages.append(message)
        if message.direction == "inbound":
            chat.last_inbound = message.created
        else:
            chat.typing_until = 0.0
            chat.unread += 1
        self.publish("message", message=message)

    def show_typing(self, message: Message) -> None:
        """The business types an answer to `message`, and so has read it and all before it."""
        now = time.time()
        chat = self.chat(number=message.number, user=message.user)
        chat.typing_until = now + TYPING_SECONDS
        chat.typing.append({"message_sid": message.sid, "at": now})
        for earlier in reversed(chat.messages):
            if earlier.direction == "inbound" and earlier.created <= message.created:
                if earlier.read_at is not None:
                    break
                earlier.read_at = now
                self.publish("message", message=earlier)
        self.publish("typing", chat=chat)

    def newest_first(self, *, account_sid: str, to: str, sender: str) -> Iterator[Message]:
        """The account's messages; `to` and `sender` are full addresses (`whatsapp:...`) or empty."""
        ends = (to.removeprefix("whatsapp:"), sender.removeprefix("whatsapp:"))
        chat = self.chats.get(ends) or self.chats.get(ends[::-1])
        pool = chat.messages if chat else list(self.messages.values())
        for message in reversed(pool):
            if message.account_sid == account_sid and to in ("", message.recipient) and sender in ("", message.sender):
                yield message

    def publish(self, event: str, **data: Any) -> None:
        for queue in self.listeners:
            queue.put_nowait({"event": event, **data})

    def spawn(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Run `work` beside the requests, until it ends or the server does."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def stop_tasks(self) -> None:
        for task in list(self._tasks):
            task.cancel()
