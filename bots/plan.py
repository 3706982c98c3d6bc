"""What a turn is going to write, and the one transaction that writes it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.db import transaction

from bots import inbox, outbox, turns
from bots.ai.base import ChatMessage
from bots.conversations import ConversationManager
from bots.models import AIConfiguration, Conversation, Message, Turn
from bots.models.clock import database_time
from bots.rules import Outcome, Reason
from tenants.models import Tenant


@dataclass(slots=True)
class Plan:
    """Filled while a turn is thought through; nothing of it holds before `commit`."""

    settled: list[tuple[list[Message], Outcome, Reason]] = field(default_factory=list)
    #: (notice, text): a notice's name is empty for the bot's own answer.
    replies: list[tuple[str, str]] = field(default_factory=list)
    turn: dict[str, Any] = field(default_factory=lambda: {"outcome": Turn.Outcome.NOTICE})
    #: The model forgets what was said before this turn.
    forgets: bool = False

    def settle(self, messages: list[Message], outcome: Outcome, reason: Reason = "") -> None:
        if messages:
            self.settled.append((messages, outcome, reason))

    def say(self, text: str, *, notice: str = "") -> None:
        if text:
            self.replies.append((notice, text))

    def silenced(self, *, outcome: Outcome, reason: Reason) -> Plan:
        """The same turn when the bot may not speak any more: it says nothing, and its answer stays on the turn."""
        return Plan(settled=[(messages, outcome, reason) for messages, _, _ in self.settled], turn=self.turn)


def commit(
    held: turns.Claim,
    *,
    plan: Plan,
    tenant: Tenant,
    configuration: AIConfiguration | None,
    conversations: ConversationManager,
) -> None:
    """The replies, what became of the messages, and the turn that explains it: all or nothing, and only if the
    conversation is still ours. Raises `LeaseLostError`.

    Whether the bot may speak is asked again here: an answer takes seconds, a takeover and a suspension hold at once.
    """
    with transaction.atomic():
        conversation = turns.lock(held)
        if conversation.mode == Conversation.Mode.HUMAN:
            plan = plan.silenced(outcome="human", reason="human")
        if Tenant.objects.filter(pk=tenant.pk).exclude(status=Tenant.Status.ACTIVE).exists():
            plan = plan.silenced(outcome="refused", reason="suspended")
        turn = Turn.objects.create(
            conversation=conversation, configuration=configuration, created_at=database_time(), **plan.turn
        )
        for messages, outcome, reason in plan.settled:
            inbox.settle(messages, outcome=outcome, reason=reason, turn=turn)
        said = [
            message
            for notice, text in plan.replies
            for message in outbox.queue(conversation, text=text, notice=notice, turn=turn)
        ]
        if plan.forgets:
            conversations.clear_history(conversation.id, since=turn.created_at)
        heard = [message for messages, outcome, _ in plan.settled if outcome != "refused" for message in messages]
        remembered = [message for message in [*heard, *said] if message.content and "notice" not in message.metadata]
        conversations.add_messages(
            conversation.id,
            [ChatMessage(role=message.role, content=message.content) for message in remembered],  # type: ignore[typeddict-item]
        )
