"""Whose a conversation is, what it is about, and who is heard at all."""

from __future__ import annotations

import pytest

from bots.desk import contacts, sorting
from bots.desk.base import NotPossibleError
from bots.models import Contact, Conversation, Label, Note
from tests.bots.desk.conftest import MARIA, PAUL
from tests.bots.factories import OutboundFactory, status_of
from tests.bots.talk import Talk

pytestmark = pytest.mark.usefixtures("tenant", "phone")


def events() -> list[tuple[str, str]]:
    return [(one["what"], one["by"]) for one in Conversation.objects.get().metadata.get("events", [])]


def test_nobody_answers_somebody_who_is_blocked(talk: Talk):
    talk.say("Hello")
    before = len(talk.replies)
    contacts.block(Contact.objects.get().pk, by=MARIA, on=True)
    talk.say("Hello?")
    talk.say("help")

    assert len(talk.replies) == before
    assert talk.outcomes[1:] == [("refused", "blocked"), ("refused", "blocked")]
    assert events() == [("blocked", "Maria")]


def test_who_is_unblocked_is_answered_again(talk: Talk):
    talk.say("Hello")
    contact = Contact.objects.get().pk
    for on in (True, True, False):
        contacts.block(contact, by=MARIA, on=on)

    assert talk.say("Hello?") == ["echo: Hello?"]
    assert events() == [("blocked", "Maria"), ("unblocked", "Maria")]


def test_somebody_blocked_can_still_opt_out(talk: Talk):
    talk.say("Hello")
    contacts.block(Contact.objects.get().pk, by=MARIA, on=True)

    assert talk.say("STOP") == []
    assert Contact.objects.get().opted_out
    assert talk.outcomes[-1] == ("refused", "blocked")


def test_an_answer_in_the_making_is_not_sent_to_somebody_blocked_meanwhile(talk: Talk, during_the_call):
    during_the_call(lambda: contacts.block(Contact.objects.get().pk, by=MARIA, on=True))

    assert talk.say("Hello") == []
    assert talk.outcomes == [("refused", "blocked")]


def test_what_is_queued_for_somebody_blocked_is_given_up(conversation, turn):
    message = OutboundFactory(conversation=conversation, author_id=MARIA.id)
    contacts.block(conversation.contact_id, by=MARIA, on=True)
    Conversation.objects.update(due_at=message.timestamp)
    turn()

    assert status_of(message) == "failed"


def test_a_person_who_has_the_conversation_does_not_make_a_blocked_contact_heard(talk: Talk, take_over):
    talk.write("Hello")
    take_over()
    contacts.block(Contact.objects.get().pk, by=MARIA, on=True)
    talk.turn()

    assert talk.outcomes == [("refused", "blocked")]


def test_a_member_can_opt_somebody_out_and_in(talk: Talk):
    talk.say("Hello")
    contact = Contact.objects.get().pk
    contacts.set_opted_out(contact, by=MARIA, on=True)
    assert talk.say("Hello?") == []
    assert talk.outcomes[-1] == ("refused", "opted_out")
    contacts.set_opted_out(contact, by=PAUL, on=False)

    assert talk.say("Hello?") == ["echo: Hello?"]
    assert Contact.objects.get().opted_out_at is None
    assert events() == [("opted_out", "Maria"), ("opted_in", "Paul")]


def test_a_conversation_is_assigned_and_given_up(conversation):
    sorting.assign(conversation.pk, to=PAUL.id, by=MARIA, name="Paul")
    assert Conversation.objects.get().assignee_id == PAUL.id
    sorting.assign(conversation.pk, to=PAUL.id, by=MARIA, name="Paul")
    sorting.assign(conversation.pk, to=None, by=PAUL)

    kept = Conversation.objects.get()
    assert (kept.assignee_id, kept.mode) == (None, "human")
    assert [(one["what"], one.get("to")) for one in kept.metadata["events"]] == [
        ("assigned", "Paul"),
        ("unassigned", None),
    ]


def test_the_last_fifty_events_are_kept(conversation):
    for number in range(60):
        sorting.assign(conversation.pk, to=number + 100, by=MARIA, name=str(number))

    assert [one["to"] for one in Conversation.objects.get().metadata["events"]] == [str(n) for n in range(10, 60)]


def test_labels_are_put_on_and_taken_off(conversation):
    label = Label.objects.create(name="Refund")
    for on, kept in ((True, 1), (True, 1), (False, 0), (False, 0)):
        sorting.label(conversation.pk, label_id=label.pk, on=on)
        assert conversation.labels.count() == kept


def test_a_label_of_nobody_is_no_label(conversation):
    with pytest.raises(Label.DoesNotExist):
        sorting.label(conversation.pk, label_id=4711, on=True)


def test_a_note_is_kept_with_who_wrote_it(conversation, turn, on_the_phone):
    sorting.note(conversation.pk, by=MARIA, text=" She is the baker's sister. ")
    turn()

    note = Note.objects.get()
    assert (note.text, note.author, note.author_id) == ("She is the baker's sister.", "Maria", MARIA.id)
    assert on_the_phone() == []


@pytest.mark.parametrize(("text", "reason"), [(" ", "empty"), ("x" * 4001, "too_long")])
def test_a_note_has_words_and_not_too_many(conversation, text, reason):
    with pytest.raises(NotPossibleError) as refusal:
        sorting.note(conversation.pk, by=MARIA, text=text)

    assert refusal.value.reason == reason
