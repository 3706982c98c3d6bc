"""The right pane: who writes, and what members keep about them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from bots.desk import failures
from bots.knowledge import languages
from bots.models import Contact, Conversation, Label, Message, Note
from dashboard import masking, wording
from dashboard.inbox.directory import Directory
from dashboard.inbox.names import contact_name

#: Of a person's other conversations, and of a conversation's notes.
MOST_EARLIER = 8
MOST_NOTES = 50
#: Of their messages, from which their language is told.
MOST_READ = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A label that the conversation may have."""

    label: Label
    is_on: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """All that the pane shows. `masked` is shown, never the number: that takes a click and is audited."""

    conversation: Conversation
    contact: Contact
    name: str
    language: str
    channel: str
    provider: str
    first_seen: datetime
    choices: list[Choice]
    assignees: dict[int, str]
    assignee: str
    notes: list[Note]
    earlier: list[Conversation]
    has_more_earlier: bool
    #: Who speaks now, in words, and the tone of the badge that says it.
    speaker: str
    tone: str
    has_failed: bool
    now: datetime

    @property
    def labels(self) -> list[Label]:
        return [choice.label for choice in self.choices if choice.is_on]


def person_of(conversation: Conversation, *, directory: Directory) -> Person:
    """`conversation` with its contact and channel. Five queries besides the directory's two."""
    contact = conversation.contact
    channel = contact.channel
    on = set(conversation.labels.values_list("pk", flat=True))
    people = directory.who_answers
    earlier = list(
        Conversation.objects.filter(contact=contact)
        .exclude(pk=conversation.pk)
        .only("started_at", "is_active")
        .order_by("-last_activity")[: MOST_EARLIER + 1]
    )
    speaker, tone = _speaker(conversation, assignee=people.get(conversation.assignee_id or 0, ""))
    notes = Note.objects.filter(conversation=conversation).order_by("-created_at")[:MOST_NOTES]
    return Person(
        conversation=conversation,
        contact=contact,
        name=contact_name(contact),
        language=_language(conversation),
        channel=channel.name or masking.masked_number(channel.phone or channel.address),
        provider=wording.provider(channel.provider),
        first_seen=contact.created_at,
        choices=[Choice(label=label, is_on=label.pk in on) for label in directory.labels],
        assignees=people,
        assignee=people.get(conversation.assignee_id or 0, ""),
        notes=list(notes),
        earlier=earlier[:MOST_EARLIER],
        has_more_earlier=len(earlier) > MOST_EARLIER,
        speaker=speaker,
        tone=tone,
        has_failed=failures.has_undealt(conversation),
        now=timezone.now(),
    )


def _speaker(conversation: Conversation, *, assignee: str) -> tuple[str, str]:
    if conversation.waits_for_a_person(at=timezone.now()):
        return "Waits for a human", "warn"
    if conversation.is_with_a_person:
        return f"With {assignee}" if assignee else "With a human", "warn"
    return "Bot answers", "accent"


def _language(conversation: Conversation) -> str:
    """The language that WhatsApp told, else the one they write; empty: their words do not tell."""
    if conversation.contact.language:
        return conversation.contact.language
    said = Message.objects.filter(conversation=conversation, direction=Message.Direction.IN).order_by("-timestamp")
    text = " ".join(said.values_list("content", flat=True)[:MOST_READ])
    told = languages.language_of(text)
    if told == languages.DEFAULT and not set(languages.WORD.findall(text.lower())) & set(
        languages.SIGNS[languages.DEFAULT].split()
    ):
        return ""
    return languages.LANGUAGES[told]
