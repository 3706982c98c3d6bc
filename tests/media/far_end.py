"""A provider that misbehaves, on a true socket: it does what the test says, byte by byte, and remembers who asked."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Answer:
    """What is said to one path. `pause`: seconds before each further piece."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    pieces: Iterable[bytes] = (b"",)
    pause: float = 0.0


class Provider:
    """`answers` by path; the last of a list is said again and again."""

    def __init__(self) -> None:
        self.answers: dict[str, list[Answer]] = {}
        self.requests: list[tuple[str, str, str]] = []
        provider = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                provider.requests.append((self.headers["Host"], self.path, self.headers.get("Authorization", "")))
                script = provider.answers.get(self.path.partition("?")[0], [Answer(status=404)])
                answer = script.pop(0) if len(script) > 1 else script[0]
                self.close_connection = True
                with suppress(OSError):
                    self.send_response(answer.status)
                    for name, value in answer.headers.items():
                        self.send_header(name, value)
                    self.send_header("Connection", "close")
                    self.end_headers()
                    for piece in answer.pieces:
                        self.wfile.write(piece)
                        time.sleep(answer.pause)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def says(self, path: str, *answers: Answer) -> None:
        self.answers[path] = list(answers)

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()
