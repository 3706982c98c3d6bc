"""The worker's part of a draft: take it up, have the model answer what the contact wrote last, keep what it says."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.db.models.expressions import CombinedExpression
from django.db.models.functions import Now

from bots import answering, formatting, quotes
from bots.ai.base import AIError, AIErrorKind
from bots.desk import instructions
from bots.desk.suggesting import PENDING, fail
from bots.errors import ErrorHandler
from bots.media import reading
from bots.models import AIConfiguration, Conversation, Message, Suggestion, Turn
from bots.processor import MessageProcessor
from bots.rules import UNTOLD
from tenants.models import Tenant

#: Why there is no draft: a sentence for the member.
SENTENCES: dict[AIErrorKind, str] = {
    "unavailable": "The AI provider could not be reached. Try again in a moment.",
    "rate_limited": "The AI provider takes no more questions right now. Try again in a minute.",
    "timeout": "The AI provider took too long. Try again in a moment.",
    "credentials": "The AI provider refuses the bot's key. An admin can change it on the Bot page.",
    "configuration": "The AI provider refuses the bot's model or settings. An admin can change them on the Bot page.",
}
NOT_CONFIGURED = "The bot has no AI provider yet. An admin can set one up on the Bot page."
NOTHING_OPEN = "There is nothing to answer: the last word in this conversation is yours."
BROKEN = "The draft could not be written. Try again."
#: Messages that one draft answers.
MOST_OPEN = 20


class NoDraftError(Exception):
    """Nobody was asked; `str(error)` is a sentence for the member."""


def write(tenant: Tenant, suggestion_id: UUID) -> None:
    """Write the draft, unless another worker has it or nobody waits for it any more."""
    suggestion = _take(suggestion_id)
    if suggestion is None:
        return
    try:
        _draft(tenant, suggestion)
    except AIError as error:
        fail(suggestion.pk, error=SENTENCES[error.kind])
    except NoDraftError as error:
        fail(suggestion.pk, error=str(error))
    except Exception as error:  # noqa: BLE001 (the member is told, whatever it was)
        ErrorHandler().handle_system_error(error)
        fail(suggestion.pk, error=BROKEN)


def _draft(tenant: Tenant, suggestion: Suggestion) -> None:
    """Raises `AIError`, `NoDraftError`."""
    processor = MessageProcessor(tenant)
    configuration = processor.configuration
    if configuration is None or not answering.can_answer(configuration):
        raise NoDraftError(NOT_CONFIGURED)
    question = _question(processor, configuration, suggestion=suggestion)
    answer = answering.Answer()
    answer.ask(question, before_call=lambda: _hold(suggestion, seconds=answering.call_lease()))
    with transaction.atomic():
        # Whoever dismissed it meanwhile has paid for it all the same: the turn stays.
        turn = Turn.objects.create(
            conversation=suggestion.conversation, configuration=configuration, **answer.turn_fields(question)
        )
        written = {"text": formatting.to_whatsapp(answer.text), "turn": turn, "state": Suggestion.State.READY}
        Suggestion.objects.filter(pk=suggestion.pk, state__in=PENDING).update(**written)


def _question(
    processor: MessageProcessor, configuration: AIConfiguration, *, suggestion: Suggestion
) -> answering.Question:
    conversation = suggestion.conversation
    open_messages = _open(conversation)
    found = reading.read(
        open_messages, configuration=configuration, before_step=lambda seconds: _hold(suggestion, seconds=seconds)
    )
    told = [message for message in open_messages if message.in_words.strip()]
    if not told:
        raise NoDraftError(NOTHING_OPEN)
    history = processor.conversations.history_of(conversation)
    while history and history[-1]["role"] == "user":
        history = history[:-1]  # those are the open ones
    return answering.Question(
        tenant_name=processor.tenant.name,
        configuration=configuration,
        history=history,
        new=quotes.with_quotes(told, contact_id=conversation.contact_id),
        images={place: found.images(message) for place, message in enumerate(told)},
        contact_name=conversation.contact.profile_name,
        note=instructions.of(conversation),
        at=told[-1].timestamp,
    )


def _open(conversation: Conversation) -> list[Message]:
    """What the contact said since anybody answered, oldest first."""
    said = Message.objects.filter(conversation=conversation)
    answered = said.filter(direction=Message.Direction.OUT, metadata__notice__isnull=True).order_by("-timestamp")
    heard = said.filter(direction=Message.Direction.IN).exclude(outcome=Message.Outcome.REFUSED)
    heard = heard.exclude(outcome_reason__in=UNTOLD)
    if last := answered.values_list("timestamp", flat=True).first():
        heard = heard.filter(timestamp__gt=last)
    if conversation.context_from:
        heard = heard.filter(timestamp__gte=conversation.context_from)
    return list(heard.order_by("-timestamp")[:MOST_OPEN])[::-1]


def _take(suggestion_id: UUID) -> Suggestion | None:
    """The suggestion, for whoever takes it first; None when it is somebody else's, too late, or settled."""
    waiting = Suggestion.objects.filter(pk=suggestion_id, state=Suggestion.State.WAITING, lease_until__gte=Now())
    if waiting.update(state=Suggestion.State.WRITING, lease_until=_lease(answering.call_lease())) != 1:
        return None
    with_person = Suggestion.objects.select_related("conversation__contact__channel")
    return with_person.filter(pk=suggestion_id).first()


def _hold(suggestion: Suggestion, *, seconds: float) -> None:
    Suggestion.objects.filter(pk=suggestion.pk, state=Suggestion.State.WRITING).update(lease_until=_lease(seconds))


def _lease(seconds: float) -> CombinedExpression:
    return Now() + timedelta(seconds=seconds)
