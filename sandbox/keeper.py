"""Waits for one user of a folder of servers to leave or die, then ends the servers if that was the last one."""

from __future__ import annotations

import fcntl
import sys
from pathlib import Path

from sandbox.postgres import Postgres
from sandbox.redis import Redis
from sandbox.sharing import stop_if_unused


def main() -> None:
    """Arguments: the folder, and the number of the inherited file that holds the user's lock."""
    folder, lock = Path(sys.argv[1]), int(sys.argv[2])
    sys.stdin.read()  # ends with the user
    fcntl.flock(lock, fcntl.LOCK_UN)
    stop_if_unused(folder, servers=[Postgres(folder / "postgres"), Redis(folder / "redis")])


if __name__ == "__main__":
    main()
