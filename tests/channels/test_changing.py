"""A connected number gets other credentials, another name, another number; it is removed and comes back."""

from __future__ import annotations

from typing import Any

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
    META_LINE,
    NUMBER,
    PHONE_NUMBER_ID,
    TOKEN,
    TWILIO_LINE,
)


def route(address: str) -> Route | None:
    with schema_context("public"):
        return Route.objects.filter(address=address).first()


def actions(tenant: Tenant) -> list[str]:
    with schema_context("public"):
        return list(AuditEntry.objects.filter(tenant=tenant).values_list("action", flat=True))


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


@pytest.fixture
def removed_meanwhile(connected: Channel, tenant: Tenant, actor: User, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody removes the number while its provider is asked about it."""
    prove = connecting.prove

    def prove_slowly(*args: Any, **kwargs: Any) -> Any:
        visited = prove(*args, **kwargs)
        remove(Channel.objects.get(pk=connected.pk), tenant=tenant, actor=actor)
        return visited

    monkeypatch.setattr(connecting, "prove", prove_slowly)


@pytest.mark.usefixtures("removed_meanwhile")
def test_credentials_do_not_bring_a_number_back_that_was_removed_meanwhile(
    connected: Channel, tenant: Tenant, actor: User
) -> None:
    with pytest.raises(ConnectError, match="removed_before"):
        replace_credentials(
            connected, account_id=ACCOUNT, credentials={"auth_token": TOKEN}, tenant=tenant, actor=actor
        )
    channel = Channel.objects.get(pk=connected.pk)
    assert channel.credentials == {}
    assert channel.removed_at is not None
    assert route(NUMBER) is None


@pytest.mark.usefixtures("removed_meanwhile")
def test_a_number_that_was_removed_meanwhile_does_not_move(
    twilio: Phone, connected: Channel, tenant: Tenant, actor: User
) -> None:
    twilio.add_number(**{**CARRIED, "number": ANOTHER})
    with pytest.raises(ConnectError, match="removed_before"):
        move(connected, address=ANOTHER, tenant=tenant, actor=actor)
    assert Channel.objects.get(pk=connected.pk).address == NUMBER
    assert route(ANOTHER) is None
