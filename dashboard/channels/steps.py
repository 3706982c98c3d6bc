"""The checklist of one number: pure, from what is known of it to five steps that say what is done and what is next."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from bots.channels.facts import Facts
from dashboard.channels import verdicts
from dashboard.channels.verdicts import Line, Mark, Remedy, Verdict
from dashboard.channels.words import NAMES

Key = Literal["credentials", "number", "webhook", "message", "trial"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """`text` says how things stand; `remedy` is the one thing to do about it."""

    key: Key
    title: str
    state: Mark
    text: str
    remedy: Remedy

    @property
    def is_done(self) -> bool:
        return self.state == "done"

    @property
    def has_body(self) -> bool:
        """Whether there is something to do about it, be it to copy an address."""
        return bool(self.remedy) or (self.key == "webhook" and self.state == "current")


STEPS: tuple[tuple[Key, str, Callable[[Facts, Line], Verdict]], ...] = (
    ("credentials", "{provider} accepts your credentials", verdicts.credentials),
    ("number", "The number is yours and on WhatsApp", verdicts.number),
    ("webhook", "{provider} sends its messages here", verdicts.webhook),
    ("message", "The first message arrives", verdicts.message),
    ("trial", "A test message reaches your phone", verdicts.trial),
)


def steps(facts: Facts, line: Line) -> list[Step]:
    """All five. The first that is not done is the current one; what comes after it offers nothing to do yet."""
    found: list[Step] = []
    for key, title, judge in STEPS:
        verdict = judge(facts, line)
        is_next = all(step.is_done for step in found)
        is_later = verdict.state == "todo" and not is_next
        found.append(
            Step(
                key=key,
                title=title.format(provider=NAMES[line.provider]),
                state="current" if verdict.state == "todo" and is_next else verdict.state,
                text=verdict.text,
                remedy="" if is_later else verdict.remedy,
            )
        )
    return found


def works(found: list[Step]) -> bool:
    """Whether messages come in and the account is in order; the test message is for the admin's own peace."""
    return all(step.is_done for step in found if step.key != "trial")


def waits(found: list[Step]) -> bool:
    """Whether something may happen by itself, which the page should show when it does: a message whose signature was
    wrong may be followed by a good one."""
    return any(step.state == "busy" or (step.key == "message" and step.state == "failed") for step in found)
