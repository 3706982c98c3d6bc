"""The tables `[hours]` and `[texts]` of the onboarding file: when somebody is there, and what is said without the AI.

A file without such a table leaves what the dashboard made of it; with the table, it is all that holds.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Annotated, Any, cast
from zoneinfo import available_timezones

from pydantic import AfterValidator, Field, create_model, model_validator

from bots import hours, own_texts, variables
from tenants.onboarding import Section

SPAN = re.compile(rf"({hours.CLOCK.pattern})-({hours.CLOCK.pattern})")


def _time_zone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError("must be a time zone such as Europe/Paris or America/New_York")
    return name


def _outside(what: str) -> str:
    if what not in hours.OUTSIDE:
        raise ValueError(f"must be one of {', '.join(hours.OUTSIDE)}")
    return what


def _spans(written: list[str]) -> list[str]:
    for span in written:
        if not SPAN.fullmatch(span):
            raise ValueError('must be a list of spans such as ["09:00-12:30", "14:00-18:00"]')
    return written


Spans = Annotated[list[str], AfterValidator(_spans)]


class HoursSection(Section):
    """A day that is not named is closed."""

    time_zone: Annotated[str, AfterValidator(_time_zone)]
    outside: Annotated[str, AfterValidator(_outside)] = "always"
    mon: Spans = []
    tue: Spans = []
    wed: Spans = []
    thu: Spans = []
    fri: Spans = []
    sat: Spans = []
    sun: Spans = []

    @model_validator(mode="after")
    def _can_be_meant(self) -> HoursSection:
        """A bot that is closed always would answer nobody: `outside` asks for hours."""
        if not self.week() and self.outside != "always":
            raise ValueError(f'outside = "{self.outside}" needs at least one day with hours')
        return self

    def week(self) -> dict[str, list[list[str]]]:
        """Raises `HoursError`."""
        return hours.checked({day: [span.split("-") for span in getattr(self, day)] for day in hours.KEYS})

    def columns(self) -> dict[str, Any]:
        """Of `AIConfiguration`."""
        return {"time_zone": self.time_zone, "outside_hours": self.outside, "hours": self.week()}


def _worded(known: Collection[str]) -> Any:
    """The type of a text that may hold these variables."""

    def checked(text: str) -> str:
        if wrong := variables.unknown(text, known=known):
            may_hold = ", ".join(f"{{{name}}}" for name in known)
            raise ValueError(
                f"{{{wrong[0]}}} is not a variable; "
                + (f"known here: {may_hold}" if may_hold else "there are none in this text")
            )
        return text

    return Annotated[str, Field(max_length=own_texts.LONGEST), AfterValidator(checked)]


class _Texts(Section):
    greeting: _worded(own_texts.OF_GREETING) = ""  # type: ignore[valid-type]

    def columns(self) -> dict[str, Any]:
        """Of `AIConfiguration`. A text that is empty is the default."""
        written = self.model_dump()
        return {"greeting": written.pop("greeting"), "texts": {key: text for key, text in written.items() if text}}


#: One key for each of `own_texts.TEXTS`.
TextsSection = cast(
    "type[_Texts]",
    create_model(  # type: ignore[call-overload]
        "TextsSection", __base__=_Texts, **{key: (_worded(text.variables), "") for key, text in own_texts.TEXTS.items()}
    ),
)
