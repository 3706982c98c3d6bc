"""CPU of a webhook, in process: the whole Django handler under production settings, all writes and the bell."""

from __future__ import annotations

import os
from collections.abc import Sequence

from benchmarks import floor_web, messages, tenants
from benchmarks.figures import Compared, compare, cpu_each
from benchmarks.ground import Ground
from benchmarks.messages import Application, Tenant
from benchmarks.table import Row

#: Contacts who write again and again: the usual message is not somebody's first.
CONTACTS = 50
WARM_UP, MESSAGES, TURNS = 100, 200, 5
MANY = 1000


def against_the_floor(ground: Ground) -> list[Row]:
    ours = [ground.tenants[0]]
    compared = _compare(ground, left=(ground.application(), ours), right=(floor_web.application, ours), turns=TURNS)
    return [
        Row(
            what="webhook, CPU a message, in process",
            value=compared.ratio,
            unit="x floor",
            must=4,
            aim=2,
            how=f"{compared.ours:.2f} ms; floor {compared.floor:.2f} ms",
        )
    ]


def with_many_tenants(ground: Ground) -> list[Row]:
    """Messages spread evenly over a thousand tenants, against as many spread over three."""
    many = ground.tenants + tenants.copied(ground, first=len(ground.tenants) + 100, count=MANY - len(ground.tenants))
    application = ground.application()
    # Each schema once before it counts: the first touch of a table is PostgreSQL's and the file system's to pay.
    _post(application, many, count=MANY, contacts=1)
    compared = _compare(ground, left=(application, many), right=(application, ground.tenants), turns=TURNS)
    return [
        Row(
            what=f"webhook CPU with {MANY} tenants against 3",
            value=compared.ratio,
            unit="x",
            must=1.2,
            aim=1.05,
            how=f"{compared.ours:.2f} ms and {compared.floor:.2f} ms",
        )
    ]


Side = tuple[Application, Sequence[Tenant]]


def _compare(ground: Ground, *, left: Side, right: Side, turns: int) -> Compared:
    os.environ["FLOOR_TOKEN"] = ground.tenants[0].auth_token
    for application, whom in (left, right):
        _post(application, whom, count=WARM_UP, contacts=CONTACTS)
    compared = compare(
        lambda: _cpu(*left),
        lambda: _cpu(*right),
        turns=turns,
    )
    ground.redis.flushdb()  # nobody listens to these bells
    return compared


def _cpu(application: Application, whom: Sequence[Tenant]) -> float:
    posts = [messages.message(whom[index % len(whom)], contact=index % CONTACTS) for index in range(MESSAGES)]

    def run() -> int:
        for post in posts:
            messages.call(application, post)
        return len(posts)

    return cpu_each(run)


def _post(application: Application, whom: Sequence[Tenant], *, count: int, contacts: int) -> None:
    for index in range(count):
        messages.call(application, messages.message(whom[index % len(whom)], contact=index % contacts))
