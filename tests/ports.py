"""Ports for servers that tests start."""

from __future__ import annotations

import random
import socket

from sandbox.addresses import PORTS


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on, of those that the system gives to no outgoing connection."""
    while True:
        port = random.choice(PORTS)
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if probe.connect_ex(("127.0.0.1", port)) != 0:
                return port
