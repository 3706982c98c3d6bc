"""What a turn is going to write, and the one transaction that writes it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction

from bots import inbox, outbox, turns
from bots.ai.base import ChatMessage
from bots.conversations import ConversationManager
from bots.models import AIConfiguration, Conversation, Message, Turn
from bots.rules import Outcome, Reason


@dataclass(slots=True)
class Plan:
    """Filled while a turn is thought through; nothing of it holds before `commit`."""

    settled: list[tuple[list[Message], Outcome, Reason]] = field(default_factory=list)
    #: (notice, text): a notice's name is empty for the bot's own answer.
    replies: list[tuple[str, str]] = field(default_factory=list)
    turn: dict[str, Any] = field(default_factory=lambda: {"outcome": Turn.Outcome.NOTICE})
    #: The model forgets what was said until then.
    reset_at: datetime | None = None

    def settle(self, messages: list[Message], outcome: Outcome, reason: Reason = "") -> None:
        if messages:
            self.settled.append((messages, outcome, reason))

    def say(self, text: str, *, notice: str = "") -> None:
        if text:
            self.replies.append((notice, text))

    def handed_over(self) -> Plan:
        """The same turn after a human took over: the bot says nothing, and its answer stays on the turn."""
        return Plan(settled=[(messages, "human", "human") for messages, _, _ in self.settled], turn=self.turn)


def commit(
    held: turns.Claim, *, plan: Plan, configuration: AIConfiguration | None, conversations: ConversationManager
) -> None:
    """The replies, what became of the messages, and the turn that explains it: all or nothing, and only if the
    conversation is still ours. Raises `LeaseLostError`."""
    with transaction.atomic():
        conversation = turns.lock(held)
        if conversation.mode == Conversation.Mode.HUMAN:
            plan = plan.handed_over()
        turn = Turn.objects.create(conversation=conversation, configuration=configuration, **plan.turn)
        for messages, outcome, reason in plan.settled:
            inbox.settle(messages, outcome=outcome, reason=reason, turn=turn)
        said = [
            message
            for notice, text in plan.replies
            for message in outbox.queue(conversation, text=text, notice=notice, turn=turn)
        ]
        if plan.reset_at:
            conversations.clear_history(conversation.id, since=plan.reset_at)
        heard = [message for messages, outcome, _ in plan.settled if outcome != "refused" for message in messages]
        remembered = [message for message in [*heard, *said] if message.content and "notice" not in message.metadata]
        conversations.add_messages(
            conversation.id,
            [ChatMessage(role=message.role, content=message.content) for message in remembered],  # type: ignore[typeddict-item]
        )
