"""Where a server is reached: on 127.0.0.1 only, by a password of its own, at the same port every time."""

from __future__ import annotations

import os
import random
import secrets
import socket
from pathlib import Path
from urllib.parse import urlsplit

from sandbox.processes import SandboxError

# Below what Linux (32768-60999) and macOS (49152-65535) hand out to outgoing connections: no such connection can
# sit on a server's port while the server restarts.
PORTS = range(20000, 32000)


def keep_url(file: Path, *, form: str) -> str:
    """The server's URL, which `file` keeps between runs, with a password made at random the first time.

    `form` is the URL with {password} and {port} in it. The port stays as it is unless another program has taken it.
    """
    kept = urlsplit(file.read_text() if file.exists() else "")
    password = kept.password or secrets.token_hex(16)
    port = kept.port if kept.port and _free(kept.port) else _free_port()
    url = form.format(password=password, port=port)
    write_private(file, text=url)
    return url


def _free_port() -> int:
    for port in random.sample(PORTS, 200):
        if _free(port):
            return port
    raise SandboxError(f"No free port was found on 127.0.0.1 between {PORTS.start} and {PORTS.stop}.")


def _free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # closed connections do not count, as for servers
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def write_private(file: Path, *, text: str) -> None:
    """Write `file` whole or not at all, readable only by whom its folder belongs to."""
    draft = file.with_name(f"{file.name}.new")
    draft.unlink(missing_ok=True)
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as stream:
        stream.write(text)
    if os.geteuid() == 0:
        os.chown(draft, file.parent.stat().st_uid, file.parent.stat().st_gid)
    draft.replace(file)
