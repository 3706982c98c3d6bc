"""Meta's posts: each number's part is verified with its own tenant's app secret, and what is signed is kept."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django_tenants.utils import schema_context
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bots.models import Channel, Message
from bots.whatsapp.meta_fields import verification_of
from tenants.models import Route, Tenant
from tests.bots.factories import ConversationFactory, OutboundFactory
from tests.databases import PROJECT
from tests.webhooks.posting import WEBHOOK, bells, logs, messages, nothing_kept, post, unrouted

pytestmark = pytest.mark.django_db

ACME, BRAVO = "106540352242922", "206540352242922"
SECRETS = {ACME: "acme-app-secret", BRAVO: "bravo-app-secret"}
TOKENS = {ACME: "acme-verify-token", BRAVO: "bravo-verify-token"}
JSON = "application/json"


@pytest.fixture(autouse=True)
def _channels() -> None:
    for slug, phone_number_id in (("acme", ACME), ("bravo", BRAVO)):
        with schema_context(slug):
            secrets = {"access_token": "t", "app_secret": SECRETS[phone_number_id]}
            channel = Channel.objects.create(provider="meta", address=phone_number_id, credentials=secrets)
        with schema_context("public"):
            Route.objects.create(
                provider="meta",
                address=phone_number_id,
                tenant=Tenant.objects.get(slug=slug),
                channel_id=channel.id,
                verification=verification_of(TOKENS[phone_number_id]),
            )


def payload(name: str) -> Any:
    return json.loads((PROJECT / f"tests/fixtures/webhooks/meta_{name}.json").read_text())


def signature(body: bytes, *, secret: str = SECRETS[ACME]) -> str:
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def deliver(content: Any, *, secret: str = SECRETS[ACME], signed: str | None = None) -> HttpResponse:
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    headers = {"x-hub-signature-256": signature(body, secret=secret) if signed is None else signed}
    return post(body, content_type=JSON, headers=headers)


def status(**changes: Any) -> Any:
    content = payload("status_delivered")
    content["entry"][0]["changes"][0]["value"]["statuses"][0].update(changes)
    return content


# Messages


def test_a_signed_message_is_kept_in_its_tenants_schema_and_rung_for_once() -> None:
    response = deliver(payload("text"))
    assert (response.status_code, response.content) == (200, b"")
    (message,) = messages("acme")
    assert (message.external_id, message.content, message.outcome) == ("wamid.text", "How much is a croissant?", "")
    contact = message.conversation.contact
    assert (contact.identity, contact.reply_to) == ("DE.13491208655302741918", "+4915112345601")
    assert bells() == [[Tenant.objects.get(slug="acme").pk, str(message.conversation_id)]]
    (log,) = logs("acme")
    assert (log.kind, log.outcome, log.response_status, log.message) == ("message", "accepted", 200, message)
    assert "croissant" in log.body["messages"]
    assert log.headers["X-Hub-Signature-256"] == "***"
    assert not messages("bravo")


def test_a_repeated_message_is_kept_and_rung_for_once() -> None:
    assert [deliver(payload("text")).status_code for _ in range(5)] == [200] * 5
    assert len(messages("acme")) == len(bells()) == 1
    assert sorted(log.outcome for log in logs("acme")) == ["accepted"] + ["repeat"] * 4


def test_all_that_one_post_holds_for_one_app_is_kept_in_order() -> None:
    content = payload("many")
    content["entry"][1]["changes"][0]["value"]["metadata"]["phone_number_id"] = ACME
    assert deliver(content).status_code == 200
    assert [message.content for message in messages("acme")] == ["one", "two", "three"]
    assert sorted(log.outcome for log in logs("acme")) == ["accepted"] * 3 + ["ignored"] * 2


def test_what_comes_again_in_another_order_and_other_posts_is_kept_once() -> None:
    content = payload("many")
    content["entry"][1]["changes"][0]["value"]["metadata"]["phone_number_id"] = ACME
    assert deliver(content).status_code == 200
    kept, rung = [message.pk for message in messages("acme")], len(bells())
    content["entry"].reverse()
    for entry in content["entry"]:
        entry["changes"].reverse()
        for change in entry["changes"]:
            change["value"].get("messages", []).reverse()
        assert deliver({**content, "entry": [entry]}).status_code == 200
    assert deliver(content).status_code == 200
    assert [message.pk for message in messages("acme")] == kept
    assert len(bells()) == rung


def test_each_part_needs_its_own_tenants_signature() -> None:
    assert deliver(payload("many")).status_code == 200
    assert [message.content for message in messages("acme")] == ["one", "two"]
    assert not messages("bravo")
    assert [log.outcome for log in logs("bravo")] == ["forged"]


def test_two_tenants_of_one_app_may_come_in_one_post() -> None:
    with schema_context("bravo"):
        channel = Channel.objects.get(provider="meta")
        channel.credentials = {**channel.credentials, "app_secret": SECRETS[ACME]}
        channel.save()
    assert deliver(payload("many")).status_code == 200
    assert [len(messages("acme")), len(messages("bravo")), len(bells())] == [2, 1, 3]


def test_a_number_that_nobody_has_does_not_spoil_the_rest() -> None:
    content = payload("many")
    content["entry"][1]["changes"][0]["value"]["metadata"]["phone_number_id"] = "999"
    assert deliver(content).status_code == 200
    assert len(messages("acme")) == 2
    assert [(kept.provider, kept.address, kept.response_status) for kept in unrouted()] == [("meta", "999", 404)]


def test_a_malformed_message_does_not_spoil_the_rest() -> None:
    content = payload("many")
    del content["entry"][0]["changes"][0]["value"]["messages"][0]["id"]
    assert deliver(content).status_code == 200
    assert [message.content for message in messages("acme")] == ["two"]
    assert sorted(log.outcome for log in logs("acme")) == ["accepted", "ignored", "ignored", "malformed"]


def test_a_signed_post_of_nothing_but_malformed_parts_is_malformed() -> None:
    content = payload("text")
    del content["entry"][0]["changes"][0]["value"]["messages"][0]["id"]
    assert deliver(content).status_code == 400
    assert nothing_kept()


def test_what_meta_adds_beside_messages_is_taken_and_noted() -> None:
    content = payload("text")
    value = content["entry"][0]["changes"][0]["value"]
    value["account_update"] = {"event": "VERIFIED"}
    del value["messages"]
    assert deliver(content).status_code == 200
    assert [log.outcome for log in logs("acme")] == ["ignored"]


# Forged


@pytest.mark.parametrize("signed", ["", "sha256=", "sha256=00", "nonsense", "ä", "sha1=" + "0" * 40])
def test_an_invented_signature_is_refused(signed: str) -> None:
    assert deliver(payload("text"), signed=signed).status_code == 403
    assert nothing_kept()
    (log,) = logs("acme")
    assert (log.outcome, log.response_status) == ("forged", 403)


def test_another_tenants_app_secret_does_not_sign_for_this_number() -> None:
    assert deliver(payload("text"), secret=SECRETS[BRAVO]).status_code == 403
    assert nothing_kept()


def test_a_word_changed_on_the_way_is_refused() -> None:
    signed = signature(json.dumps(payload("text")).encode())
    changed = json.dumps(payload("text")).replace("croissant", "bank").encode()
    assert deliver(changed, signed=signed).status_code == 403
    assert nothing_kept()


def test_a_channel_without_a_secret_takes_nothing() -> None:
    with schema_context("acme"):
        Channel.objects.filter(provider="meta").update(credentials={})
    assert deliver(payload("text"), secret="").status_code == 403


def test_a_number_that_nobody_has_is_noted_without_what_was_said() -> None:
    with schema_context("public"):
        Route.objects.filter(address=ACME).delete()
    assert deliver(payload("text")).status_code == 404
    assert nothing_kept()
    (kept,) = unrouted()
    assert "croissant" not in repr([kept.headers, kept.fields, kept.reason])
    assert "messages" in kept.fields


def test_a_post_without_a_signature_is_no_form_either() -> None:
    assert post(json.dumps(payload("text")).encode(), content_type=JSON).status_code == 400
    assert nothing_kept()


# Statuses


@pytest.fixture
def sending() -> Message:
    """A reply whose send never got an answer."""
    with schema_context("acme"):
        return OutboundFactory(
            conversation=ConversationFactory(contact__channel=Channel.objects.get(provider="meta")), status="sending"
        )


def test_a_status_settles_a_send_whose_answer_never_came(sending: Message) -> None:
    assert deliver(status(biz_opaque_callback_data=str(sending.id))).status_code == 200
    with schema_context("acme"):
        sending.refresh_from_db()
    assert (sending.status, sending.external_id) == ("delivered", "wamid.ours")
    assert [(log.kind, log.outcome) for log in logs("acme")] == [("status", "updated")]


def test_a_status_that_carries_nothing_is_found_by_metas_id(sending: Message) -> None:
    with schema_context("acme"):
        Message.objects.filter(pk=sending.pk).update(external_id="wamid.ours", status="sent")
    assert deliver(payload("status_failed")).status_code == 200
    with schema_context("acme"):
        sending.refresh_from_db()
    assert (sending.status, sending.error_code) == ("failed", "131047")


def test_whoever_turned_off_marketing_messages_is_still_answered(sending: Message) -> None:
    told = status(
        status="failed",
        biz_opaque_callback_data=str(sending.id),
        errors=[{"code": 131050, "title": "User has stopped marketing messages from your business"}],
    )
    assert deliver(told).status_code == 200
    with schema_context("acme"):
        sending.refresh_from_db()
        assert (sending.status, sending.error_code) == ("failed", "131050")
        assert not sending.conversation.contact.opted_out


@pytest.mark.parametrize("carried", ["nonsense", "", 5, None, "0" * 5000])
def test_a_status_of_a_message_that_nobody_knows_is_ignored(carried: Any) -> None:
    assert deliver(status(biz_opaque_callback_data=carried)).status_code == 200
    assert [log.outcome for log in logs("acme")] == ["ignored"]


def test_a_status_is_no_message_and_rings_nobody() -> None:
    deliver(payload("status_delivered"))
    assert nothing_kept()


# Verification


def verification(client: Client, **changes: str) -> HttpResponse:
    query = {"mode": "subscribe", "verify_token": TOKENS[BRAVO], "challenge": "1158201444", **changes}
    return client.get(WEBHOOK, {f"hub.{name}": value for name, value in query.items()})


def test_the_verify_token_of_any_tenant_is_answered_with_the_challenge(public_client: Client) -> None:
    response = verification(public_client)
    assert (response.status_code, response.content) == (200, b"1158201444")
    assert response["Content-Type"].startswith("text/plain")


@pytest.mark.parametrize(
    "change",
    [{"verify_token": "wrong"}, {"verify_token": ""}, {"verify_token": "\0é"}, {"mode": "unsubscribe"},
     {"challenge": "x" * 5000}],
)  # fmt: skip
def test_any_other_verification_is_refused(change: dict[str, str], public_client: Client) -> None:
    assert verification(public_client, **change).status_code == 403


def test_a_closed_tenants_verify_token_is_nobodys(public_client: Client) -> None:
    Tenant.objects.filter(slug="bravo").update(status=Tenant.Status.CLOSED)
    assert verification(public_client).status_code == 403


# Garbage


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"[]", b"null", b"\xff\xfe", b"[" * 100_000, b'{"entry":' * 5000, b'{"entry": {}}',
        b'{"entry": [{"changes": [{"value": {"metadata": {"phone_number_id": []}}}]}]}', b"1" * 5000,
    ],
)  # fmt: skip
def test_garbage_is_malformed_whoever_signed_it(body: bytes) -> None:
    assert deliver(body).status_code == 400
    assert nothing_kept()


def test_a_post_that_is_too_large_is_refused() -> None:
    assert deliver(b" " * (3 * 1024 * 1024 + 1)).status_code == 413


def test_a_post_that_names_too_many_numbers_is_malformed() -> None:
    changes = [{"value": {"metadata": {"phone_number_id": str(number)}}} for number in range(101)]
    assert deliver({"entry": [{"changes": changes}]}).status_code == 400
    assert not logs("acme")


def test_signed_parts_that_are_nested_deeply_do_no_harm() -> None:
    deep = b'{"metadata": {"phone_number_id": "%b"}, "x": %b}' % (ACME.encode(), b"[" * 900 + b"]" * 900)
    assert deliver(b'{"entry": [{"changes": [{"value": %b}]}]}' % deep).status_code in (200, 400)


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.sampled_from(["\0", "\ud800"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
messages_of_any_kind = st.fixed_dictionaries(
    {},
    optional={
        "id": values | st.just("wamid.fuzz"),
        "from": values | st.just("4915112345601"),
        "type": st.sampled_from(["text", "image", "interactive", "location", "contacts", "reaction"]) | values,
        "text": values,
        "image": values,
        "location": values,
        "context": values,
        "contacts": values,
    },
)


@settings(max_examples=100, deadline=None, database=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(messages_of_any_kind | values, max_size=3), values, values)
def test_signed_parts_of_any_shape_are_never_a_server_error(given: list[Any], contacts: Any, statuses: Any) -> None:
    value = {"metadata": {"phone_number_id": ACME}, "messages": given, "contacts": contacts, "statuses": statuses}
    assert deliver({"entry": [{"changes": [{"field": "messages", "value": value}]}]}).status_code in (200, 400)
