"""One contact's data is gone, all of it and nobody else's, and whoever was answering them cannot bring it back."""

from __future__ import annotations

import json
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from django.apps import apps
from django.core.files.storage import default_storage
from django.db import connection
from django.utils import timezone
from django_tenants.utils import schema_context

from bots import answering, erasing, marks, plan, processor, statuses, store, turns
from bots.ai.base import Completion
from bots.conversations import ConversationManager
from bots.exporting import keeping as export_files
from bots.exporting import records, writing
from bots.media import keeping
from bots.models import (
    AIConfiguration,
    Contact,
    Conversation,
    Erasure,
    Export,
    Label,
    MediaFile,
    Message,
    Note,
    ReadMark,
    Suggestion,
    Turn,
    WebhookLog,
)
from tenants.models import AuditEntry, Tenant
from tests.bots.exporting.conftest import document_of
from tests.bots.factories import ContactFactory, InboundFactory, claimed

ADA = "+4915112345601"


@pytest.fixture
def ada(speak, anna):
    """Somebody of whom there is everything that can be kept of a contact."""
    conversation = speak(question="I live in Elm Street 7", identity=ADA, phone=ADA, profile_name="Ada Lovelace")
    inbound, outbound = conversation.messages.order_by("timestamp")
    turn = Turn.objects.create(
        conversation=conversation, outcome="answered", prompt=[{"role": "user", "content": "Elm"}]
    )
    conversation.messages.update(turn=turn)
    marks.mark(turn.pk, verdict="wrong", better_answer="Elm Street 8", by=anna)
    Suggestion.objects.create(conversation=conversation, kind="drafted", state="ready", text="Dear Ada", turn=turn)
    Note.objects.create(conversation=conversation, author_id=1, author="Anna", text="Ada is kind")
    ReadMark.objects.create(conversation=conversation, member_id=1, read_until=timezone.now())
    conversation.labels.add(Label.objects.create(name="VIP"))
    row = MediaFile.objects.create(
        message=inbound, index=0, state="kept", name="ada.jpg", expires_at=timezone.now() + timedelta(days=1)
    )
    keeping.keep(row, content=BytesIO(b"a picture of Ada"))
    for message, kind, outcome in (
        (inbound, "message", "accepted"),
        (inbound, "message", "repeat"),
        (outbound, "status", "updated"),
        (None, "message", "forged"),
        (None, "status", "ignored"),
    ):
        log(message=message, kind=kind, outcome=outcome)
    return conversation.contact


def log(
    *, message: Message | None = None, kind: str = "message", outcome: str = "forged", sender: str = ADA
) -> WebhookLog:
    return WebhookLog.objects.create(
        method="POST",
        headers={"X-Forwarded-For": "192.0.2.1"},
        body={"From": f"whatsapp:{sender}", "ProfileName": "Ada Lovelace"},
        error=f"nothing vouches for {sender}",
        response_status=200,
        processing_time=4.0,
        kind=kind,
        outcome=outcome,
        message=message,
    )


def everything() -> str:
    """All rows of all tables of the schema, as text."""
    said = []
    with connection.cursor() as cursor:
        for model in apps.get_app_config("bots").get_models(include_auto_created=True):
            cursor.execute(f"SELECT to_json(row)::text FROM {model._meta.db_table} AS row")
            said += [row for (row,) in cursor.fetchall()]
    return "\n".join(said)


def test_nothing_of_them_is_left_in_any_table_file_or_copy(ada, tenant, anna, media):
    conversation = ada.conversations.get()
    assert "Elm Street" in everything()
    ConversationManager().get_history(conversation.pk)
    assert store.client().keys("*:history:*")

    erasing.erase(ada.pk, tenant=tenant, by=anna)

    left = everything()
    for trace in (ADA.lstrip("+"), "Ada", "Elm Street", str(conversation.pk), str(ada.pk), "192.0.2.1"):
        assert trace not in left, trace
    assert store.client().keys("*:history:*") == []
    assert [path for path in media.rglob("*") if path.is_file()] == []


def test_the_proof_counts_what_went_and_names_nobody(ada, tenant, anna):
    proof = erasing.erase(ada.pk, tenant=tenant, by=anna)
    assert proof.erased == {
        "contacts": 1,
        "conversations": 1,
        "messages": 2,
        "turns": 1,
        "answer marks": 1,
        "suggestions": 1,
        "notes": 1,
        "read marks": 1,
        "conversation-label relationships": 1,
        "media files": 1,
        "files": 1,
        "requests emptied": 5,
    }
    entry = AuditEntry.objects.get(action="contact.erased")
    assert entry.actor_id == anna.id
    assert ADA[1:] not in json.dumps(entry.detail)
    assert ADA[1:] not in json.dumps([proof.contact_digest, proof.erased])


def test_everybody_else_stays_as_they_are(ada, tenant, anna, speak):
    other = speak(question="I stay", identity="+4915112345602", phone="+4915112345602")
    theirs = log(sender="+4915112345602")
    erasing.erase(ada.pk, tenant=tenant, by=anna)
    assert Contact.objects.get() == other.contact
    assert other.messages.count() == 2
    assert WebhookLog.objects.get(pk=theirs.pk).body["ProfileName"] == "Ada Lovelace"
    assert Label.objects.get().name == "VIP"


def test_an_emptied_request_still_says_when_it_came_and_how_it_ended(ada, tenant, anna):
    erasing.erase(ada.pk, tenant=tenant, by=anna)
    logs = WebhookLog.objects.all()
    assert {one.outcome for one in logs} == {"accepted", "repeat", "updated", "forged", "ignored"}
    assert {one.processing_time for one in logs} == {4.0}
    assert {json.dumps(one.body) for one in logs} == {json.dumps(erasing.EMPTIED)}


@pytest.mark.parametrize("written", [ADA, "+49 151 12345601", "0049 151 123456-01", "whatsapp:+4915112345601"])
def test_whoever_knows_the_number_sees_that_it_was_erased(ada, tenant, anna, written):
    proof = erasing.erase(ada.pk, tenant=tenant, by=anna)
    assert erasing.proofs_of(written).get() == proof
    assert not erasing.proofs_of("+4915112345602").exists()


def test_a_contact_without_a_number_is_known_by_their_identity(tenant, anna):
    contact = ContactFactory(identity="US.13491208655302741918", phone="")
    erasing.erase(contact.pk, tenant=tenant, by=anna)
    assert erasing.proofs_of("US.13491208655302741918").exists()


def test_two_tenants_proofs_of_one_number_have_nothing_in_common(tenant, other_tenant: Tenant, settings):
    here = erasing.digest_of(ADA)
    with schema_context(other_tenant.schema_name):
        assert erasing.digest_of(ADA) != here
    settings.SECRET_KEY = "another-secret-key-of-some-length-that-nobody-guesses"
    assert erasing.digest_of(ADA) != here


def test_whether_somebody_is_known_again_is_told(ada, tenant, anna):
    assert erasing.still_known("+49 151 12345601")
    erasing.erase(ada.pk, tenant=tenant, by=anna)
    assert not erasing.still_known(ADA)
    ContactFactory(identity=ADA, phone=ADA)
    assert erasing.still_known("0049 15112345601")


def test_somebody_who_is_erased_already_cannot_be_erased_again(ada, tenant, anna):
    erasing.erase(ada.pk, tenant=tenant, by=anna)
    with pytest.raises(Contact.DoesNotExist):
        erasing.erase(ada.pk, tenant=tenant, by=anna)
    assert Erasure.objects.count() == 1


# Exports


def test_exports_that_hold_them_go_and_others_are_said_to_be_over(ada, tenant, anna, export, media):
    of_contact = export(scope="contact", criteria={"contact": str(ada.pk)})
    of_conversation = export(scope="conversation", criteria={"conversation": str(ada.conversations.get().pk)})
    of_all = export()
    proof = erasing.erase(ada.pk, tenant=tenant, by=anna)
    assert proof.erased["exports"] == 3
    assert not Export.objects.filter(pk__in=[of_contact.pk, of_conversation.pk]).exists()
    assert Export.objects.get(pk=of_all.pk).state == "expired"
    assert list(media.rglob("exports/*")) == []


def test_an_archive_that_holds_their_files_goes_with_them(ada, tenant, anna, export, media):
    row = MediaFile.objects.get()
    row.message.media = [{"url": "https://x.test/1", "content_type": "image/jpeg"}]
    row.message.save()
    for scope, criteria in (("contact", {"contact": str(ada.pk)}), ("all", {})):
        done = export(scope=scope, file_format="html", criteria=criteria)
        with export_files.open_file(done) as content:
            assert b"a picture of Ada" in content.read()
    erasing.erase(ada.pk, tenant=tenant, by=anna)
    assert [path for path in media.rglob("*") if path.is_file()] == []
    with pytest.raises(FileNotFoundError):
        export_files.open_file(Export.objects.get())


def test_what_a_dead_worker_left_of_them_goes_too(ada, tenant, anna, media):
    later = timezone.now() + timedelta(days=1)
    columns = {"format": "json", "state": "writing", "attempts": 2, "asked_by_id": 1, "expires_at": later}
    for scope, criteria in (("contact", {"contact": str(ada.pk)}), ("all", {})):
        begun = Export.objects.create(scope=scope, criteria=criteria, **columns)
        export_files.store(begun, content=BytesIO(b"half of Ada"), ending="json")
    erasing.erase(ada.pk, tenant=tenant, by=anna)
    assert [path for path in media.rglob("*") if path.is_file()] == []


def test_an_export_that_is_being_written_is_begun_anew_without_them(ada, anna, speak, export, monkeypatch):
    other, tenant = speak(question="I stay"), Tenant.objects.get(slug="acme")
    record = records.conversation_record
    done: list[int] = []

    def erasing_meanwhile(row: Any) -> Any:
        found = record(row)
        if not done:
            done.append(1)
            erasing.erase(ada.pk, tenant=tenant, by=anna)
        return found

    monkeypatch.setattr(records, "conversation_record", erasing_meanwhile)
    interrupted = export()
    assert interrupted.state == "waiting"
    writing.write(interrupted.pk, tenant=tenant)
    interrupted.refresh_from_db()
    assert [one["id"] for one in document_of(interrupted)["conversations"]] == [str(other.pk)]


# Whoever is answering them


def test_an_answer_that_comes_after_the_erasure_is_neither_kept_nor_sent(tenant, anna, monkeypatch):
    message = InboundFactory()
    contact = message.conversation.contact
    Conversation.objects.update(due_at=timezone.now() - timedelta(seconds=1))
    asked: list[int] = []

    def answer(self: answering.Answer, question: answering.Question, **_: Any) -> None:
        asked.append(1)
        erasing.erase(contact.pk, tenant=tenant, by=anna)
        self.completion = Completion("It is 2.40 euro.")
        self.is_given = True

    monkeypatch.setattr(answering.Answer, "ask", answer)
    sent: list[str] = []
    monkeypatch.setattr(processor.outbox, "send", lambda *_, **__: sent.append("sent"))
    assert processor.MessageProcessor(tenant).take_turn(message.conversation_id) is None
    assert asked, "the turn was in the middle of it"
    assert sent == []
    for model in (Message, Turn, Conversation, Contact, Suggestion):
        assert not model.objects.exists(), model


def test_a_claim_from_before_the_erasure_is_worth_nothing(tenant, anna):
    message = InboundFactory()
    held = claimed(message.conversation_id)
    erasing.erase(message.conversation.contact_id, tenant=tenant, by=anna)
    with pytest.raises(turns.LeaseLostError):
        turns.extend(held, lease_seconds=10)
    with pytest.raises(turns.LeaseLostError):
        turns.lock(held)
    with pytest.raises(turns.LeaseLostError):
        plan.commit(
            held,
            plan=plan.Plan(),
            conversation=held.conversation(),
            tenant=tenant,
            configuration=AIConfiguration.objects.get(is_active=True),
            conversations=ConversationManager(),
        )
    assert not Turn.objects.exists()


def test_a_report_of_a_message_that_is_erased_changes_nothing(ada, tenant, anna):
    sent = Message.objects.get(direction="out")
    erasing.erase(ada.pk, tenant=tenant, by=anna)
    assert statuses.raise_status(message_id=str(sent.pk), external_id="SMlate", status="read") is None
    assert not Message.objects.exists()


def test_a_file_that_cannot_be_deleted_now_is_left_to_the_housekeeper(ada, tenant, anna, monkeypatch):
    def locked(name: str) -> None:
        raise PermissionError(name)

    with monkeypatch.context() as patch:
        patch.setattr(default_storage, "delete", locked)
        erasing.erase(ada.pk, tenant=tenant, by=anna)
    assert not MediaFile.objects.exists()
    monkeypatch.setattr(keeping, "ORPHANED_AFTER", timedelta(seconds=-5))
    assert keeping._delete_orphans() == 1


def test_when_one_step_fails_all_of_it_is_still_there(ada, tenant, anna, monkeypatch):
    before = everything()
    monkeypatch.setattr(erasing, "digest_of", lambda who: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        erasing.erase(ada.pk, tenant=tenant, by=anna)
    assert everything() == before
