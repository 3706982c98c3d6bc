"""From a destination to the tenant that claimed it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import TypeVar

from django.http import HttpRequest
from django_tenants.utils import schema_context

from bots import destinations, limits
from bots.destinations import Destination
from bots.inbox import StaleError
from tenants.models import UnroutedWebhook
from webhooks.requests import LARGEST_FORM, body_bytes, kept_headers

#: A minute.
MOST_UNROUTED = 60
MOST_LOOKS = 3
#: Destinations that a process remembers, some 5 KiB each. One too many, and it begins anew.
MOST_REMEMBERED = 5000
_remembered: dict[tuple[str, str], Destination] = {}

T = TypeVar("T")


class NoRouteError(LookupError):
    """Nobody claimed the destination."""


def remembered(*, provider: str, address: str) -> Destination | None:
    """The destination as this process read it last. It may have changed: only `bots.inbox.receive` may be trusted
    with it, which writes nothing then.

    Saves two queries and the decryption of the credentials: 1.5 ms of a message's CPU, 1.2 ms of PostgreSQL's.
    """
    return _remembered.get((provider, address))


@contextmanager
def routed(*, provider: str, address: str) -> Iterator[Destination]:
    """Work in the schema of the tenant that claimed `address`, as it stands now. Raises `NoRouteError`; a closed tenant
    has no routes."""
    _remembered.pop((provider, address), None)
    if (to := destinations.find(provider=provider, address=address)) is None:
        raise NoRouteError
    if len(_remembered) >= MOST_REMEMBERED:
        _remembered.clear()
    _remembered[provider, address] = to
    with schema_context(to.tenant.schema_name):
        yield to


def until_it_holds_still(take: Callable[[], T]) -> T:
    """Call `take`, which routes anew each time, again while the destination changes under it. Raises `StaleError` when
    there is no end of that."""
    for _ in range(MOST_LOOKS - 1):
        with suppress(StaleError):
            return take()
    return take()


def keep_unrouted(
    request: HttpRequest, *, provider: str, status: int, reason: str, address: str = "", fields: Iterable[str] = ()
) -> None:
    """Note, for the platform's owners, a request that reached no tenant. The names of its fields, not their values.

    Anybody may send such requests: so many a minute are noted, the rest are only refused.
    """
    if not limits.within(MOST_UNROUTED, "unrouted"):
        return
    with schema_context("public"):
        UnroutedWebhook.objects.create(
            method=request.method or "",
            path=request.path[:200],
            provider=provider,
            address=address.replace("\0", "")[:160],
            headers=kept_headers(request),
            fields=sorted(name.replace("\0", "")[:100] for name in fields),
            body_bytes=min(body_bytes(request), LARGEST_FORM),
            response_status=status,
            reason=reason,
        )
