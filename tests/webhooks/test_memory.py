"""A process remembers where numbers lead, and never acts on what is no longer so."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlencode
from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.test import Client, override_settings
from django_tenants.utils import schema_context
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bots import destinations, inbox
from bots.models import AIConfiguration, Channel, Contact, WebhookLog
from tenants.context import release_connection
from tenants.models import Route, Tenant
from tests.bots.factories import IncomingFactory, new_log
from tests.webhooks.posting import (
    ACME_TOKEN,
    BRAVO_ACCOUNT,
    BRAVO_TOKEN,
    WEBHOOK,
    bells,
    deliver,
    logs,
    messages,
    payload,
    post,
    signature,
)
from webhooks import routing

pytestmark = pytest.mark.django_db
NUMBER = "+14155238886"


def write(**fields: str) -> int:
    """Somebody writes to Acme's number, something new."""
    token = fields.pop("token", ACME_TOKEN)
    return deliver(payload("text", **{"MessageSid": f"SM{uuid4().hex}", **fields}), token=token).status_code


@pytest.fixture(autouse=True)
def _acme_is_remembered() -> None:
    assert write() == 200
    assert routing.remembered(provider="twilio", address=NUMBER)


def rotate(token: str) -> None:
    with schema_context("acme"):
        channel = Channel.objects.get()
        channel.credentials = {"auth_token": token}
        channel.save()


def give_to_bravo() -> None:
    with schema_context("bravo"):
        channel = Channel.objects.get()
    Route.objects.filter(address=NUMBER).update(tenant=Tenant.objects.get(slug="bravo"), channel_id=channel.pk)


def stand(status: str) -> Callable[[], object]:
    return lambda: Tenant.objects.filter(slug="acme").update(status=status)


def test_a_new_token_holds_at_once_and_the_old_one_no_longer() -> None:
    rotate("a-new-token")
    assert write(token="a-new-token") == 200
    rotate("a-newer-token")
    assert write(token="a-new-token") == 403
    assert write(token="a-newer-token") == 200
    assert len(messages()) == 3


def test_a_revoked_token_is_refused_although_the_process_remembers_it() -> None:
    rotate("a-new-token")
    assert write() == 403
    assert len(messages()) == len(bells()) == 1
    assert sorted(log.outcome for log in logs()) == ["accepted", "forged"]


def test_a_token_written_by_another_key_holds_at_once() -> None:
    """The same token, sealed anew: what is stored changed, what is true did not."""
    rotate(ACME_TOKEN)
    assert write() == 200
    assert len(messages()) == 2


def test_another_account_of_the_channel_holds_at_once() -> None:
    with schema_context("acme"):
        Channel.objects.update(account_id="AC-another")
    assert write() == 403
    assert write(AccountSid="AC-another") == 200


def test_a_number_that_moved_leads_to_its_new_tenant_at_once() -> None:
    give_to_bravo()
    assert write() == 403
    assert write(AccountSid=BRAVO_ACCOUNT, token=BRAVO_TOKEN) == 200
    assert [len(messages("acme")), len(messages("bravo"))] == [1, 1]


def test_a_number_that_nobody_has_any_more_is_not_found_at_once() -> None:
    Route.objects.filter(address=NUMBER).delete()
    assert write() == 404
    assert routing.remembered(provider="twilio", address=NUMBER) is None


@pytest.mark.django_db(transaction=True)
def test_a_number_whose_tenants_schema_was_dropped_is_not_found_at_once() -> None:
    """Else nobody who gets the number afterwards would hear of it, for as long as this process lives."""
    release_connection()
    try:
        with connection.cursor() as cursor:
            cursor.execute("UPDATE public.tenants_route SET provider = 'nobody' WHERE address = %s", [NUMBER])
            cursor.execute("ALTER SCHEMA acme RENAME TO dropped")
        assert write() == 404
        assert routing.remembered(provider="twilio", address=NUMBER) is None
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER SCHEMA dropped RENAME TO acme")
            cursor.execute("UPDATE public.tenants_route SET provider = 'twilio' WHERE address = %s", [NUMBER])
        with schema_context("acme"):
            WebhookLog.objects.all().delete()
            Contact.objects.all().delete()


def test_a_closed_tenant_is_not_found_at_once() -> None:
    stand("closed")()
    assert write() == 404
    assert len(messages()) == 1


def test_a_suspended_tenants_log_says_so_at_once() -> None:
    stand("suspended")()
    assert write() == 200
    assert [log.error for log in logs() if log.error] == [
        "The tenant is suspended: the message is kept and not answered."
    ]


def test_a_published_delay_holds_for_the_next_message() -> None:
    with schema_context("acme"):
        AIConfiguration.objects.filter(is_active=True).update(reply_delay_seconds=30)
    assert write(From="whatsapp:+4915112345699") == 200
    conversation = messages()[-1].conversation
    assert conversation.due_at
    assert conversation.waiting_since
    assert (conversation.due_at - conversation.waiting_since).total_seconds() == pytest.approx(30)


def test_a_tenant_without_a_configuration_is_taken_at_once() -> None:
    with schema_context("acme"):
        AIConfiguration.objects.update(is_active=False)
    assert write() == 200


def test_a_forged_request_is_refused_whatever_is_remembered() -> None:
    assert post(urlencode(payload("text")).encode(), signed="forged").status_code == 403
    assert post(urlencode(payload("text")).encode()).status_code == 403


def test_a_malformed_message_is_logged_as_ever() -> None:
    assert write(From=" ") == 400
    assert sorted(log.outcome for log in logs()) == ["accepted", "malformed"]


def test_a_repeat_is_a_repeat_from_memory_too() -> None:
    answers = [write(MessageSid="SM-once") for _ in range(3)]
    assert answers == [200, 200, 200]
    assert sorted(log.outcome for log in logs()) == ["accepted", "accepted", "repeat", "repeat"]


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(routing, "MOST_REMEMBERED", 1)
    fields = payload("text", To="whatsapp:+14155550199", AccountSid=BRAVO_ACCOUNT)
    assert deliver(fields, token=BRAVO_TOKEN).status_code == 200
    assert [address for _, address in routing._remembered] == ["+14155550199"]


CHANGES: dict[str, Callable[[], object]] = {
    "token": lambda: rotate(uuid4().hex),
    "account": lambda: _in_acme(lambda: Channel.objects.update(account_id=uuid4().hex)),
    "suspended": stand("suspended"),
    "closed": stand("closed"),
    "moved": give_to_bravo,
    "gone": lambda: Route.objects.filter(address=NUMBER).delete(),
    "channel": lambda: Route.objects.filter(address=NUMBER).update(channel_id=uuid4()),
}


def _in_acme(change: Callable[[], object]) -> None:
    with schema_context("acme"):
        change()


@settings(max_examples=40, deadline=None, database=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(names=st.lists(st.sampled_from(sorted(CHANGES)), min_size=1, max_size=3))
def test_whatever_changed_nothing_is_written_for_what_was(names: list[str]) -> None:
    """The same guard holds for every process: what it read before, it may use only while it is still so."""
    before = destinations.find(provider="twilio", address=NUMBER)
    assert before
    with transaction.atomic():
        for name in names:
            CHANGES[name]()
        kept = [len(messages("acme")), len(messages("bravo")), len(logs("acme"))]
        with pytest.raises(inbox.StaleError):
            inbox.receive(to=before, incoming=IncomingFactory(), log=new_log())
        # One with a user id and a phone, who would be renamed first.
        named = IncomingFactory(sender="DE.ada", phone="+4915112345601")
        with pytest.raises(inbox.StaleError):
            inbox.receive(to=before, incoming=named, log=new_log())
        assert [len(messages("acme")), len(messages("bravo")), len(logs("acme"))] == kept
        with schema_context("acme"):
            assert not Contact.objects.filter(identity="DE.ada").exists()
        transaction.set_rollback(True)


def test_the_endpoints_answer_as_ever_on_the_short_way(public_client: Client) -> None:
    assert public_client.get(WEBHOOK).status_code == 200
    assert public_client.put(WEBHOOK).status_code == 405
    assert public_client.post("/api/whatsapp/nothing/").status_code == 404
    assert public_client.post(WEBHOOK.rstrip("/")).status_code in (301, 404)


@override_settings(ALLOWED_HOSTS=["bots.example.com"])
def test_a_host_that_is_not_ours_is_refused_on_the_short_way() -> None:
    fields = payload("text", MessageSid="SM-elsewhere")
    headers = {"host": "evil.example.net"}
    assert post(urlencode(fields).encode(), signed=signature(fields), headers=headers).status_code == 400
    assert len(messages()) == 1
