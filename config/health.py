"""Is it alive, is it ready, how is it doing: for load balancers and Prometheus, on any host.

A middleware, before everything else: the machines that ask know neither our hosts nor https.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from django.db import Error, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, GCCollector, PlatformCollector, ProcessCollector
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import generate_latest
from prometheus_client.registry import Collector

from bots import store, sweeper, unreadable
from tenants.context import DATABASE_AWAY, release_connection

GetResponse = Callable[[HttpRequest], HttpResponse]


class HealthMiddleware:
    """Answers /healthz, /readyz and /metrics; hands on everything else."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response
        self.answers = {"/healthz": healthz, "/readyz": readyz, "/metrics": metrics}

    def __call__(self, request: HttpRequest) -> HttpResponse:
        answer = self.answers.get(request.path)
        return answer() if answer else self.get_response(request)


def healthz() -> HttpResponse:
    """The process serves requests."""
    return HttpResponse("ok", content_type="text/plain")


def readyz() -> HttpResponse:
    """Whether requests can be served: 503 without PostgreSQL.

    Redis away, or tenants whose secrets no key opens, are reported, and no reason to send requests elsewhere: webhooks
    are kept without it, and the other tenants are served.
    """
    database, broker, last = _database_answers(), _redis_answers(), sweeper.last_round()
    unread = unreadable.found() if broker else None
    body = {
        "status": "ok" if database and broker and not unread else "degraded" if database else "unavailable",
        "postgresql": "ok" if database else "down",
        "redis": "ok" if broker else "down",
        "queue": {"oldest_due_seconds": last.oldest_due, "swept_seconds_ago": last.swept_ago} if last else None,
        "tenants_with_unreadable_secrets": None if unread is None else len(unread),
    }
    return JsonResponse(body, status=200 if database else 503)


def metrics() -> HttpResponse:
    """The same, and the process itself, for Prometheus."""
    return HttpResponse(generate_latest(_registry), content_type=CONTENT_TYPE_LATEST)


class _Platform(Collector):
    """Asked anew at each scrape: nothing is counted in a process that is one of many."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        yield GaugeMetricFamily("switchboard_postgresql_up", "1 while PostgreSQL answers", value=_database_answers())
        yield GaugeMetricFamily("switchboard_redis_up", "1 while Redis answers", value=_redis_answers())
        if last := sweeper.last_round():
            yield GaugeMetricFamily(
                "switchboard_queue_oldest_due_seconds", "How long the oldest due turn is overdue", value=last.oldest_due
            )
            yield GaugeMetricFamily(
                "switchboard_swept_seconds_ago", "How long ago the sweeper made its round", value=last.swept_ago
            )
        if (unread := unreadable.found()) is not None:
            yield GaugeMetricFamily(
                "switchboard_tenants_with_unreadable_secrets",
                "Tenants with secrets that no key in FIELD_ENCRYPTION_KEY opens",
                value=len(unread),
            )


_registry = CollectorRegistry()
_registry.register(_Platform())
for _collector in (ProcessCollector, PlatformCollector, GCCollector):
    _collector(registry=_registry)


def _database_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except (Error, *DATABASE_AWAY):
        return False
    else:
        return True
    finally:
        release_connection()


def _redis_answers() -> bool:
    with store.may_be_away():
        return bool(store.client().ping())
    return False
