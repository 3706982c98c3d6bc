"""How long the server takes for each page of a tenant as large as they come (`benchmarks.seed`)."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from benchmarks.addresses import CONSOLE, TENANT, Places
from benchmarks.figures import percentile
from benchmarks.messages import PUBLIC_URL, Tenant
from benchmarks.seed import Size, seed
from benchmarks.table import Row
from benchmarks.tenants import onboard, tenant

if TYPE_CHECKING:
    from django.test import Client

    from benchmarks.ground import Ground

TIMES = 30
#: The number of a tenant of its own: to the others, people of other measurements have written.
NOBODY_WROTE_TO = 9_000


def measure(ground: Ground) -> list[Row]:
    """A row for each page: the 95th percentile over requests that differ, in milliseconds."""
    one = tenant(NOBODY_WROTE_TO)
    onboard(ground, one)
    schema_name = one.slug.replace("-", "_")
    client, member_id = _signed_in(one)
    seed(ground.database_url, schema_name=schema_name, size=Size(), member_id=member_id, say=_say)
    _count_webhooks(schema_name)
    places = Places(ground, schema_name=schema_name)
    sites = (("page", f"{one.slug}.example.com", TENANT), ("console", urlsplit(PUBLIC_URL).netloc, CONSOLE))
    return [
        _measured(client, page, what=f"{site} {page}", places=places, host=host)
        for site, host, pages in sites
        for page in pages
    ]


def _measured(client: Client, page: str, *, what: str, places: Places, host: str) -> Row:
    from django.db import connection

    taken, queries = [], 0
    for turn in range(TIMES + 1):
        url = page.format_map(places)
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
        what=f"{what}, p95",
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
        owner = User.objects.create_user(email="pages@example.com", password=None, is_staff=True)
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


class _Counter:
    """Counts the statements that it wraps."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, execute: Callable[..., Any], *given: Any) -> Any:
        self.count += 1
        return execute(*given)


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")
