"""A provider's key: written, and never shown."""

from __future__ import annotations

from django import forms

LONGEST_KEY = 600


class KeyForm(forms.Form):
    key = forms.CharField(
        label="API key",
        max_length=LONGEST_KEY,
        error_messages={"required": "Paste the key."},
        help_text="It is stored encrypted, and nobody sees it again.",
        widget=forms.PasswordInput(
            render_value=False, attrs={"autocomplete": "off", "spellcheck": "false", "autofocus": True}
        ),
    )

    def clean_key(self) -> str:
        """A key that was copied with half of its neighbour is not passed on."""
        key = str(self.cleaned_data["key"]).strip()
        if not key.isascii() or not key.isprintable() or " " in key:
            raise forms.ValidationError("There is a space or another character in it that no key has. Copy it again.")
        return key
