"""The forms of the knowledge."""

from __future__ import annotations

from typing import Any

from django import forms

from bots.knowledge.languages import LANGUAGES
from bots.knowledge.sources import LONGEST_TITLE, MOST_TEXT

ACCEPTED = ".txt,.md,.csv,.pdf,.docx"


def plain(text: str) -> str:
    """What was typed, without the characters that PostgreSQL keeps in no text."""
    return text.replace("\0", "")


class SourceForm(forms.Form):
    """A text under a title. `version`: the one that the author saw."""

    title = forms.CharField(
        label="Title",
        max_length=LONGEST_TITLE,
        error_messages={"required": "Give it a title."},
        help_text="What it is about, such as “Opening hours”. The bot may offer it to customers as a topic.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    text = forms.CharField(
        label="Text",
        max_length=MOST_TEXT,
        error_messages={"required": "Write what the bot may say."},
        help_text="One fact per line works best, such as “Croissant: €2.40”. Leave a blank line between topics.",
        widget=forms.Textarea(attrs={"rows": 16, "class": "knowledge-editor"}),
    )
    language = forms.ChoiceField(
        label="Language",
        required=False,
        choices=[("", "Detect it"), *LANGUAGES.items()],
        help_text="So that a question about “delivery” also finds “delivered”.",
    )
    version = forms.IntegerField(required=False, min_value=0, widget=forms.HiddenInput)

    def clean_title(self) -> str:
        return " ".join(str(self.cleaned_data["title"]).split())


class FileInput(forms.FileInput):
    allow_multiple_selected = True


class FileForm(forms.Form):
    """One file, in place of another."""

    file = forms.FileField(
        label="New file", allow_empty_file=True, max_length=200, error_messages={"required": "Choose a file."}
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["file"].widget.attrs["accept"] = ACCEPTED


class FilesForm(forms.Form):
    """Shown alone; each file that comes is judged by itself."""

    uploads = forms.FileField(label="Files", widget=FileInput(attrs={"accept": ACCEPTED}))


class MeaningForm(forms.Form):
    """Whether passages are found by meaning, and who tells it."""

    by_meaning = forms.BooleanField(
        label="Find passages by meaning too",
        required=False,
        help_text="“Can I come with a pushchair?” then finds “prams are welcome”. Each question and each passage is "
        "sent to the service below.",
    )
    base_url = forms.URLField(
        label="Address of another service",
        required=False,
        max_length=300,
        assume_scheme="https",
        help_text="Leave it empty for OpenAI, or for your bot’s own server.",
        widget=forms.URLInput(attrs={"placeholder": "https://api.openai.com/v1", "autocomplete": "off"}),
    )
    api_key = forms.CharField(
        label="API key",
        required=False,
        max_length=500,
        strip=True,
        help_text="Leave it empty to use your bot’s own key, where that is OpenAI’s or another server’s.",
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )
    forget_key = forms.BooleanField(label="Forget this key", required=False)
    model = forms.CharField(
        label="Model",
        max_length=100,
        error_messages={"required": "Write the model's name, such as text-embedding-3-small."},
    )
