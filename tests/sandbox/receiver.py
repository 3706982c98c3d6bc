"""A tiny application at the other end of Twilio's webhooks: keeps what it gets, answers what it is told."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl


@dataclass
class Received:
    path: str
    headers: dict[str, str]
    fields: dict[str, str]


@dataclass
class Receiver:
    """`answers` are the statuses of the next requests, then 200 for ever."""

    url: str
    requests: list[Received] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)

    def wait_for(self, wanted: Callable[[Received], bool], *, count: int = 1, timeout: float = 5) -> list[Received]:
        deadline = time.monotonic() + timeout
        while len(found := [each for each in list(self.requests) if wanted(each)]) < count:
            assert time.monotonic() < deadline, f"{len(found)} of {count} came: {self.requests}"
            time.sleep(0.01)
        return found


@contextmanager
def receiving() -> Iterator[Receiver]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            received = Received(self.path, dict(self.headers), dict(parse_qsl(body, keep_blank_values=True)))
            receiver.requests.append(received)
            self.send_response(receiver.answers.pop(0) if receiver.answers else 200)
            self.send_header("Content-Length", "11")
            self.end_headers()
            self.wfile.write(b"<Response/>")

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    receiver = Receiver(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
