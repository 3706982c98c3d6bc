"""CPU of a webhook, in process: the whole Django handler under production settings, all writes and the bell."""

from __future__ import annotations

import itertools
import os
import random
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks import floor_web, messages, tenants
from benchmarks.figures import Compared, compare, cpu_each
from benchmarks.ground import Ground
from benchmarks.messages import Application, Post, Tenant
from benchmarks.table import Row

#: Contacts who write again and again: the usual message is not somebody's first.
CONTACTS = 50
WARM_UP, MESSAGES, TURNS = 100, 500, 9
MANY = 1000


def against_the_floor(ground: Ground) -> list[Row]:
    ours = Crowd([ground.tenants[0]], contacts=CONTACTS)
    compared = _compare(ground, left=(ground.application(), ours), right=(floor_web.application, ours))
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
    thousand = Crowd(many, contacts=1)
    _post(application, thousand, count=MANY)
    compared = _compare(
        ground, left=(application, thousand), right=(application, Crowd(ground.tenants, contacts=CONTACTS))
    )
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


@dataclass(frozen=True, slots=True)
class Crowd:
    """So many people write to each of the tenants."""

    tenants: Sequence[Tenant]
    contacts: int

    def messages(self, count: int) -> list[Post]:
        """To all tenants in turn, in an order by chance."""
        tenants = itertools.cycle(random.sample(self.tenants, k=len(self.tenants)))
        return [messages.message(next(tenants), contact=index % self.contacts) for index in range(count)]


Side = tuple[Application, Crowd]


def _compare(ground: Ground, *, left: Side, right: Side) -> Compared:
    os.environ["FLOOR_TOKEN"] = ground.tenants[0].auth_token
    for application, crowd in (left, right):
        _post(application, crowd, count=WARM_UP)
    compared = compare(lambda: _cpu(*left), lambda: _cpu(*right), turns=TURNS)
    ground.redis.flushdb()  # nobody listens to these bells
    return compared


def _cpu(application: Application, crowd: Crowd) -> float:
    posts = crowd.messages(MESSAGES)

    def run() -> int:
        for post in posts:
            messages.call(application, post)
        return len(posts)

    return cpu_each(run)


def _post(application: Application, crowd: Crowd, *, count: int) -> None:
    for post in crowd.messages(count):
        messages.call(application, post)
