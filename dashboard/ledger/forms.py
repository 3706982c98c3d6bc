"""After how long somebody who waits raises the alarm."""

from __future__ import annotations

from typing import Any

from django import forms

from dashboard.bot.lengths import in_words

#: Seconds: an answer takes some, and nobody should wait a day.
LENGTHS = (30, 60, 120, 300, 600, 900, 1800, 3600, 14_400, 43_200, 86_400)


class AlarmForm(forms.Form):
    """In seconds. What is kept can be chosen, too, wherever it came from."""

    waiting_alarm_seconds = forms.TypedChoiceField(
        label="Without an answer for",
        coerce=int,
        help_text="Answers take a few seconds. A slow AI raises the alarm too, where it is less than a minute.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        lengths = sorted({*LENGTHS, self.initial["waiting_alarm_seconds"]})
        choices = [(seconds, in_words(seconds)) for seconds in lengths]
        self.fields["waiting_alarm_seconds"].choices = choices  # type: ignore[attr-defined]
