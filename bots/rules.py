"""Whether the bot speaks at all, and about what: pure decisions over plain facts."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import Literal

from bots import texts
from bots.commands import Command, Name, recognise

#: Why a message's outcome is what it is; the dashboard puts it into a sentence.
Reason = Literal[
    "",
    "suspended",
    "human",
    "opted_out",
    "blocked",
    "rate_limited",
    "reset",
    "stop",
    "start",
    "help",
    "handover",
    "reaction",
    "closed",
    "no_words",
    "not_opened",
    "poison",
    "not_configured",
    "ai_unavailable",
    "ai_timeout",
    "ai_configuration",
]
Outcome = Literal["answered", "human", "refused", "failed"]
#: Kinds of messages that nobody answers, whatever else holds, and why: a thumb up is no question.
NEVER_ANSWERED: dict[str, Reason] = {"reaction": "reaction"}
#: What was said to Switchboard, or to nobody: the model is told nothing of it.
UNTOLD: frozenset[Reason] = frozenset({"reset", "stop", "start", "help", "handover", "opted_out"})
#: What concerns whether somebody is written to at all: it holds, and is answered, beside a person who took over.
CONSENT: frozenset[Reason] = frozenset({"stop", "start", "opted_out"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known when a turn begins."""

    tenant_status: str
    opted_out: bool
    #: Somebody took the conversation over.
    with_a_person: bool
    #: The contact asked for a person, and still waits for one.
    paused: bool
    #: A member blocked them.
    blocked: bool = False
    #: Languages whose commands are understood, besides English.
    languages: Sequence[str] = ()
    #: It is outside the business's hours, and the AI is not asked then.
    closed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why the AI is not asked, what the messages' outcome is, and the text that the contact gets (empty: silence)."""

    outcome: Outcome
    reason: Reason
    text: str = ""


POISON = Refusal(outcome="failed", reason="poison", text=texts.AI_UNAVAILABLE)
NOT_CONFIGURED = Refusal(outcome="failed", reason="not_configured", text=texts.INVALID_CONFIGURATION)


@dataclass(slots=True)
class Sorting:
    """What becomes of waiting messages (by index): each has an outcome here or is `to_answer`, never both."""

    facts: Facts
    opted_out: bool
    paused: bool
    settled: dict[int, tuple[Outcome, Reason]] = field(default_factory=dict)
    #: What the AI is asked.
    to_answer: list[int] = field(default_factory=list)
    #: What is said besides, in order: (why, the command it answers).
    replies: list[tuple[Reason, Command | None]] = field(default_factory=list)
    #: The model forgets what was said before this burst.
    forgets: bool = False
    #: The contact asked for a person, and still does at the end of the burst.
    hands_over: bool = False

    def settle(self, index: int, outcome: Outcome, reason: Reason) -> None:
        self.settled[index] = (outcome, reason)

    def settle_unanswered(self, outcome: Outcome, reason: Reason) -> None:
        """What came before a command that changes who speaks is not answered."""
        for index in self.to_answer:
            self.settle(index, outcome, reason)
        self.to_answer = []

    def say(self, reason: Reason, command: Command | None = None) -> None:
        """Once in a burst, and then where it was asked for last."""
        self.replies = [reply for reply in self.replies if reply[0] != reason]
        self.replies.append((reason, command))


def sort(
    waiting: Sequence[str], *, facts: Facts, within_limit: Callable[[], bool], with_files: Collection[int] = ()
) -> Sorting:
    """Sort the texts of a burst, in order: a command changes what becomes of those after it, and of those before it
    that are not answered yet.

    `within_limit` counts one message of the contact and says whether it is within the limit. It is asked only about
    messages that may lead to an answer. Messages without words are answered together with the words around them;
    what is in those `with_files` (by index: an image, a voice note) is not known yet.
    """
    sorting = Sorting(facts, opted_out=facts.opted_out, paused=facts.paused)
    for index, text in enumerate(waiting):
        command = recognise(text, languages=facts.languages)
        if command and command.name == "stop" and not sorting.opted_out:
            _stop(sorting, index, command)
        elif silence := _silence(sorting, command):
            sorting.settle(index, *silence)
        elif not within_limit():
            sorting.settle(index, "refused", "rate_limited")
            if not sorting.opted_out:
                sorting.say("rate_limited")
        elif command and _is_obeyed(sorting, command):
            _OBEY[command.name](sorting, index, command)
        else:
            sorting.to_answer.append(index)
    if sorting.to_answer and facts.closed:
        sorting.settle_unanswered("refused", "closed")
        sorting.say("closed")
    if sorting.to_answer and not any(waiting[index].strip() or index in with_files for index in sorting.to_answer):
        sorting.settle_unanswered("refused", "no_words")
        sorting.say("no_words")
    if reason := _of_no_business(facts):
        # Whether somebody wants to be written to holds all the same.
        sorting.settled = dict.fromkeys(sorting.settled, ("refused", reason))
        sorting.replies = []
    return sorting


def given_up(facts: Facts) -> Refusal:
    """What becomes of messages whose every turn broke off: who would hear nothing of a bot that works hears nothing."""
    silence = _silence(Sorting(facts, opted_out=facts.opted_out, paused=facts.paused), None)
    return Refusal(outcome=silence[0], reason=silence[1]) if silence else POISON


def _of_no_business(facts: Facts) -> Reason:
    """Why nothing at all is said, whatever was written; empty where there is no such reason."""
    if facts.tenant_status != "active":
        return "suspended"
    return "blocked" if facts.blocked else ""


def _silence(sorting: Sorting, command: Command | None) -> tuple[Outcome, Reason] | None:
    """The first reason for which the message is not even counted; None: it may be answered."""
    starts = command is not None and command.name == "start"
    if sorting.opted_out and not starts:
        return "refused", "opted_out"
    reason = _of_no_business(sorting.facts)
    if reason and not (sorting.opted_out and starts):
        return "refused", reason
    if sorting.facts.with_a_person and not (sorting.opted_out and starts):
        return "human", "human"
    if sorting.paused and not (command and command.name in ("start", "reset")):
        return "human", "human"
    return None


def _is_obeyed(sorting: Sorting, command: Command) -> bool:
    """START is a word like any other to somebody who is listened to already."""
    return command.name != "start" or sorting.opted_out or sorting.paused


def _stop(sorting: Sorting, index: int, command: Command) -> None:
    """Nothing but this is said any more, whoever has the conversation."""
    sorting.settle_unanswered("refused", "opted_out")
    sorting.settle(index, "answered", "stop")
    sorting.opted_out, sorting.replies = True, []
    sorting.say("stop", command)


def _start(sorting: Sorting, index: int, command: Command) -> None:
    """What a STOP right before it took back is not told: in the end nothing changed."""
    sorting.settle(index, "answered", "start")
    sorting.opted_out = sorting.paused = sorting.hands_over = False
    sorting.replies = [reply for reply in sorting.replies if reply[0] not in ("stop", "handover")]
    sorting.say("start", command)


def _help(sorting: Sorting, index: int, command: Command) -> None:
    sorting.settle(index, "answered", "help")
    sorting.say("help", command)


def _reset(sorting: Sorting, index: int, command: Command) -> None:
    """The last one counts: what came before it is forgotten unanswered, what follows is answered."""
    for earlier, settled in sorting.settled.items():
        if settled == ("answered", "reset"):
            sorting.settle(earlier, "refused", "reset")
    sorting.settle_unanswered("refused", "reset")
    sorting.settle(index, "answered", "reset")
    sorting.forgets, sorting.paused, sorting.hands_over = True, False, False
    sorting.replies = [reply for reply in sorting.replies if reply[0] != "handover"]
    sorting.say("reset", command)


def _human(sorting: Sorting, index: int, command: Command) -> None:
    """A person reads what came before it."""
    sorting.settle_unanswered("human", "human")
    sorting.settle(index, "human", "handover")
    sorting.paused = sorting.hands_over = True
    sorting.say("handover", command)


_OBEY: dict[Name, Callable[[Sorting, int, Command], None]] = {
    "stop": _stop,
    "start": _start,
    "help": _help,
    "reset": _reset,
    "human": _human,
}
