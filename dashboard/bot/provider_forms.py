"""Who answers: the AI provider, its fallback, and who listens to voice notes."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django import forms

from bots.models import AIConfiguration
from bots.versions import FALLBACK
from dashboard import wording
from dashboard.bot.group import GroupForm

PROVIDERS = [(value, wording.provider(value)) for value in ("openai", "anthropic", "custom", "builtin")]
LONGEST_ANSWER = 200_000
LONGEST_URL = 300
VISION = [("", "Decide by its name"), ("yes", "Yes"), ("no", "No")]


class ServerField(forms.CharField):
    """A base URL. Whether it may be reached is found out by asking it."""

    def __init__(self, **kwargs: Any) -> None:
        attrs = {"inputmode": "url", "autocomplete": "off", "spellcheck": "false", **kwargs.pop("attrs", {})}
        super().__init__(required=False, max_length=LONGEST_URL, widget=forms.TextInput(attrs=attrs), **kwargs)

    def clean(self, value: Any) -> str:
        url = str(super().clean(value))
        if not url:
            return ""
        try:
            parts = urlsplit(url)
            valid = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        except ValueError:
            valid = False
        if not valid or any(sign.isspace() for sign in url):
            raise forms.ValidationError("Write a web address, such as https://llm.example.com/v1.")
        if parts.username or parts.password:
            raise forms.ValidationError("A key does not belong into the address. Set it as the API key.")
        return url


def _model(**kwargs: Any) -> forms.CharField:
    attrs = {"autocomplete": "off", "spellcheck": "false", "list": "models", "placeholder": "gpt-4o-mini"}
    return forms.CharField(label="Model", max_length=100, required=False, widget=forms.TextInput(attrs=attrs), **kwargs)


def _max_tokens() -> forms.IntegerField:
    return forms.IntegerField(
        label="Longest answer, in tokens",
        min_value=1,
        max_value=LONGEST_ANSWER,
        help_text="1000 tokens are about 750 words.",
    )


def _temperature() -> forms.FloatField:
    return forms.FloatField(
        label="Temperature",
        min_value=0,
        max_value=2,
        widget=forms.NumberInput(attrs={"type": "range", "min": "0", "max": "2", "step": "0.1"}),
    )


class ProviderForm(GroupForm):
    title = "Who answers"
    columns = ("provider", "base_url", "model_name", "max_tokens", "temperature", "vision")

    provider = forms.ChoiceField(label="AI provider", choices=PROVIDERS, widget=forms.RadioSelect)
    base_url = ServerField(
        label="Server",
        help_text="Any server that speaks OpenAI's chat completions.",
        attrs={"placeholder": "https://llm.example.com/v1"},
    )
    model_name = _model()
    max_tokens = _max_tokens()
    temperature = _temperature()
    vision = forms.TypedChoiceField(
        label="Can this model see photos?",
        choices=VISION,
        required=False,
        coerce=lambda given: given == "yes",
        empty_value=None,
        help_text="OpenAI's and Anthropic's models are known by name.",
    )

    def shown(self, row: AIConfiguration) -> dict[str, Any]:
        return {**super().shown(row), "vision": {None: "", True: "yes", False: "no"}[row.vision]}

    def clean(self) -> dict[str, Any]:
        """Half a provider may be saved: publishing asks for the whole."""
        cleaned = dict(super().clean() or {})
        if cleaned.get("provider") == "builtin":
            cleaned["base_url"] = ""
        return cleaned


class FallbackForm(GroupForm):
    """Columns of a row of its own; what they are called here is theirs."""

    title = "Fallback"
    columns = (FALLBACK,)
    NONE = ""

    provider = forms.ChoiceField(
        label="Asked when the first one fails", choices=[("", "Nobody"), *PROVIDERS], required=False
    )
    base_url = ServerField(label="Server", attrs={"placeholder": "https://llm.example.com/v1"})
    model_name = _model()
    max_tokens = _max_tokens()
    temperature = _temperature()
    OWN = ("provider", "base_url", "model_name", "max_tokens", "temperature")

    def shown(self, row: AIConfiguration) -> dict[str, Any]:
        fresh = {"provider": "", "max_tokens": row.max_tokens, "temperature": row.temperature}
        return {name: getattr(row.fallback, name) for name in self.OWN} if row.fallback else fresh

    def adapt(self) -> None:
        self.fields["model_name"].widget.attrs["list"] = "fallback-models"

    def changes(self) -> dict[str, Any]:
        return {}

    def fallback(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in self.OWN} if self.cleaned_data["provider"] else {}


class VoiceForm(GroupForm):
    title = "Voice notes"
    columns = ("transcription_base_url", "transcription_model", "transcription_language")

    transcription_base_url = ServerField(
        label="Server", help_text="Leave it empty for OpenAI.", attrs={"placeholder": "https://api.openai.com/v1"}
    )
    transcription_model = forms.CharField(
        label="Model",
        max_length=100,
        error_messages={"required": "Write the model's name, such as gpt-4o-mini-transcribe."},
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    transcription_language = forms.RegexField(
        label="Language",
        regex="^([a-z]{2,3})?$",
        required=False,
        max_length=10,
        help_text="Such as en or pt. Leave it empty to detect it.",
        error_messages={"invalid": "Write the language's code, such as en."},
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
