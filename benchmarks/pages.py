"""How long the server takes for each page of a tenant as large as they come (`benchmarks.seed`)."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from itertools import cycle
from typing import TYPE_CHECKING, Any

from benchmarks.figures import percentile
from benchmarks.messages import Tenant
from benchmarks.seed import Size, seed
from benchmarks.table import Row

if TYPE_CHECKING:
    from django.test import Client

    from benchmarks.ground import Ground

TIMES = 30
#: The dashboard's pages, with what a member looks for there. `{long}` is the conversation with the most messages,
#: `{other}` another one at each request, `{word}` one of the words that people wrote, `{turn}` and `{log}` likewise.
PAGES = (
    "/",
    "/bot/",
    "/bot/versions/",
    "/knowledge/",
    "/playground/",
    "/channels/",
    "/team/",
    "/account/",
    "/conversations/",
    "/conversations/?view=waiting",
    "/conversations/?view=human",
    "/conversations/?view=failed",
    "/conversations/?view=all",
    "/conversations/?view=all&q={word}",
    "/conversations/?view=all&q={number}",
    "/conversations/?view=all&q={name}",
    "/conversations/?view=all&label={label}",
    "/conversations/?assignee=me",
    "/conversations/live/?open={long}",
    "/conversations/{other}/",
    "/conversations/{long}/",
    "/conversations/{long}/?message={deep}",
    "/conversations/{long}/thread/page/?before={deep}",
    "/answers/{turn}/",
    "/ledger/",
    "/ledger/?outcome=failed",
    "/ledger/?q={word}",
    "/logs/",
    "/logs/?range=30d",
    "/logs/?range=30d&outcome=forged",
    "/logs/?range=30d&kind=message&q={word}",
    "/logs/?range=30d&slower=500",
    "/logs/{log}/",
    "/exports/",
)


def measure(ground: Ground) -> list[Row]:
    """A row for each page: the 95th percentile over requests that differ, in milliseconds."""
    one = ground.tenants[0]
    schema_name = one.slug.replace("-", "_")
    client, member_id = _signed_in(one)
    seed(ground.database_url, schema_name=schema_name, size=Size(), member_id=member_id, say=_say)
    _count_webhooks(schema_name)
    values = _values(ground, schema_name)
    return [_measured(client, page, values=values, host=f"{one.slug}.example.com") for page in PAGES]


def _measured(client: Client, page: str, *, values: dict[str, Iterator[str]], host: str) -> Row:
    from django.db import connection

    taken, queries = [], 0
    for turn in range(TIMES + 1):
        url = page.format_map(_Next(values))
        counter = _Counter()
        with connection.execute_wrapper(counter):
            started = time.perf_counter()
            response = client.get(url, headers={"host": host, "x-forwarded-proto": "https"})
            response.content  # noqa: B018 (rendered by now)
            if turn:  # the first one compiles templates
                taken.append((time.perf_counter() - started) * 1000)
        if response.status_code not in (200, 204):
            raise RuntimeError(f"{url} answers {response.status_code}")
        queries = max(queries, counter.count)
    return Row(
        what=f"page {page}, p95",
        value=percentile(taken, 95),
        unit=" ms",
        must=100,
        aim=50,
        how=f"median {percentile(taken, 50):.0f} ms, {queries} queries",
    )


def _signed_in(one: Tenant) -> tuple[Client, int]:
    from django.test import Client
    from django_tenants.utils import schema_context

    from tenants.models import Membership, User
    from tenants.models import Tenant as TenantRow

    with schema_context("public"):
        owner = User.objects.create_user(email="pages@example.com", password=None)
        tenant = TenantRow.objects.get(slug=one.slug)
        Membership.objects.create(user=owner, tenant=tenant, role=Membership.Role.OWNER)
        client = Client()
        client.force_login(owner)
    return client, owner.pk


def _count_webhooks(schema_name: str) -> None:
    """What the housekeeping does each hour."""
    from django.utils import timezone
    from django_tenants.utils import schema_context

    from bots.tallies import count_tenant

    with schema_context(schema_name):
        while count_tenant(now=timezone.now()) > 1:  # a round catches up with some weeks at a time
            pass


class _Next(dict[str, str]):
    """Each place in a URL gets the next of its values."""

    def __init__(self, values: dict[str, Iterator[str]]) -> None:
        self.values_of = values

    def __missing__(self, name: str) -> str:
        return next(self.values_of[name])


def _values(ground: Ground, schema: str) -> dict[str, Iterator[str]]:
    def ids(table: str, where: str = "true") -> Iterator[str]:
        rows = ground.query(f"SELECT id FROM {schema}.{table} WHERE {where} ORDER BY md5(id::text) LIMIT 40")  # noqa: S608
        return cycle([str(row[0]) for row in rows])

    longest = ground.query("SELECT md5('conversation1')::uuid")[0][0]
    return {
        "long": cycle([str(longest)]),
        "deep": ids("bots_message", f"conversation_id = '{longest}'"),
        "other": ids("bots_conversation"),
        "turn": ids("bots_turn"),
        "log": ids("bots_webhooklog"),
        "label": ids("bots_label"),
        # The commonest, some in the middle, the rarest, one that hardly anything has, and one that nothing has.
        "word": cycle(["the", "bread", "walnut", "quiche", "birthday cake", "987650", "zeppelin"]),
        "number": cycle(["0004711", "+16280000007", "1628"]),
        "name": cycle(["Fatima", "Costa", "Ada Garcia 49", "nobody at all"]),
    }


class _Counter:
    """Counts the statements that it wraps."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, execute: Callable[..., Any], *given: Any) -> Any:
        self.count += 1
        return execute(*given)


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")
