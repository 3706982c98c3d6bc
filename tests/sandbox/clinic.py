"""A business at Meta's stand-in, and an application that takes every webhook of it."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

NUMBER, TOKEN = "106540352242922", "a-token"
#: Seconds.
PATIENCE = 5.0


def configuration(application: str) -> dict[str, Any]:
    """Of the stand-in; `application`: where the webhooks go."""
    number = {
        "phone_number_id": NUMBER,
        "name": "Harbor Clinic Line",
        "access_token": TOKEN,
        "app_secret": "a-secret",
        "webhook_url": "https://bots.example.com/api/whatsapp/webhook/",
        "deliver_to": application,
    }
    people = [
        {"phone": "+15551230001", "name": "Ada"},
        {"user_id": "US.13491208655302741918", "name": "Grace"},
    ]
    return {"numbers": [number], "users": people}


@contextmanager
def taking_webhooks() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Where the application is, and the values that it was told."""
    values: list[dict[str, Any]] = []

    class Application(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            values.extend(change["value"] for entry in body["entry"] for change in entry["changes"])
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def do_GET(self) -> None:
            """Knows every verify token."""
            (challenge,) = parse_qs(urlsplit(self.path).query)["hub.challenge"]
            self.send_response(200)
            self.send_header("Content-Length", str(len(challenge)))
            self.end_headers()
            self.wfile.write(challenge.encode())

        def log_message(self, *_: Any) -> None:
            """Nobody reads it."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Application) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}", values
        server.shutdown()


def wait_for(is_so: Callable[[], Any]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.02)
