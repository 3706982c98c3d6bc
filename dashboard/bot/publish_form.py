"""Publishing: why, and which draft was looked at."""

from __future__ import annotations

from django import forms


class RevisionForm(forms.Form):
    #: The draft's revision when the page was loaded: what was edited later was not seen.
    revision = forms.IntegerField(min_value=0, widget=forms.HiddenInput)


class PublishForm(RevisionForm):
    note = forms.CharField(
        label="Why this change?",
        max_length=300,
        error_messages={"required": "Say why in a few words."},
        help_text="One sentence for your colleagues, and for you in half a year.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "placeholder": "Shorter answers, new prices"}),
    )
