"""A number is connected, moved and removed in one commit, and only by whoever has it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django_tenants.utils import schema_context

from bots.channels import connecting
from bots.channels.connecting import (
    ConnectError,
    connect,
    move,
    remove,
    rename,
    renew_verify_token,
    replace_credentials,
)
from bots.connections import credentials_of
from bots.models import Channel, Message
from bots.whatsapp import meta_fields
from sandbox.meta.client import MetaPhone
from sandbox.twilio.client import Phone
from tenants.models import AuditEntry, Route, Tenant, User
from tests.bots.factories import ContactFactory, ConversationFactory
from tests.channels.conftest import (
    ACCOUNT,
    ANOTHER,
    CARRIED,
    CARRIED_BY_META,
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
    prove = connecting._prove

    def prove_slowly(*args: Any, **kwargs: Any) -> Any:
        visited = prove(*args, **kwargs)
        with schema_context("public"):
            Route.objects.create(provider="twilio", address=NUMBER, tenant=other_tenant, channel_id=uuid4())
        return visited

    monkeypatch.setattr(connecting, "_prove", prove_slowly)
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
    monkeypatch.setattr(connecting, "release_connection", lambda: order.append("released"))
    ask = connecting.ask
    monkeypatch.setattr(connecting, "ask", lambda *args, **kwargs: order.append("asked") or ask(*args, **kwargs))
    connect(TWILIO_LINE, name="", tenant=tenant, actor=actor)
    assert order == ["released", "asked"]


def test_new_credentials_are_kept_only_when_the_provider_takes_them(
    twilio: Phone, connected: Channel, tenant: Tenant, actor: User
) -> None:
    Channel.objects.filter(pk=connected.pk).update(error="Twilio answered 401")
    with pytest.raises(ConnectError) as caught:
        replace_credentials(
            connected, account_id=ACCOUNT, credentials={"auth_token": "wrong"}, tenant=tenant, actor=actor
        )
    assert caught.value.refusal == "wrong_credentials"
    assert Channel.objects.get(pk=connected.pk).credentials == {"auth_token": TOKEN}

    twilio.add_number(**{**CARRIED, "auth_token": "a-new-token"})
    replace_credentials(
        connected, account_id=ACCOUNT, credentials={"auth_token": "a-new-token"}, tenant=tenant, actor=actor
    )
    channel = Channel.objects.get(pk=connected.pk)
    assert (channel.credentials, channel.error, channel.name) == ({"auth_token": "a-new-token"}, "", "Support")
    assert actions(tenant)[0] == "channel.credentials_replaced"


def test_unreadable_credentials_can_be_replaced(twilio: Phone, connected: Channel, tenant: Tenant, actor: User) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE bots_channel SET credentials = 'gAAAAABunreadable' WHERE id = %s", [connected.pk])
    channel = Channel.objects.defer("credentials").get(pk=connected.pk)
    replace_credentials(channel, account_id=ACCOUNT, credentials={"auth_token": TOKEN}, tenant=tenant, actor=actor)
    assert Channel.objects.get(pk=connected.pk).credentials == {"auth_token": TOKEN}


def test_a_number_moves_with_its_conversations_and_frees_the_old_one(
    twilio: Phone, connected: Channel, tenant: Tenant, actor: User
) -> None:
    contact = ContactFactory(channel=connected)
    twilio.add_number(**{**CARRIED, "number": ANOTHER})
    move(connected, address=ANOTHER, tenant=tenant, actor=actor)
    assert Channel.objects.get(pk=connected.pk).address == ANOTHER
    assert route(NUMBER) is None
    claimed = route(ANOTHER)
    assert claimed is not None
    assert claimed.channel_id == connected.pk
    contact.refresh_from_db()
    assert contact.channel_id == connected.pk


def test_a_number_does_not_move_to_one_that_the_account_does_not_have(
    connected: Channel, tenant: Tenant, actor: User
) -> None:
    with pytest.raises(ConnectError, match="not_in_account"):
        move(connected, address="+14155550188", tenant=tenant, actor=actor)
    assert Channel.objects.get(pk=connected.pk).address == NUMBER
    assert route(NUMBER) is not None


def test_a_number_does_not_move_onto_another_channel_of_ours(connected: Channel, tenant: Tenant, actor: User) -> None:
    first = Channel.objects.exclude(pk=connected.pk).get()
    with pytest.raises(ConnectError, match="connected_already"):
        move(connected, address=first.address, tenant=tenant, actor=actor)


def test_a_removed_number_gives_up_its_route_and_its_secrets_and_keeps_its_conversations(
    connected: Channel, tenant: Tenant, actor: User
) -> None:
    conversation = ConversationFactory(contact=ContactFactory(channel=connected))
    unsent = Message.objects.create(
        conversation=conversation, role="assistant", direction="out", status="queued", content="Soon"
    )
    remove(connected, tenant=tenant, actor=actor)
    channel = Channel.objects.get(pk=connected.pk)
    assert channel.removed_at is not None
    assert channel.credentials == {}
    assert route(NUMBER) is None
    unsent.refresh_from_db()
    assert (unsent.status, unsent.error) == ("failed", "The number was removed")
    assert conversation.messages.count() == 1
    assert actions(tenant)[0] == "channel.removed"


def test_a_removed_number_comes_back_with_its_conversations(connected: Channel, tenant: Tenant, actor: User) -> None:
    contact = ContactFactory(channel=connected)
    remove(connected, tenant=tenant, actor=actor)
    again = connect(TWILIO_LINE, name="Again", tenant=tenant, actor=actor)
    assert again.pk == connected.pk
    channel = Channel.objects.get(pk=connected.pk)
    assert (channel.removed_at, channel.name) == (None, "Again")
    assert list(channel.contacts.all()) == [contact]
    assert route(NUMBER) is not None


def test_another_tenant_may_connect_what_was_removed(
    connected: Channel, tenant: Tenant, other_tenant: Tenant, actor: User
) -> None:
    remove(connected, tenant=tenant, actor=actor)
    with schema_context(other_tenant.schema_name):
        connect(TWILIO_LINE, name="", tenant=other_tenant, actor=actor)
    claimed = route(NUMBER)
    assert claimed is not None
    assert claimed.tenant_id == other_tenant.pk


def test_a_removed_number_of_the_platforms_own_account_speaks_no_more(
    connected: Channel, tenant: Tenant, actor: User, settings: Any
) -> None:
    settings.TENANT_DEFAULTS = {
        **settings.TENANT_DEFAULTS,
        "TWILIO_ACCOUNT_SID": ACCOUNT,
        "TWILIO_AUTH_TOKEN": "the-platforms",
    }
    remove(connected, tenant=tenant, actor=actor)
    assert credentials_of(Channel.objects.get(pk=connected.pk)) == {}


def test_a_name_is_changed_once(connected: Channel, tenant: Tenant, actor: User) -> None:
    rename(connected, name="Front desk", tenant=tenant, actor=actor)
    assert Channel.objects.get(pk=connected.pk).name == "Front desk"
    rename(Channel.objects.get(pk=connected.pk), name="Front desk", tenant=tenant, actor=actor)
    assert actions(tenant).count("channel.renamed") == 1


def test_a_number_at_meta_gets_a_verify_token_of_its_own(at_meta: MetaPhone, tenant: Tenant, actor: User) -> None:
    channel = Channel.objects.get(pk=connect(META_LINE, name="", tenant=tenant, actor=actor).pk)
    token = channel.credentials["verify_token"]
    assert len(token) >= 30
    claimed = route(PHONE_NUMBER_ID)
    assert claimed is not None
    assert claimed.verification == meta_fields.verification_of(token)
    assert channel.phone == "+14155550123"


def test_a_new_verify_token_replaces_the_old_one_everywhere(at_meta: MetaPhone, tenant: Tenant, actor: User) -> None:
    channel = Channel.objects.get(pk=connect(META_LINE, name="", tenant=tenant, actor=actor).pk)
    token = renew_verify_token(channel, tenant=tenant, actor=actor)
    kept = Channel.objects.get(pk=channel.pk).credentials
    assert kept == {**META_LINE.credentials, "verify_token": token}
    claimed = route(PHONE_NUMBER_ID)
    assert claimed is not None
    assert claimed.verification == meta_fields.verification_of(token)


def test_of_metas_secrets_only_those_given_are_replaced(at_meta: MetaPhone, tenant: Tenant, actor: User) -> None:
    channel = Channel.objects.get(pk=connect(META_LINE, name="", tenant=tenant, actor=actor).pk)
    before = channel.credentials
    at_meta.add_number(**{**CARRIED_BY_META, "access_token": "a-newer-token"})
    replace_credentials(
        channel,
        account_id=channel.account_id,
        credentials={"access_token": "a-newer-token", "app_secret": ""},
        tenant=tenant,
        actor=actor,
    )
    assert Channel.objects.get(pk=channel.pk).credentials == {**before, "access_token": "a-newer-token"}
