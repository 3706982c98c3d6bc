"""Is the number well? One problem in plain words, with the one thing that mends it: pure, over what is known of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from bots.channels.facts import Facts
from bots.channels.findings import Findings
from dashboard.channels import words
from dashboard.channels.steps import Step, works
from dashboard.channels.verdicts import Line, Remedy

Tone = Literal["good", "warn", "bad", "calm"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """`problem` is empty when there is none, or a step of the checklist tells it; `remedy` is what mends it."""

    tone: Tone
    word: str
    problem: str = ""
    remedy: Remedy = ""


def health(facts: Facts, line: Line, *, steps: list[Step]) -> Health:
    """The worst of what is wrong; else how far it is."""
    if any(step.state == "failed" and step.key != "trial" for step in steps):
        return Health(tone="bad", word="Needs attention")
    last = facts.last_outbound
    if last is not None and last.status == "failed":
        why = words.undelivered(code=last.error_code, error=last.error, provider=line.provider)
        is_told = any(step.text == why for step in steps)
        return Health(tone="warn", word="Last message failed", problem="" if is_told else why)
    if facts.is_signed and (refused := words.may_be_forged(facts.refusal, provider=line.provider)):
        return Health(tone="warn", word="Turned one away", problem=refused, remedy="check")
    if works(steps):
        return Health(tone="good", word="Working")
    done = sum(step.is_done for step in steps)
    return Health(tone="calm", word=f"{done} of {len(steps)} done")


def at_a_glance(*, findings: Findings, kept: str, error: str, is_signed: bool) -> Health:
    """What a list tells of one number, from its row alone."""
    is_refused = findings.credentials not in ("", "good")
    if kept != "readable" or error or is_refused or findings.number in ("offline", "not_a_sender", "not_in_account"):
        return Health(tone="bad", word="Needs attention")
    if is_signed:
        return Health(tone="good", word="Working")
    return Health(tone="calm", word="Not finished")
