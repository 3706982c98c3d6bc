"""From the playground's rows to what its templates show."""

from __future__ import annotations

from dataclasses import dataclass

from bots import formatting, knowledge
from bots.drafts import Standing, standing
from bots.models import PlaygroundAnswer, PlaygroundQuestion
from bots.playground import chat
from dashboard.playground import words

MOST_SUGGESTIONS = 6
LONGEST_SUGGESTION = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What is said without the AI, as WhatsApp would get it, and why. Without a text nothing is said."""

    text: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownAnswer:
    """`said`: before the answer. `text`: as it comes, and once it is there as WhatsApp would get it."""

    answer: PlaygroundAnswer
    who: str
    said: list[Said]
    text: str
    figures: str
    is_pending: bool
    is_stopped: bool
    trouble: words.Trouble | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """A question and its answers. `seen` names what is shown: another one means that there is more to show."""

    question: PlaygroundQuestion
    answers: list[ShownAnswer]
    is_pending: bool
    seen: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaygroundPage:
    exchanges: list[Exchange]
    suggestions: list[str]
    standing: Standing
    compares: bool


def page_of(member_id: int, *, compares: bool) -> PlaygroundPage:
    return PlaygroundPage(
        exchanges=[exchange_of(question) for question in chat.thread(member_id)],
        suggestions=suggestions(),
        standing=standing(),
        compares=compares,
    )


def exchange_of(question: PlaygroundQuestion) -> Exchange:
    """`question` comes from `chat.questions`."""
    answers = [shown(answer) for answer in question.answers.all()]
    return Exchange(
        question=question,
        answers=answers,
        is_pending=any(one.is_pending for one in answers),
        seen=".".join(_mark(one) for one in answers),
    )


def _mark(shown: ShownAnswer) -> str:
    said = f"~{len(shown.said)}" if shown.said else ""
    return f"{shown.answer.state}{len(shown.answer.text)}{said}{'' if shown.is_pending else '!'}"


def shown(answer: PlaygroundAnswer) -> ShownAnswer:
    """`answer` comes from `chat.questions`."""
    is_lost: bool = answer.is_lost  # type: ignore[attr-defined]
    is_done = answer.state == PlaygroundAnswer.State.DONE
    is_failed = answer.state == PlaygroundAnswer.State.FAILED
    return ShownAnswer(
        answer=answer,
        who=words.source_words(answer.source, version=answer.version),
        said=[Said(text=formatting.to_whatsapp(text), why=words.why_said(why, text=text)) for why, text in answer.said],
        text=formatting.to_whatsapp(answer.text) if is_done else answer.text,
        figures=words.figures(answer),
        is_pending=answer.state in chat.PENDING and not is_lost,
        is_stopped=answer.state == PlaygroundAnswer.State.STOPPED,
        trouble=words.LOST if is_lost else words.trouble_of(answer) if is_failed else None,
    )


def suggestions() -> list[str]:
    """Questions that the knowledge should answer: its titles, as people write on WhatsApp."""
    titles = [title.strip().rstrip("?.!:") for title in knowledge.topics(limit=MOST_SUGGESTIONS)]
    return [f"{title}?" for title in titles if title and len(title) <= LONGEST_SUGGESTION]
