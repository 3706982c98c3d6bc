"""After how long somebody who waits raises the alarm."""

from __future__ import annotations

from django import forms

#: Seconds: an answer takes some, and nobody should wait a day.
LEAST, MOST = 30, 86_400


class AlarmForm(forms.Form):
    """In seconds."""

    waiting_alarm_seconds = forms.IntegerField(
        label="Seconds without an answer",
        min_value=LEAST,
        max_value=MOST,
        help_text="300 seconds are five minutes. Answers take a few; with less than 60, a slow AI raises it too.",
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )
