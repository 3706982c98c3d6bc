"""Chats between runs: one JSON file and the files of messages beside it, written when something changed."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from sandbox.meta.messages import Message
from sandbox.meta.network import Network
from sandbox.twilio.messages import MediaFile

_FILE = "chats.json"
#: The answer to a webhook that was on its way when the last run ended.
_UNHEARD = {"ok": False, "status": 0, "body": "", "error": "was on its way when the sandbox ended", "ms": 0}


def load(network: Network, folder: Path) -> None:
    """Put back what an earlier run left. Chats of a number that is no longer configured are forgotten."""
    path = folder / _FILE
    if not path.exists():
        return
    kept = json.loads(path.read_text())
    for phone_number_id, url in kept["webhooks"].items():
        if phone_number_id in network.numbers:
            network.set_webhook(network.numbers[phone_number_id], url)
    for raw in kept["media"]:
        network.media[raw["sid"]] = MediaFile(**raw, content=(folder / raw["sid"]).read_bytes())
    for raw in kept["messages"]:
        message = Message(**raw)
        if message.direction == "inbound" and message.answer is None:
            message.answer = dict(_UNHEARD)
        if message.number in network.numbers:
            network.messages[message.sid] = message


def save(network: Network, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    media: list[dict[str, Any]] = []
    for file in network.media.values():
        media.append({"sid": file.sid, "name": file.name, "content_type": file.content_type, "token": file.token})
        if not (folder / file.sid).exists():
            (folder / file.sid).write_bytes(file.content)
    messages = [asdict(message) for message in network.messages.values()]
    fresh = folder / f"{_FILE}.new"
    fresh.write_text(json.dumps({"messages": messages, "media": media, "webhooks": network.webhooks_set}))
    fresh.replace(folder / _FILE)
