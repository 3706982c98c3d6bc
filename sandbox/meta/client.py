"""The stand-in for those who drive it: started inside the process for tests, and its control API as methods."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sandbox.meta.app import create_app
from sandbox.meta.network import parse_config, parse_users
from sandbox.twilio.client import Phone, serving
from sandbox.twilio.server import listen, server_of


class MetaPhone(Phone):
    """The control API of a running stand-in: that of Twilio's, and whole posts."""

    def post(self, payload: Any, *, number: str, **more: Any) -> list[dict[str, Any]]:
        """Post `payload` to the number's webhook; what was answered. `more`: see `sandbox.meta.control.post`."""
        answers: list[dict[str, Any]] = self._post("/sandbox/post", {"to": number, "payload": payload, **more})[
            "answers"
        ]
        return answers

    def upload(self, content: bytes, *, content_type: str) -> str:
        """A file that a message may name; its id."""
        encoded = base64.b64encode(content).decode()
        kept: str = self._post("/sandbox/media", {"content_type": content_type, "content": encoded})["id"]
        return kept


@contextmanager
def running(config: dict[str, Any], *, port: int = 0, state: Path | None = None) -> Iterator[MetaPhone]:
    """Serve `config` (as in the configuration file) on 127.0.0.1 in a thread of this process, for as long as needed."""
    bound = listen(host="127.0.0.1", port=port)
    with (
        serving(server_of(create_app(parse_config(config), parse_users(config), state=state)), bound=bound),
        MetaPhone(f"http://127.0.0.1:{bound.getsockname()[1]}") as phone,
    ):
        yield phone
