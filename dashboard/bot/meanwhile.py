"""Two people at the same thing: what the second one is told."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils import timezone

from bots.differences import label_of, value_in_words
from bots.drafts import ChangedMeanwhileError
from bots.models import AIConfiguration
from dashboard.bot import words
from dashboard.wording import ago


@dataclass(frozen=True, slots=True, kw_only=True)
class Meanwhile:
    """`theirs`: what stands there now, by its label; `seen`: the marks by which it may be replaced knowingly."""

    sentence: str
    theirs: list[tuple[str, str]]
    seen: str


def told(error: ChangedMeanwhileError, *, me: str) -> str:
    """Who changed what, and when."""
    names = ", ".join(dict.fromkeys(f"“{label_of(name)}”" for name in error.fields))
    when = f" {ago(error.at, now=timezone.now())}" if error.at else " meanwhile"
    if error.by == me:
        return f"You changed {names}{when}, in another window."
    return f"{error.by or 'The platform'} changed {names}{when}."


def theirs(row: AIConfiguration, *, names: list[str]) -> list[tuple[str, str]]:
    """What stands in the draft now."""
    return [(label_of(name), words.value(name, value_in_words(row, name))) for name in names]
