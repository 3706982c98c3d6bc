"""How the bot talks: memory, limits, commands, opening hours."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any
from zoneinfo import available_timezones

from django import forms

from bots import hours
from bots.commands import ENGLISH
from bots.hours import DAYS, HoursError
from bots.models import AIConfiguration
from dashboard.bot import lengths
from dashboard.bot.group import GroupForm

MINUTE, HOUR, DAY = 60, 3600, 86_400
TTL = (15 * MINUTE, HOUR, 4 * HOUR, 12 * HOUR, DAY, 7 * DAY)
PAUSE = (HOUR, 4 * HOUR, 12 * HOUR, DAY, 3 * DAY, 7 * DAY, 0)
LANGUAGES = {
    "de": "German",
    "fr": "French",
    "es": "Spanish",
    "pt": "Portuguese",
    "it": "Italian",
    "nl": "Dutch",
    "pl": "Polish",
    "tr": "Turkish",
    "ar": "Arabic",
    "hi": "Hindi",
    "id": "Indonesian",
}
OUTSIDE = [
    ("always", "Always there: answer at any hour"),
    ("note", "Answer, and say that we are closed"),
    ("closed", "Do not answer: say only that we are closed"),
]
#: Spans that a day has room for on the page.
SPANS = 2


class ConversationForm(GroupForm):
    title = "Memory and pace"
    columns = (
        "ttl_seconds",
        "max_context_messages",
        "reply_delay_seconds",
        "rate_limit_per_minute",
        "handover_pause_seconds",
        "languages",
    )

    ttl_seconds = forms.TypedChoiceField(
        label="A conversation is remembered for", coerce=int, help_text="After the last message. Then it begins anew."
    )
    max_context_messages = forms.IntegerField(
        label="Messages remembered", min_value=0, max_value=1000, help_text="Each answer pays for all of them."
    )
    reply_delay_seconds = forms.FloatField(
        label="Wait for more, in seconds",
        min_value=0,
        max_value=60,
        help_text="People write in bursts, and get one answer.",
        widget=forms.NumberInput(attrs={"step": "0.5"}),
    )
    rate_limit_per_minute = forms.IntegerField(
        label="Messages a minute from one person", min_value=1, max_value=100_000
    )
    handover_pause_seconds = forms.TypedChoiceField(
        label="Silence after somebody asked for a person",
        coerce=int,
        help_text="If nobody of you takes over, the bot answers again afterwards.",
    )
    languages = forms.MultipleChoiceField(
        label="Commands are understood in English, and in",
        choices=list(LANGUAGES.items()),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="STOP, START, HELP, RESET and HUMAN, each as a whole message.",
    )

    def adapt(self) -> None:
        self._offer("ttl_seconds", TTL)
        self._offer("handover_pause_seconds", PAUSE)

    def shown(self, row: AIConfiguration) -> dict[str, Any]:
        return {**super().shown(row), "languages": [one for one in row.languages if one != ENGLISH]}

    def changes(self) -> dict[str, Any]:
        """English is among the languages of an onboarding file, and goes without saying: it stays where it was."""
        chosen = self.cleaned_data["languages"]
        before = [one for one in self.row.languages if one == ENGLISH or one in chosen]
        return {**super().changes(), "languages": [*before, *(one for one in chosen if one not in before)]}

    def _offer(self, name: str, usual: Sequence[int]) -> None:
        """The usual lengths, and the one that holds now."""
        now = getattr(self.row, name)
        offered = sorted({*usual, now}, key=lambda seconds: seconds or float("inf"))
        field = self.fields[name]
        assert isinstance(field, forms.TypedChoiceField)
        field.choices = [(one, lengths.in_words(one) if one else lengths.NO_END) for one in offered]


class HoursForm(GroupForm):
    title = "Opening hours"
    columns = ("time_zone", "outside_hours", "hours")

    outside_hours = forms.ChoiceField(label="Outside your hours", choices=OUTSIDE, widget=forms.RadioSelect)
    time_zone = forms.CharField(
        label="Time zone",
        max_length=64,
        help_text="Such as Europe/Paris. It is the bot's sense of time, too.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "list": "time-zones"}),
    )

    def adapt(self) -> None:
        """Two times for each span: `mon-0-opens`, `mon-0-closes`. A row with more spans a day gets room for them."""
        self.room = max([SPANS, *(len(spans) for spans in self.row.hours.values())])
        for day, number, spans in self._places():
            for part, word in enumerate(("opens", "closes")):
                label = f"{DAYS[day]} {word}" + (f", span {number + 1}" if number else "")
                value = spans[number][part] if number < len(spans) else ""
                self.fields[f"{day}-{number}-{word}"] = forms.CharField(
                    label=label,
                    required=False,
                    initial=value,
                    max_length=8,
                    widget=forms.TextInput(attrs={"type": "time", "class": "input", "aria-label": label}),
                )

    def shown(self, row: AIConfiguration) -> dict[str, Any]:
        return {"outside_hours": row.outside_hours, "time_zone": row.time_zone}

    def clean_time_zone(self) -> str:
        name = str(self.cleaned_data["time_zone"])
        if name not in available_timezones():
            raise forms.ValidationError("Choose a time zone of the list, such as Europe/Paris or America/New_York.")
        return name

    def clean(self) -> dict[str, Any]:
        cleaned = dict(super().clean() or {})
        week: dict[str, list[list[str]]] = {}
        for day, number, _ in self._places():
            span = [str(cleaned.get(f"{day}-{number}-{word}", ""))[:5] for word in ("opens", "closes")]
            if any(span):
                week.setdefault(day, []).append(span)
        try:
            cleaned["hours"] = hours.checked(week)
        except HoursError as error:
            raise forms.ValidationError(str(error)) from None
        if not cleaned["hours"] and cleaned.get("outside_hours") != "always":
            raise forms.ValidationError("Enter at least one span, or be always there.")
        return cleaned

    @property
    def days(self) -> list[tuple[str, list[tuple[forms.BoundField, forms.BoundField]]]]:
        """Each day's name and its pairs of fields."""
        return [
            (name, [(self[f"{day}-{number}-opens"], self[f"{day}-{number}-closes"]) for number in range(self.room)])
            for day, name in DAYS.items()
        ]

    @property
    def time_zones(self) -> list[str]:
        """Continents and their cities; whoever knows another name may type it."""
        return sorted(
            name for name in available_timezones() if "/" in name and not name.startswith(("Etc/", "SystemV/"))
        )

    def _places(self) -> Iterator[tuple[str, int, list[list[str]]]]:
        for day in DAYS:
            for number in range(self.room):
                yield day, number, self.row.hours.get(day, [])
