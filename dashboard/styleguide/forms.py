"""One field of every kind, and the same with mistakes."""

from __future__ import annotations

from django import forms

TRADES = [("", "Choose one"), ("bakery", "Bakery"), ("clinic", "Clinic"), ("garage", "Garage")]
TONES = [("friendly", "Friendly"), ("brief", "Brief"), ("formal", "Formal")]
PROVIDERS = [("openai", "OpenAI"), ("anthropic", "Anthropic"), ("custom", "Your own server"), ("builtin", "Built in")]
DAYS = [("mon", "Monday"), ("tue", "Tuesday"), ("wed", "Wednesday")]


class EveryField(forms.Form):
    name = forms.CharField(label="Business name", max_length=60)
    website = forms.URLField(label="Website", required=False, assume_scheme="https")
    prompt = forms.CharField(
        label="Instructions",
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="What the bot should know and how it speaks.",
    )
    limit = forms.IntegerField(label="Messages a minute", min_value=1, max_value=60)
    opens = forms.TimeField(label="Opens at", widget=forms.TimeInput(attrs={"type": "time"}))
    trade = forms.ChoiceField(label="Trade", choices=TRADES)
    locked = forms.CharField(label="Webhook host", required=False, disabled=True, initial="bots.example.com")
    days = forms.MultipleChoiceField(label="Open on", choices=DAYS, widget=forms.CheckboxSelectMultiple)
    tone = forms.ChoiceField(label="Tone", choices=TONES, widget=forms.RadioSelect)
    provider = forms.ChoiceField(label="Provider", choices=PROVIDERS, widget=forms.RadioSelect)
    greets = forms.BooleanField(label="Greet new contacts", help_text="Once, before the first answer.", required=False)
    agrees = forms.BooleanField(label="I have read the terms")
    temperature = forms.DecimalField(
        label="Temperature", widget=forms.NumberInput(attrs={"type": "range", "min": 0, "max": 2, "step": 0.1})
    )
    key = forms.CharField(label="API key", widget=forms.PasswordInput(attrs={"autocomplete": "off"}), required=False)
    new_key = forms.CharField(
        label="Access token",
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text="Kept encrypted, never shown.",
    )
    words = forms.CharField(label="Words that fetch a person", required=False)
    prices = forms.FileField(label="Price list", required=False)


FILLED = {
    "name": "Lumen Bakery",
    "prompt": "You answer for Lumen Bakery in Lisbon.\nBe warm and brief. Prices are in euro.",
    "limit": 20,
    "opens": "07:30",
    "trade": "bakery",
    "days": ["mon", "wed"],
    "tone": "friendly",
    "provider": "openai",
    "greets": True,
    "temperature": "0.7",
    "words": "person, human, help",
}
#: A number out of range, an address that is none, and what was left out.
WRONG = {"website": "not an address", "limit": 400, "provider": "openai", "tone": "loud", "temperature": "0.7"}


def filled() -> EveryField:
    return EveryField(initial=FILLED, prefix="filled")


def wrong() -> EveryField:
    """With its mistakes told."""
    form = EveryField({f"wrong-{name}": value for name, value in WRONG.items()}, prefix="wrong")
    form.is_valid()
    return form
