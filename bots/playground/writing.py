"""The worker's part: take an answer up, write it down while it comes, say how it went."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from functools import cached_property, partial
from typing import Any, Literal
from uuid import UUID

from django.db.models import Prefetch, QuerySet
from django.db.models.expressions import CombinedExpression
from django.db.models.functions import Now
from django.utils import timezone

from bots import answering, prompt, tokens
from bots.ai.base import AIError, AIErrorKind, ChatMessage, Role
from bots.errors import ErrorHandler
from bots.models import PlaygroundAnswer, PlaygroundQuestion
from bots.playground import playing
from bots.playground.sources import configuration_of
from bots.processor import MessageProcessor
from tenants.context import release_connection
from tenants.models import Tenant

State = PlaygroundAnswer.State
#: Why there is no answer: the AI's own reasons, and ours. `unheard`: no worker could be asked.
Problem = AIErrorKind | Literal["refused", "missing", "suspended", "unheard", "internal"]
#: Seconds between two looks at the row: the page asks about as often.
WRITE_EVERY = 0.3


class StoppedError(Exception):
    """Nobody wants the rest: it was stopped, or the chat was reset."""


def write_answer(tenant: Tenant, answer_id: UUID) -> None:
    """Write the answer, if nobody has begun it and its member still waits."""
    row = _take(answer_id)
    if row is None:
        return
    answer = answering.Answer()
    writer = answer.write = Writer(row=row, timings=answer.timings)
    end: dict[str, Any] = {}
    try:
        PlaygroundProcessor(tenant, row).answer(answer)
    except StoppedError:
        pass
    except AIError as error:
        end = {"state": State.FAILED, "problem": "refused" if error.is_refusal else error.kind, "detail": error.detail}
    except CannotAnswerError as error:
        end = {"state": State.FAILED, "problem": error.problem}
    except Exception as error:  # noqa: BLE001 (the member is told, whatever it was)
        ErrorHandler().handle_system_error(error)
        end = {"state": State.FAILED, "problem": "internal"}
    else:
        end = {"state": State.DONE, "text": answer.text}
    PlaygroundAnswer.objects.filter(pk=row.pk).update(version=row.version, **_as_it_went(answer, shown=writer.text))
    # What was stopped meanwhile stays so, with the words that were shown.
    _being_written(row).update(**end)


class CannotAnswerError(Exception):
    """Nobody was asked."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem)
        self.problem = problem


class PlaygroundProcessor(MessageProcessor):
    """Answers as the bot does on WhatsApp, from the playground's rows instead of a conversation's."""

    def __init__(self, tenant: Tenant, row: PlaygroundAnswer) -> None:
        super().__init__(tenant)
        self.row = row
        self.configuration = configuration_of(row.source)

    @cached_property
    def earlier(self) -> playing.Earlier:
        return playing.earlier(self.row.question, source=self.row.source)

    def answer(self, answer: answering.Answer) -> None:
        """Fill `answer`. Raises `AIError`, `CannotAnswerError`, `StoppedError`."""
        if self.tenant.status != Tenant.Status.ACTIVE:
            raise CannotAnswerError("suspended")
        if self.configuration is None:
            raise CannotAnswerError("missing")
        self.row.version = self.configuration.version
        if not self._say():
            return
        if not answering.can_answer(self.configuration):
            raise CannotAnswerError("missing")
        self.process_message(
            str(self.row.pk), self.row.question.text, answer=answer, before_call=partial(_hold, self.row)
        )

    def _say(self) -> bool:
        """Say what is said without the AI; whether the AI is asked after it. Raises `StoppedError`."""
        assert self.configuration is not None
        played = playing.play(
            self.row.question.text,
            before=self.earlier,
            configuration=self.configuration,
            tenant_name=self.tenant.name,
            at=timezone.now(),
        )
        if played.said and not _being_written(self.row).update(said=played.said):
            raise StoppedError
        return played.asks

    def get_conversation_context(self, sender: str) -> list[ChatMessage]:
        """What was said before in the member's chat, as far as the configuration remembers. Where this source was not
        asked, what the other one answered."""
        assert self.configuration is not None
        most = self.configuration.max_context_messages
        now = self.row.question
        earlier = PlaygroundQuestion.objects.filter(member_id=now.member_id, asked_at__lt=now.asked_at)
        earlier = earlier.exclude(pk__in=self.earlier.untold)
        if self.earlier.forgotten:
            earlier = earlier.filter(asked_at__gt=self.earlier.forgotten)
        said = PlaygroundAnswer.objects.only("question", "source", "text")
        newest = earlier.prefetch_related(Prefetch("answers", said)).order_by("-asked_at")[:most]
        chat: list[ChatMessage] = []
        for question in reversed(newest):
            chat.append(ChatMessage(role="user", content=question.text))
            answers = sorted(question.answers.all(), key=lambda one: one.source != self.row.source)
            if answers and answers[0].text:
                chat.append(ChatMessage(role="assistant", content=answers[0].text))
        return chat[-most:] if most else []

    def save_message(self, sender: str, role: Role, content: str) -> None:
        """The question is kept since it was asked, and the answer with its numbers (`write_answer`)."""


@dataclass(slots=True)
class Writer:
    """Keeps what has come, a few times a second, and learns from the same UPDATE that nobody wants the rest."""

    row: PlaygroundAnswer
    timings: dict[str, float]
    clock: Callable[[], float] = time.monotonic
    #: What the member has seen at the most.
    text: str = field(default="", init=False)
    _began: float = field(default=0.0, init=False)
    _written: float = field(default=float("-inf"), init=False)

    def __call__(self, text: str) -> None:
        """Raises `StoppedError`."""
        now = self.clock()
        if not text:
            self._began = now
        elif "first_words" not in self.timings:
            self.timings["first_words"] = round((now - self._began) * 1000, 1)
        elif now - self._written < WRITE_EVERY:
            return
        self._written = now
        if not _being_written(self.row).update(text=text):
            raise StoppedError
        self.text = text
        # Nobody holds a database connection while a provider thinks.
        release_connection()


def _take(answer_id: UUID) -> PlaygroundAnswer | None:
    """The answer, for whoever takes it first; None when it is somebody else's, too late, stopped or gone."""
    waiting = PlaygroundAnswer.objects.filter(pk=answer_id, state=State.WAITING, lease_until__gte=Now())
    if waiting.update(state=State.WRITING, lease_until=_lease()) != 1:
        return None
    return PlaygroundAnswer.objects.select_related("question").filter(pk=answer_id).first()


def _hold(row: PlaygroundAnswer) -> None:
    """Before each call: it may take as long as a call takes. Raises `StoppedError`."""
    if not _being_written(row).update(lease_until=_lease()):
        raise StoppedError


def _being_written(row: PlaygroundAnswer) -> QuerySet[PlaygroundAnswer]:
    return PlaygroundAnswer.objects.filter(pk=row.pk, state=State.WRITING)


def _lease() -> CombinedExpression:
    return Now() + timedelta(seconds=answering.call_lease())


def _as_it_went(answer: answering.Answer, *, shown: str) -> dict[str, Any]:
    """The columns that tell how the answer was made. What the provider did not count, or could not because the answer
    was broken off, is estimated from the words that were `shown`."""
    asked, said = answer.asked, answer.completion
    counted = {"input_tokens": said.input_tokens, "output_tokens": said.output_tokens}
    is_estimate = bool(shown) and not any(counted.values()) and asked is not None and asked.provider != "builtin"
    if is_estimate:
        read = sum(tokens.estimate(message["content"]) for message in answer.messages)
        counted = {"input_tokens": read, "output_tokens": tokens.estimate(answer.text or shown)}
    return {
        **counted,
        "is_estimate": is_estimate,
        "provider": asked.provider if asked else "",
        "model_name": said.model or (asked.model_name if asked else ""),
        "is_fallback": answer.is_fallback,
        "prompt": prompt.recorded(answer.messages),
        "passages": [asdict(passage) for passage in answer.passages],
        "attempts": answer.attempts,
        "timings": answer.timings,
        "error": answer.error[:300],
    }
