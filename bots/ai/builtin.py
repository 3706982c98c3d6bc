"""Answers without a model, a key or a network: the best words of the tenant's own knowledge, quoted.

It says so when it does not know. It is what a new tenant talks to before an AI account is connected.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from bots.ai.base import BaseAIAdapter, ChatMessage, Completion, Passage
from bots.ai.quoting import quote
from bots.ai.shapes import SHAPES
from bots.ai.synonyms import asked_words
from bots.ai.words import fold
from bots.media.telling import spoken

MODEL = "builtin"
MOST_QUESTIONS = 4
MOST_TOPICS = 6
QUOTED_QUESTION = 80

GREETING = (
    r"hi|hello|hey|howdy|hola|ola|bonjour|salut|hallo|ciao|good (?:morning|afternoon|evening|day)"
    r"|buen[oa]s (?:dias|tardes|noches)|guten (?:morgen|tag|abend)|bom dia|boa (?:tarde|noite)|buongiorno|buonasera"
)
THANKS = r"thank you|thanks|thx|cheers|gracias|merci|danke|obrigad[oa]|grazie"
GOODBYE = r"good ?bye|bye|see you|adios|au revoir|tschuss|tchau|arrivederci"

#: Pattern over folded text, reply. "Good morning" only in front: "are you open on Saturday morning" is a question.
SMALL_TALK = (
    (re.compile(rf"\b(?:{THANKS})\b(?: (?:so|very) much| a lot)?"), "You're welcome!"),
    (re.compile(rf"\b(?:{GOODBYE})\b"), "Goodbye!"),
    (re.compile(rf"^\W*(?:{GREETING})\b(?: there| all)?"), "Hello! How can I help you?"),
)


class BuiltinAdapter(BaseAIAdapter):
    names_topics = True

    def send_message(self, messages: Sequence[ChatMessage], **kwargs: Any) -> Completion:
        passages: Sequence[Passage] = kwargs.get("passages") or ()
        topics: Sequence[str] = kwargs.get("topics") or [passage.title for passage in passages]
        return Completion(answer(unanswered(messages), passages=passages, topics=topics), model=MODEL)

    def stream_message(self, messages: Sequence[ChatMessage], **kwargs: Any) -> Iterator[str]:
        return iter(re.findall(r"\s*\S+", self.send_message(messages, **kwargs)))

    def validate_credentials(self) -> bool:
        return True

    def list_models(self) -> list[str]:
        return [MODEL]


def unanswered(messages: Sequence[ChatMessage]) -> list[str]:
    """What the user wrote since the last answer, oldest first."""
    burst: list[str] = []
    for message in messages:
        if message["role"] == "user":
            burst.append(spoken(message["content"]))
        elif message["role"] == "assistant":
            burst.clear()
    return burst


def answer(burst: Sequence[str], *, passages: Sequence[Passage], topics: Sequence[str]) -> str:
    """One reply to everything in the burst: a quote for each question, an honest word for those without."""
    questions = split_questions(burst)
    if not questions:
        return small_talk(" ".join(burst), topics=topics) or unknown(topics)
    quotes = {question: quote(question, passages=passages) for question in questions}
    known = list(dict.fromkeys(text for text in quotes.values() if text))
    if not known:
        return unknown(topics)
    missed = [f"I don't know that yet: “{short(question)}”" for question, text in quotes.items() if not text]
    return "\n\n".join(known + missed)


def split_questions(burst: Sequence[str]) -> list[str]:
    """The questions of a burst, at most four. People break one over several messages: "how much" "is a croissant"."""
    questions: list[str] = []
    begun = ""
    for message in burst:
        for piece in re.split(r"(?<=[?？])\s*|\n+", message):
            part, begun = f"{begun} {piece}".strip(), ""
            if asked_words(without_small_talk(part)):
                questions.append(part)
            elif any(asks.search(fold(part)) for asks, _ in SHAPES):
                begun = part
    return list(dict.fromkeys(questions))[:MOST_QUESTIONS]


def without_small_talk(text: str) -> str:
    folded = fold(text)
    for pattern, _ in SMALL_TALK:
        folded = pattern.sub(" ", folded)
    return folded


def small_talk(text: str, *, topics: Sequence[str]) -> str:
    folded = fold(text)
    for pattern, reply in SMALL_TALK:
        if pattern.search(folded):
            return f"{reply} {offer(topics)}".strip() if reply.endswith("?") else reply
    return ""


def unknown(topics: Sequence[str]) -> str:
    return f"I don't know that yet. {offer(topics)}".strip()


def offer(topics: Sequence[str]) -> str:
    named = [topic.strip() for topic in dict.fromkeys(topics) if topic.strip()][:MOST_TOPICS]
    if not named:
        return ""
    return (
        "You can ask me about: " + (" and ".join([", ".join(named[:-1]), named[-1]]) if named[1:] else named[0]) + "."
    )


def short(question: str) -> str:
    return question if len(question) <= QUOTED_QUESTION else question[: QUOTED_QUESTION - 1].rstrip() + "…"
