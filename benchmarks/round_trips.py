"""SQL round trips of a webhook, counted on the wire: each ends with PostgreSQL's word that it is ready for the next.

Nothing that a library sends on its own escapes this: BEGIN, COMMIT, SET search_path, a pool's ping.
`python -m benchmarks.round_trips` prints the count; its DATABASE_URL leads through the counter.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from statistics import median
from urllib.parse import urlsplit, urlunsplit

from benchmarks import messages, tenants
from benchmarks.ground import Ground, port_of
from benchmarks.table import Row
from sandbox.procfile import PROJECT, with_programs

HEAD = 5
MESSAGES = 20


class Counter:
    """A relay to PostgreSQL that counts its ReadyForQuery messages.

    https://www.postgresql.org/docs/current/protocol-message-formats.html: a byte for the type, four for the length.
    """

    def __init__(self, *, server_port: int) -> None:
        self.server_port = server_port
        self.round_trips = 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            client, _ = self.listener.accept()
            server = socket.create_connection(("127.0.0.1", self.server_port))
            threading.Thread(target=_pump, args=(client, server), daemon=True).start()
            threading.Thread(target=self._pump_and_count, args=(server, client), daemon=True).start()

    def _pump_and_count(self, server: socket.socket, client: socket.socket) -> None:
        pending = b""
        for data in _received(server):
            pending += data
            while len(pending) >= HEAD and len(pending) > (length := int.from_bytes(pending[1:HEAD], "big")):
                self.round_trips += pending[:1] == b"Z"
                pending = pending[1 + length :]
            client.sendall(data)
        client.close()


def _pump(source: socket.socket, target: socket.socket) -> None:
    for data in _received(source):
        target.sendall(data)
    target.close()


def _received(source: socket.socket) -> Iterator[bytes]:
    """Until it is closed, by its other end or by our other thread."""
    with suppress(OSError):
        while data := source.recv(65536):
            yield data


def measure(ground: Ground) -> list[Row]:
    printed = subprocess.run(
        [sys.executable, "-m", "benchmarks.round_trips"],
        cwd=PROJECT,
        env=with_programs(ground.environment),
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    ).stdout
    return [
        Row(
            what="SQL round trips a webhook",
            value=float(printed.split()[-1]),
            unit="",
            must=4,
            aim=1,
            how="ReadyForQuery messages on the wire, SET and COMMIT included",
        )
    ]


def _count() -> float:
    """The median over messages of somebody known, each of a tenant that the connection did not serve just before."""
    url = urlsplit(os.environ["DATABASE_URL"])
    counter = Counter(server_port=port_of(os.environ["DATABASE_URL"]))
    host = url.netloc.rpartition(":")[0]
    through = url._replace(netloc=f"{host}:{counter.port}", query="sslmode=disable&gssencmode=disable")
    os.environ["DATABASE_URL"] = urlunsplit(through)

    from config.wsgi import application

    counts = []
    for index in range(MESSAGES):
        before = counter.round_trips
        messages.call(application, messages.message(tenants.tenant(index % 3), contact=0))
        counts.append(counter.round_trips - before)
    return median(counts[MESSAGES // 2 :])


if __name__ == "__main__":
    sys.stdout.write(f"{_count()}\n")
