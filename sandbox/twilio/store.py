"""Conversations between runs: one JSON file and the media beside it, written when something changed."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from sandbox.twilio.messages import Answer, MediaFile, Message
from sandbox.twilio.network import Network

_FILE = "conversations.json"


def load(network: Network, folder: Path) -> None:
    """Put back what an earlier run left. A number that is no longer configured keeps its chats to itself."""
    path = folder / _FILE
    if not path.exists():
        return
    kept = json.loads(path.read_text())
    for number, url in kept.get("webhooks", {}).items():
        if number in network.numbers:
            network.set_webhook(network.numbers[number], url)
    for raw in kept["media"]:
        content = (folder / raw["sid"]).read_bytes()
        network.media[raw["sid"]] = MediaFile(**raw, content=content)
    for raw in kept["messages"]:
        message = Message(**raw | {"answers": [Answer(**answer) for answer in raw["answers"]]})
        message.settled = True
        if message.number in network.numbers:
            network.user(message.user)
            network.add(message)
    for raw in kept["chats"]:
        if (raw["number"], raw["user"]) in network.chats:
            network.chat(number=raw["number"], user=raw["user"]).unread = raw["unread"]


def save(network: Network, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    media: list[dict[str, Any]] = []
    for file in network.media.values():
        media.append({"sid": file.sid, "name": file.name, "content_type": file.content_type, "token": file.token})
        if not (folder / file.sid).exists():
            (folder / file.sid).write_bytes(file.content)
    chats = [{"number": chat.number, "user": chat.user, "unread": chat.unread} for chat in network.chats.values()]
    kept = {
        "messages": [asdict(message) for message in network.messages.values()],
        "chats": chats,
        "media": media,
        "webhooks": network.webhooks_set,
    }
    fresh = folder / f"{_FILE}.new"
    fresh.write_text(json.dumps(kept))
    fresh.replace(folder / _FILE)
