"""What the bot says beside the AI's answer, or instead of one, as on WhatsApp: commands, greeting, opening hours.

A member's chat stands for the contact's: what they wrote there before is all that holds about them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from django.db.models import BooleanField, ExpressionWrapper, Q

from bots import rules
from bots.following import FOR_EVER, TOLD_FOR
from bots.models import AIConfiguration, PlaygroundAnswer, PlaygroundQuestion
from bots.notices import Notices

#: Why something is said, or nothing is.
Why = Literal[
    "stop", "start", "help", "reset", "handover", "greeting", "closed", "closed_note", "opted_out", "human", "no_words"
]
#: What the model is told nothing of, though it was asked: it was no question to it, or was refused.
UNTOLD = rules.UNTOLD | {"closed", "no_words"}


@dataclass(slots=True)
class Earlier:
    """What the chat led to before a question, with the source that is asked now."""

    opted_out: bool = False
    #: When a person was asked for, who has not been called off since.
    asked_for_a_person: datetime | None = None
    #: Of the last RESET: what came before it is forgotten.
    forgotten: datetime | None = None
    was_answered: bool = False
    told_closed: datetime | None = None
    untold: list[UUID] = field(default_factory=list)

    def note(self, question_id: UUID, *, at: datetime, said: Sequence[Sequence[str]]) -> None:
        """Take in what was said to a question."""
        for why, text in said:
            match why:
                case "stop":
                    self.opted_out = True
                case "start":
                    self.opted_out, self.asked_for_a_person = False, None
                case "handover":
                    self.asked_for_a_person = at
                case "reset":
                    self.forgotten, self.asked_for_a_person = at, None
                case "greeting":
                    self.was_answered = True
                case "closed" | "closed_note" if text:
                    self.told_closed = at
        if any(why in UNTOLD for why, _ in said):
            self.untold.append(question_id)

    def waits_for_a_person(self, *, at: datetime, configuration: AIConfiguration) -> bool:
        pause = timedelta(seconds=configuration.handover_pause_seconds or FOR_EVER)
        return self.asked_for_a_person is not None and at < self.asked_for_a_person + pause

    def was_told_closed(self, *, at: datetime) -> bool:
        return self.told_closed is not None and at < self.told_closed + timedelta(seconds=TOLD_FOR["closed"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """`said`: (why, text), in order; with an empty text, why nothing is said. `asks`: the AI answers after it."""

    said: list[tuple[Why, str]]
    asks: bool


def earlier(question: PlaygroundQuestion, *, source: str) -> Earlier:
    """Where this source was not asked, what the other one said counts."""
    found = Earlier()
    for question_id, at, said, is_answered in _answers_before(question, source=source):
        found.note(question_id, at=at, said=said)
        found.was_answered |= is_answered
    return found


def play(text: str, *, before: Earlier, configuration: AIConfiguration, tenant_name: str, at: datetime) -> Played:
    """What follows from a question that is asked at this moment (aware)."""
    notices = Notices(tenant_name=tenant_name, configuration=configuration, at=at)
    facts = rules.Facts(
        tenant_status="active",
        opted_out=before.opted_out,
        with_a_person=False,
        paused=before.waits_for_a_person(at=at, configuration=configuration),
        languages=configuration.languages,
        closed=notices.is_silent,
    )
    sorting = rules.sort([text], facts=facts, within_limit=lambda: True)
    said: list[tuple[Why, str]] = []
    for reason, command in sorting.replies:
        is_known = reason == "closed" and before.was_told_closed(at=at)
        said.append((reason, notices.reply_to(command) if command else "" if is_known else notices.of(reason)))  # type: ignore[arg-type]
    if sorting.to_answer:
        said += _introduction(notices, before=before, at=at)
    elif not said:
        said = [(reason, "") for _, reason in sorting.settled.values()]  # type: ignore[misc]
    return Played(said=said, asks=bool(sorting.to_answer))


def _introduction(notices: Notices, *, before: Earlier, at: datetime) -> Iterator[tuple[Why, str]]:
    """What stands before an answer."""
    if notices.greeting and not before.was_answered:
        yield "greeting", notices.greeting
    if notices.closed_note and not before.was_told_closed(at=at):
        yield "closed_note", notices.closed_note


def _answers_before(
    question: PlaygroundQuestion, *, source: str
) -> Iterator[tuple[UUID, datetime, Sequence[Sequence[str]], bool]]:
    """Of each earlier question, oldest first: its id, when it was asked, what was said, whether the AI answered."""
    is_answered = ExpressionWrapper(Q(state=PlaygroundAnswer.State.DONE) & ~Q(text=""), output_field=BooleanField())
    rows = (
        PlaygroundAnswer.objects.filter(
            question__member_id=question.member_id, question__asked_at__lt=question.asked_at
        )
        .annotate(is_answered=is_answered)
        .values_list("question_id", "question__asked_at", "said", "is_answered", "source")
    )
    # Of a question's answers the one that counts comes last.
    for pk, *row in {row[0]: row for row in sorted(rows, key=lambda row: (row[1], row[4] == source))}.values():
        yield pk, row[0], row[1], row[2]
