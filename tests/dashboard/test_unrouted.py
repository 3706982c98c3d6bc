"""The console's list of requests that reached no tenant."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from bots.channels.connecting import record
from bots.models import Channel
from tenants.models import Route, Tenant, UnroutedWebhook, User
from tests.dashboard.conftest import SignIn


@pytest.fixture
def staff(sign_in: SignIn, public_client: Client) -> Client:
    return sign_in(public_client, "staff")


def came(*, minutes_ago: float = 1, **fields: Any) -> UnroutedWebhook:
    given = {
        "method": "POST",
        "path": "/api/whatsapp/webhook/",
        "provider": "twilio",
        "address": "+4915112345678",
        "headers": {"Content-Type": "application/x-www-form-urlencoded", "From": "+4915112345678"},
        "fields": ["Body", "From", "To"],
        "body_bytes": 512,
        "response_status": 404,
        "reason": "nobody claimed the number",
    }
    row = UnroutedWebhook.objects.create(**(given | fields))
    UnroutedWebhook.objects.filter(pk=row.pk).update(timestamp=timezone.now() - timedelta(minutes=minutes_ago))
    row.refresh_from_db()
    return row


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("", 3),
        ("status=400", 1),
        ("provider=meta", 1),
        ("address=5678", 2),
        ("q=malformed", 1),
        ("range=1h", 2),
        ("status=x&provider=x&range=x&cursor=x", 3),
        ("status=413", 0),
    ],
)
def test_filters_are_the_url_and_find_what_they_say(staff: Client, query: str, count: int) -> None:
    came()
    came(provider="meta", address="106540352242922", minutes_ago=5)
    came(response_status=400, reason="malformed: not a form", minutes_ago=90)
    assert len(staff.get(f"/unrouted/?{query}").context["page"].rows) == count


def test_an_empty_list_says_that_all_is_well(staff: Client) -> None:
    assert "Every webhook found its tenant" in staff.get("/unrouted/").text


def test_a_bar_leads_to_its_span(staff: Client) -> None:
    came(minutes_ago=1)
    came(minutes_ago=50)
    chart = staff.get("/unrouted/?range=1h").context["chart"]
    (first, *_) = [slot for slot in chart.slots if slot.bars]
    assert len(staff.get(f"/unrouted/{first.href}").context["page"].rows) == 1


def test_no_number_is_on_the_pages(staff: Client) -> None:
    row = came()
    for path in ("/unrouted/", f"/unrouted/{row.pk}/"):
        assert "15112345678" not in staff.get(path).text.replace(" ", "")


def test_what_a_stranger_sent_is_shown_as_text_never_as_markup(staff: Client) -> None:
    markup = "<script>alert(1)</script>"
    row = came(address=markup, reason=markup, path=markup, fields=[markup], headers={markup: markup})
    for path in ("/unrouted/", f"/unrouted/{row.pk}/", f"/unrouted/?q={markup}&address={markup}"):
        assert markup not in staff.get(path).text


def test_one_walks_from_request_to_request(staff: Client) -> None:
    older, row, newer = came(minutes_ago=3), came(minutes_ago=2), came(minutes_ago=1)
    page = staff.get(f"/unrouted/{row.pk}/").context
    assert (page["older"].pk, page["newer"].pk) == (older.pk, newer.pk)


def test_a_number_that_was_disconnected_tells_whose_it_was(staff: Client, tenant: Tenant) -> None:
    channel = Channel.objects.get()
    record(channel, verb="removed", tenant=tenant, actor=User.objects.get(email="owner@acme.test"))
    Route.objects.filter(address=channel.address).delete()
    page = staff.get(f"/unrouted/{came(address=channel.address).pk}/").text
    assert "<bdi>Acme</bdi>" in page
    assert "Disconnected it on" in page


def test_a_number_that_was_claimed_since_tells_whose_it_is(staff: Client, tenant: Tenant) -> None:
    page = staff.get(f"/unrouted/{came(address='+14155238886', minutes_ago=60 * 24 * 6).pk}/").text
    assert "<bdi>Acme</bdi>" in page
    assert "Has this number now" in page


def test_a_number_that_nobody_ever_had_says_so(staff: Client) -> None:
    assert "No tenant has this number" in staff.get(f"/unrouted/{came().pk}/").text
    assert "names no number" in staff.get(f"/unrouted/{came(address='').pk}/").text


def test_what_is_not_there_is_not_found(staff: Client) -> None:
    assert staff.get("/unrouted/999999/").status_code == 404


def test_the_list_costs_the_same_however_much_is_in_it(staff: Client) -> None:
    came()
    staff.get("/unrouted/?status=404")
    with CaptureQueriesContext(connection) as few:
        staff.get("/unrouted/?status=404")
    for _ in range(60):
        came()
    with CaptureQueriesContext(connection) as many:
        staff.get("/unrouted/?status=404")
    assert len(many) == len(few)
