"""What the rules decided without the AI becomes part of the turn's plan."""

from __future__ import annotations

from bots import told
from bots.models import AIConfiguration, Conversation, Message
from bots.notices import Notices
from bots.plan import Plan
from bots.rules import Sorting

#: Seconds: a hundred years, for a pause that only a person ends, or the contact who asked for them.
FOR_EVER = 100 * 365 * 86_400.0
#: Seconds in which a notice is given once: to somebody who writes too much, or outside the hours.
TOLD_FOR = {"rate_limited": 60.0, "closed": 3600.0}


def follow(
    sorting: Sorting,
    *,
    plan: Plan,
    waiting: list[Message],
    conversation: Conversation,
    configuration: AIConfiguration | None,
    notices: Notices,
) -> None:
    """Add to `plan` all that follows from `sorting`, whose indexes are those of `waiting`, but for the AI's answer."""
    for fate in dict.fromkeys(sorting.settled.values()):
        indexes = sorted(index for index, settled in sorting.settled.items() if settled == fate)
        plan.settle([waiting[index] for index in indexes], *fate)
    for reason, command in sorting.replies:
        if command:
            plan.say(notices.reply_to(command), notice=reason)
        elif not _was_told(conversation, notice=reason):
            plan.say(notices.of(reason), notice=reason)
    if sorting.to_answer:
        _introduce(plan, conversation=conversation, notices=notices)
    plan.forgets = sorting.forgets
    if sorting.opted_out != conversation.contact.opted_out:
        plan.opts_out = sorting.opted_out
    if sorting.hands_over:
        plan.mode = Conversation.Mode.HUMAN
        plan.pause = float(configuration.handover_pause_seconds if configuration else 0) or FOR_EVER
    elif conversation.paused_until and not sorting.paused:
        plan.mode = Conversation.Mode.BOT


def _introduce(plan: Plan, *, conversation: Conversation, notices: Notices) -> None:
    """What stands before an answer: a greeting for somebody new, and that nobody is there at this hour."""
    if notices.greeting and not told.was_ever_answered(conversation.contact_id):
        plan.say(notices.greeting, notice="greeting")
    if notices.closed_note and not _was_told(conversation, notice="closed"):
        plan.say(notices.closed_note, notice="closed")


def _was_told(conversation: Conversation, *, notice: str) -> bool:
    seconds = TOLD_FOR.get(notice)
    return seconds is not None and told.was_told(conversation.id, notice=notice, seconds=seconds)
