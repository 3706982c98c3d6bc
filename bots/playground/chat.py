"""A member's chat in the playground: ask, stop, ask again, begin anew."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from uuid import UUID

from django.db import connection, transaction
from django.db.models import BooleanField, ExpressionWrapper, Prefetch, Q, QuerySet
from django.db.models.functions import Now

from bots import bell, limits
from bots.models import PlaygroundAnswer, PlaygroundQuestion

TASK = "bots.tasks.answer_in_playground"
#: Seconds in which a worker takes an answer up. The bell is good for as long.
TAKEN_WITHIN = timedelta(seconds=bell.GOOD_FOR)
#: Answers that one member may have written in a minute: each costs the tenant's tokens.
MOST_ANSWERS = 12
#: Questions that the page shows.
MOST_SHOWN = 30

State = PlaygroundAnswer.State
#: The states of an answer that somebody may still be working on.
PENDING = (State.WAITING, State.WRITING)
IS_LOST = Q(state__in=PENDING, lease_until__lt=Now())


class NotNowError(Exception):
    """The question was not taken: an answer is still being written, or the member asked often just now."""

    def __init__(self, *, is_busy: bool) -> None:
        super().__init__("an answer is still being written" if is_busy else "too many questions")
        self.is_busy = is_busy


def questions(member_id: int) -> QuerySet[PlaygroundQuestion]:
    """The member's, oldest first, with their answers; `is_lost` says of an answer that nobody works on it any more."""
    is_lost = ExpressionWrapper(IS_LOST, output_field=BooleanField())
    answers = PlaygroundAnswer.objects.annotate(is_lost=is_lost).defer("prompt")
    return PlaygroundQuestion.objects.filter(member_id=member_id).prefetch_related(Prefetch("answers", answers))


def thread(member_id: int) -> list[PlaygroundQuestion]:
    """The last questions, oldest first."""
    return list(questions(member_id).order_by("-asked_at")[:MOST_SHOWN])[::-1]


def ask(*, tenant_id: int, schema_name: str, member_id: int, text: str, sources: list[str]) -> PlaygroundQuestion:
    """Put the question to these sources; the answers come by themselves. Raises `NotNowError`."""
    with _one_at_a_time(member_id):
        _refuse_too_many(schema_name, member_id=member_id, answers=len(sources))
        question = PlaygroundQuestion.objects.create(member_id=member_id, text=text)
        _begin(question, sources=sources)
    _ring(question, tenant_id=tenant_id)
    return question


def ask_again(question: PlaygroundQuestion, *, tenant_id: int, schema_name: str) -> None:
    """Have the question answered anew, by the sources that it was put to. Raises `NotNowError`."""
    with _one_at_a_time(question.member_id):
        sources = list(question.answers.values_list("source", flat=True))
        _refuse_too_many(schema_name, member_id=question.member_id, answers=len(sources))
        question.answers.all().delete()
        _begin(question, sources=sources)
    _ring(question, tenant_id=tenant_id)


def stop(question: PlaygroundQuestion) -> None:
    """Let nothing more be written; what was written stays. The worker notices with the next words."""
    question.answers.filter(state__in=PENDING).update(state=State.STOPPED)


def reset(member_id: int) -> None:
    """Forget the member's chat."""
    PlaygroundQuestion.objects.filter(member_id=member_id).delete()


@contextmanager
def _one_at_a_time(member_id: int) -> Iterator[None]:
    """In one transaction that no other question of the member overlaps."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_advisory_xact_lock(hashtext(current_schema() || '.playground.' || %s))", [member_id]
            )
        yield


def _refuse_too_many(schema_name: str, *, member_id: int, answers: int) -> None:
    written = PlaygroundAnswer.objects.filter(question__member_id=member_id, state__in=PENDING)
    if written.exclude(IS_LOST).exists():
        raise NotNowError(is_busy=True)
    counted = [limits.within(MOST_ANSWERS, "playground", schema_name, str(member_id)) for _ in range(answers)]
    if not all(counted):
        raise NotNowError(is_busy=False)


def _begin(question: PlaygroundQuestion, *, sources: list[str]) -> None:
    PlaygroundAnswer.objects.bulk_create(
        PlaygroundAnswer(question=question, source=source, lease_until=Now() + TAKEN_WITHIN) for source in sources
    )


def _ring(question: PlaygroundQuestion, *, tenant_id: int) -> None:
    """Ask a worker for each answer. Without a broker nobody hears it, and nobody would later: the page says so."""
    for pk in question.answers.values_list("pk", flat=True):
        if not ring(tenant_id=tenant_id, answer_id=pk):
            PlaygroundAnswer.objects.filter(pk=pk, state=State.WAITING).update(state=State.FAILED, problem="unheard")


def ring(*, tenant_id: int, answer_id: UUID, delay: float = 0.0) -> bool:
    """Ask a worker for the answer in `delay` seconds. False: nobody heard it."""
    return bell.ring_for(TASK, tenant_id=tenant_id, row_id=answer_id, delay=delay)
