"""What members think of answers: right, or wrong and what would have been right. Kept for evaluations of the bot."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from django.db import transaction
from django.db.models import Prefetch, QuerySet

from bots.desk.base import Member
from bots.models import AnswerMark, Message, Turn
from bots.models.clock import ClockTimestamp

Verdict = Literal["right", "wrong"]
#: Characters. As WhatsApp's own limit for a text.
LONGEST = 4096
#: Marks of one file: each carries its prompt.
MOST_IN_A_FILE = 5000
#: Marks that are read at a time.
AT_ONCE = 100


def mark(turn_id: UUID, *, verdict: Verdict, better_answer: str, by: Member) -> AnswerMark:
    """Mark the answer, in place of an earlier mark. A right answer needs no better one.

    Raises `Turn.DoesNotExist`.
    """
    better = better_answer.strip()[:LONGEST] if verdict == AnswerMark.Verdict.WRONG else ""
    values = {"verdict": verdict, "better_answer": better, "author_id": by.id, "author": by.name[:150]}
    with transaction.atomic():
        turn = Turn.objects.select_for_update(no_key=True).only("pk").get(pk=turn_id)
        return AnswerMark.objects.update_or_create(turn=turn, defaults={**values, "marked_at": ClockTimestamp()})[0]


def unmark(turn_id: UUID) -> bool:
    """Take the mark away; False: there was none."""
    return bool(AnswerMark.objects.filter(turn_id=turn_id).delete()[0])


def marked(*, verdict: Verdict | None = None, before: tuple[datetime, int] | None = None) -> QuerySet[AnswerMark]:
    """The marks, newest first, with their turns and the messages that those answered, but for the prompts. `before`:
    only what comes after the mark with this time and id."""
    questions = Message.objects.filter(direction=Message.Direction.IN).order_by("timestamp")
    rows = AnswerMark.objects.select_related("turn__configuration").order_by("-marked_at", "-pk")
    rows = rows.prefetch_related(Prefetch("turn__messages", questions, to_attr="questions"))
    rows = rows.only(*ROW)
    if verdict:
        rows = rows.filter(verdict=verdict)
    if before:
        at, pk = before
        rows = rows.filter(marked_at__lte=at).exclude(marked_at=at, pk__gte=pk)
    return rows


def lines(*, verdict: Verdict | None = None) -> Iterator[str]:
    """One JSON object a line for each mark, newest first: what was asked and told, what was said, what would have been
    right."""
    before: tuple[datetime, int] | None = None
    for _ in range(0, MOST_IN_A_FILE, AT_ONCE):
        rows = list(marked(verdict=verdict, before=before).only(*ROW, "turn__prompt", "turn__passages")[:AT_ONCE])
        for row in rows:
            yield json.dumps(_record(row), ensure_ascii=False) + "\n"
        if len(rows) < AT_ONCE:
            return
        before = (rows[-1].marked_at, rows[-1].pk)


#: The columns of a list; none of the configuration's secrets.
ROW = (
    "verdict",
    "better_answer",
    "author",
    "marked_at",
    "turn__conversation_id",
    "turn__answer",
    "turn__provider",
    "turn__model_name",
    "turn__created_at",
    "turn__configuration__version",
)


def _record(row: AnswerMark) -> dict[str, Any]:
    turn = row.turn
    return {
        "turn": str(turn.pk),
        "answered_at": turn.created_at.isoformat(),
        "verdict": row.verdict,
        "question": [message.in_words for message in turn.questions],  # type: ignore[attr-defined]
        "answer": turn.answer,
        "better_answer": row.better_answer,
        "version": turn.configuration.version if turn.configuration else None,
        "provider": turn.provider,
        "model": turn.model_name,
        "prompt": turn.prompt,
        "passages": turn.passages,
        "marked_at": row.marked_at.isoformat(),
    }
