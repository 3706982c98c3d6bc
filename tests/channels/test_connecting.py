"""A number is connected, moved and removed in one commit, and only by whoever has it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django_tenants.utils import schema_context

from bots.channels import connecting, proof
from bots.channels.connecting import connect
from bots.models import Channel
from bots.whatsapp import meta_fields
from sandbox.meta.client import MetaPhone
from sandbox.twilio.client import Phone
from tenants.models import AuditEntry, Route, Tenant, User
from tests.channels.conftest import (
    ACCOUNT,
    CARRIED,
    ELSEWHERE,
    META_LINE,
    NUMBER,
    PHONE_NUMBER_ID,
    TOKEN,
    TWILIO_LINE,
)

Refused = Callable[..., str]


def route(address: str) -> Route | None:
    with schema_context("public"):
        return Route.objects.filter(address=address).first()


def actions(tenant: Tenant) -> list[str]:
    with schema_context("public"):
        return list(AuditEntry.objects.filter(tenant=tenant).values_list("action", flat=True))


def test_a_number_of_the_account_is_connected_with_its_route(connected: Channel, tenant: Tenant) -> None:
    assert (connected.provider, connected.address, connected.account_id) == ("twilio", NUMBER, ACCOUNT)
    assert connected.credentials == {"auth_token": TOKEN}
    assert connected.name == "Support"
    assert connected.credentials_set_at is not None
    claimed = route(NUMBER)
    assert claimed is not None
    assert (claimed.tenant_id, claimed.channel_id) == (tenant.pk, connected.pk)
    assert Channel.objects.filter(removed_at=None).count() == 2


def test_what_the_provider_said_is_kept_with_the_number(connected: Channel) -> None:
    assert connected.findings["credentials"] == "good"
    assert connected.findings["number"] == "ready"
    assert connected.findings["number_name"] == "Acme Support"
    assert connected.findings["webhook"] == ELSEWHERE


def test_the_audit_tells_who_connected_what_and_no_secret(connected: Channel, actor: User) -> None:
    with schema_context("public"):
        entry = AuditEntry.objects.get(action="channel.connected")
    assert entry.actor == actor
    assert entry.detail["channel"] == str(connected.pk)
    assert TOKEN not in str(entry.detail)


def test_the_secret_is_not_in_the_row_as_it_was_typed(connected: Channel) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM bots_channel WHERE id = %s", [connected.pk])
        assert TOKEN not in str(cursor.fetchone())


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"credentials": {"auth_token": "wrong"}}, "wrong_credentials"),
        ({"account_id": "AC" + "00" * 16}, "wrong_credentials"),
        ({"address": "+14155550188"}, "not_in_account"),
    ],
)
def test_nothing_is_kept_of_a_number_that_the_account_does_not_vouch_for(
    twilio: Phone, refused: Refused, change: dict[str, Any], refusal: str
) -> None:
    wrong = replace(TWILIO_LINE, **change)
    assert refused(wrong) == refusal
    assert Channel.objects.count() == 1
    assert route(wrong.address) is None


@pytest.mark.parametrize(("status", "refusal"), [("suspended", "account_suspended"), ("closed", "account_closed")])
def test_an_account_out_of_order_is_refused_by_its_name(
    twilio: Phone, refused: Refused, status: str, refusal: str
) -> None:
    twilio.add_number(**{**CARRIED, "account_status": status})
    assert refused(TWILIO_LINE) == refusal


def test_a_number_that_whatsapp_does_not_know_yet_can_be_connected_and_waits(
    twilio: Phone, tenant: Tenant, actor: User
) -> None:
    twilio.add_number(**{**CARRIED, "status": "VERIFYING"})
    channel = connect(TWILIO_LINE, name="", tenant=tenant, actor=actor)
    assert Channel.objects.get(pk=channel.pk).findings["number"] == "pending"
    assert route(NUMBER) is not None


def test_a_number_of_another_tenant_is_refused_before_the_provider_is_asked(
    twilio: Phone, refused: Refused, other_tenant: Tenant
) -> None:
    with schema_context("public"):
        Route.objects.create(provider="twilio", address=NUMBER, tenant=other_tenant, channel_id=uuid4())
    assert refused(TWILIO_LINE) == "held_by_another"
    assert twilio.requests()["calls"] == {}


def test_a_number_that_another_tenant_claims_in_the_same_moment_is_refused_and_nothing_is_left(
    twilio: Phone, refused: Refused, other_tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    prove = connecting.prove

    def prove_slowly(*args: Any, **kwargs: Any) -> Any:
        visited = prove(*args, **kwargs)
        with schema_context("public"):
            Route.objects.create(provider="twilio", address=NUMBER, tenant=other_tenant, channel_id=uuid4())
        return visited

    monkeypatch.setattr(connecting, "prove", prove_slowly)
    assert refused(TWILIO_LINE) == "held_by_another"
    assert Channel.objects.count() == 1
    claimed = route(NUMBER)
    assert claimed is not None
    assert claimed.tenant_id == other_tenant.pk


def test_a_number_that_is_connected_is_not_connected_twice(connected: Channel, refused: Refused) -> None:
    assert refused(TWILIO_LINE) == "connected_already"


def test_no_database_connection_is_held_while_the_provider_is_asked(
    twilio: Phone, tenant: Tenant, actor: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    order: list[str] = []
    monkeypatch.setattr(proof, "release_connection", lambda: order.append("released"))
    ask = proof.ask
    monkeypatch.setattr(proof, "ask", lambda *args, **kwargs: order.append("asked") or ask(*args, **kwargs))
    connect(TWILIO_LINE, name="", tenant=tenant, actor=actor)
    assert order == ["released", "asked"]


def test_a_number_at_meta_gets_a_verify_token_of_its_own(at_meta: MetaPhone, tenant: Tenant, actor: User) -> None:
    channel = Channel.objects.get(pk=connect(META_LINE, name="", tenant=tenant, actor=actor).pk)
    token = channel.credentials["verify_token"]
    assert len(token) >= 30
    claimed = route(PHONE_NUMBER_ID)
    assert claimed is not None
    assert claimed.verification == meta_fields.verification_of(token)
    assert channel.phone == "+14155550123"
