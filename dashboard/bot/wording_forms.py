"""What the bot says: instructions, greeting, fixed texts."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django import forms

from bots import own_texts, variables
from bots.models import AIConfiguration
from bots.own_texts import TEXTS
from dashboard.bot.group import GroupForm, lines

#: Characters: some ten thousand tokens, which every answer pays for.
LONGEST_INSTRUCTIONS = 40_000


class WordedField(forms.CharField):
    """A text whose words in braces must be known ones."""

    def __init__(self, *, known: Collection[str], **kwargs: Any) -> None:
        super().__init__(strip=False, required=False, **kwargs)
        self.known = known

    def clean(self, value: Any) -> str:
        text = super().clean(lines(value or ""))
        if wrong := variables.unknown(text, known=self.known):
            named = ", ".join(f"{{{name}}}" for name in wrong)
            may_be = ", ".join(f"{{{name}}}" for name in self.known)
            known = f"Known here: {may_be}." if self.known else "There are no variables in this text."
            raise forms.ValidationError(f"{named} is not a variable. {known}")
        return str(text)


def _area(rows: int, **attrs: str) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows, **attrs})


class InstructionsForm(GroupForm):
    title = "Instructions"
    columns = ("system_prompt",)

    system_prompt = WordedField(
        label="Who is your bot, and what does it help with?",
        known=variables.OF_INSTRUCTIONS,
        max_length=LONGEST_INSTRUCTIONS,
        widget=_area(14),
    )


class GreetingForm(GroupForm):
    title = "Greeting"
    columns = ("greeting",)

    greeting = WordedField(
        label="Sent once, before the first answer to somebody new",
        known=own_texts.OF_GREETING,
        max_length=own_texts.LONGEST,
        help_text="Leave it empty for none. {business} and {hours} are filled in.",
        widget=_area(3),
    )


class TextsForm(GroupForm):
    """One column with all of the tenant's own texts; what is empty is the default."""

    title = "Fixed texts"
    columns = ("texts",)

    def adapt(self) -> None:
        for key, text in TEXTS.items():
            told = f"You may use {', '.join(f'{{{name}}}' for name in text.variables)}." if text.variables else ""
            rows = max(2, text.default.count("\n") + 1)
            self.fields[key] = WordedField(
                label=text.when,
                known=text.variables,
                max_length=own_texts.LONGEST,
                help_text=told,
                widget=_area(rows, placeholder=text.default),
            )

    def shown(self, row: AIConfiguration) -> dict[str, Any]:
        return dict(row.texts)

    def changes(self) -> dict[str, Any]:
        return {"texts": {key: text for key in TEXTS if (text := self.cleaned_data[key])}}

    @property
    def parts(self) -> list[tuple[str, list[forms.BoundField]]]:
        """The fields, by what they are about."""
        titles = {
            "trouble": "When something goes wrong",
            "closed": "Outside your hours",
            "files": "Files that cannot be opened",
            "commands": "Commands",
        }
        return [
            (title, [self[key] for key, text in TEXTS.items() if text.group == group])
            for group, title in titles.items()
        ]
