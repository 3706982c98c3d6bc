"""The addresses by which a provider fetches what a member sends."""

from __future__ import annotations

import time

import pytest
from django.core import signing
from django.core.files.base import ContentFile
from django_tenants.utils import schema_context

from bots.media import keeping, links
from bots.models import MediaFile
from bots.models.clock import database_time
from tests.bots.factories import InboundFactory, OutboundFactory

CONTENT = b"%PDF-1.7\n<script>alert(1)</script>"


@pytest.fixture
def sent(tenant) -> MediaFile:
    """A file of a message of Acme's."""
    return kept(OutboundFactory(kind="document"))


def kept(message) -> MediaFile:
    row = MediaFile.objects.create(
        message=message,
        index=0,
        state="kept",
        content_type="application/pdf",
        name='Price "list".pdf',
        bytes=len(CONTENT),
        expires_at=database_time() + keeping.new_expiry(),
    )
    keeping.keep(row, content=ContentFile(CONTENT))
    return row


def fetched(client, token: str):
    with schema_context("public"):
        return client.get(f"/api/whatsapp/media/{token}/")


def test_the_file_is_served_to_whoever_has_its_address(public_client, sent):
    response = fetched(public_client, links.token_of(sent))

    assert b"".join(response.streaming_content) == CONTENT
    assert response.headers["Content-Type"] == "application/pdf"
    assert response.headers["Content-Length"] == str(len(CONTENT))
    assert "Price" in response.headers["Content-Disposition"]


def test_nobody_runs_or_keeps_what_was_sent(public_client, sent):
    headers = fetched(public_client, links.token_of(sent)).headers

    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in headers["Cache-Control"]
    assert "sandbox" in headers["Content-Security-Policy"]
    assert "Set-Cookie" not in headers


def test_a_head_request_is_answered_too(public_client, sent):
    response = public_client.head(f"/api/whatsapp/media/{links.token_of(sent)}/")

    assert response.status_code == 200
    assert response.headers["Content-Length"] == str(len(CONTENT))


@pytest.mark.parametrize(
    "spoil",
    [
        lambda token: token[:-1] + ("A" if token[-1] != "A" else "B"),
        lambda _token: "nonsense",
        lambda _token: signing.dumps(["acme", "0" * 32], salt="another purpose"),
        lambda _token: signing.dumps(["acme", "0" * 32], salt=links.SALT),
        lambda _token: signing.dumps(["nobody", "0" * 32], salt=links.SALT),
        lambda _token: signing.dumps(["public", "0" * 32], salt=links.SALT),
    ],
    ids=["another signature", "nonsense", "another purpose", "no such file", "no such tenant", "public"],
)
def test_any_other_address_leads_nowhere(public_client, sent, spoil):
    assert fetched(public_client, spoil(links.token_of(sent))).status_code == 404


def test_an_address_is_good_for_an_hour(public_client, sent, monkeypatch):
    token, now = links.token_of(sent), time.time()
    monkeypatch.setattr(signing.time, "time", lambda: now + links.GOOD_FOR - 5)
    assert fetched(public_client, token).status_code == 200
    monkeypatch.setattr(signing.time, "time", lambda: now + links.GOOD_FOR + 5)
    assert fetched(public_client, token).status_code == 404


def test_one_tenants_address_never_leads_to_another_tenants_file(public_client, sent, other_tenant):
    token = signing.dumps([other_tenant.schema_name, sent.id.hex], salt=links.SALT)

    assert fetched(public_client, token).status_code == 404


def test_what_somebody_wrote_to_us_is_not_served(public_client, tenant):
    assert fetched(public_client, links.token_of(kept(InboundFactory(kind="document")))).status_code == 404


def test_a_file_whose_time_is_over_is_gone(public_client, sent):
    token = links.token_of(sent)
    MediaFile.objects.update(state="expired")

    assert fetched(public_client, token).status_code == 404


def test_a_closed_tenants_files_are_not_served(public_client, tenant, sent):
    token = links.token_of(sent)
    tenant.status = "closed"
    with schema_context("public"):
        tenant.save()

    assert fetched(public_client, token).status_code == 404


def test_nothing_is_posted_there(public_client, sent):
    assert public_client.post(f"/api/whatsapp/media/{links.token_of(sent)}/").status_code == 405
