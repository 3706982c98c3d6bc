"""PostgreSQL and Redis for the demo, the tests and the benchmarks, with nothing installed on the machine.

`python -m sandbox.services -- COMMAND` runs a command with DATABASE_URL and REDIS_URL set.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sandbox.postgres import Postgres
from sandbox.redis import Redis
from sandbox.sharing import PROJECT, shared

DATA = PROJECT / ".switchboard"


@dataclass(frozen=True)
class Services:
    """Where both are, and the servers themselves to stop, kill and start; None for one that is the user's own."""

    database_url: str
    redis_url: str
    postgres: Postgres | None = None
    redis: Redis | None = None

    def environment(self) -> dict[str, str]:
        """What a process needs to reach them."""
        return {"DATABASE_URL": self.database_url, "REDIS_URL": self.redis_url}


@contextmanager
def running(data: Path = DATA, *, durable: bool = True, memory: str = Postgres.memory) -> Iterator[Services]:
    """Run what DATABASE_URL and REDIS_URL do not name already, with its data in the folder `data`.

    Raises `SandboxError`. `durable=False` is for data that nobody misses: a power cut may lose it all. `memory`: for
    PostgreSQL's tables, where it is started now. One folder may be used by many processes at once; the last to leave
    ends the servers, also when it is killed.
    """
    folder = data.resolve()
    database_url, redis_url = os.environ.get("DATABASE_URL", ""), os.environ.get("REDIS_URL", "")
    postgres = None if database_url else Postgres(folder / "postgres", durable=durable, memory=memory)
    redis = None if redis_url else Redis(folder / "redis", durable=durable)
    servers = [server for server in (postgres, redis) if server]
    if not servers:
        yield Services(database_url, redis_url)
        return
    with shared(folder, servers=servers, durable=durable):
        yield Services(
            database_url=postgres.url if postgres else database_url,
            redis_url=redis.url if redis else redis_url,
            postgres=postgres,
            redis=redis,
        )


if __name__ == "__main__":
    from sandbox.command import main

    raise SystemExit(main())
