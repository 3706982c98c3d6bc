"""Fields that an admin copies from a provider's pages, with a sentence for each way of copying the wrong thing."""

from __future__ import annotations

import re

from django import forms

from tenants.onboarding import e164

LONGEST_SECRET = 600
#: https://www.twilio.com/docs/glossary/what-is-a-sid
ACCOUNT_SID = re.compile(r"AC[0-9a-fA-F]{32}")
SID_LENGTH = 34


def code(label: str, *, help_text: str = "", placeholder: str = "", longest: int = 100) -> forms.CharField:
    """An id or a number: nothing for a spelling checker."""
    attrs = {"autocomplete": "off", "spellcheck": "false", "autocapitalize": "off", "placeholder": placeholder}
    return forms.CharField(
        label=label,
        max_length=longest,
        help_text=help_text,
        error_messages={"required": missing(label)},
        widget=forms.TextInput(attrs=attrs),
    )


def secret(label: str, *, help_text: str = "") -> forms.CharField:
    """Written and never shown. Password managers would offer the wrong thing."""
    widget = forms.PasswordInput(render_value=False, attrs={"autocomplete": "off", "spellcheck": "false"})
    return forms.CharField(
        label=label,
        max_length=LONGEST_SECRET,
        help_text=help_text,
        error_messages={"required": missing(label)},
        widget=widget,
    )


def missing(label: str) -> str:
    """What to do about a field that was left empty. The label keeps its letters: they are the provider's."""
    return f"Enter the {label}."


def account_sid(value: str) -> str:
    """Raises `ValidationError` that tells what it is instead."""
    if ACCOUNT_SID.fullmatch(value):
        return value
    if value.startswith("SK"):
        sentence = "This is the SID of an API key. Use the Account SID, which begins with AC."
    elif not value.startswith("AC"):
        sentence = "An Account SID begins with AC. It is on the first page of the Twilio Console."
    elif len(value) != SID_LENGTH:
        sentence = f"An Account SID has {SID_LENGTH} characters, and this has {len(value)}: copy it again, whole."
    else:
        sentence = "After AC an Account SID has digits and the letters a to f alone: copy it again."
    raise forms.ValidationError(sentence)


def phone_number(value: str) -> str:
    """E.164. Raises `ValidationError`."""
    try:
        return e164(value)
    except ValueError:
        if value.startswith("+"):
            sentence = "This is not a whole phone number. It should look like +1 415 555 0142."
        else:
            sentence = "Add the country code with a plus: +1 415 555 0142."
        raise forms.ValidationError(sentence) from None


def digits(value: str, *, what: str) -> str:
    """Raises `ValidationError`."""
    if not (value.isascii() and value.isdigit()):
        raise forms.ValidationError(f"A {what} has digits only.")
    return value


def whole(value: str) -> str:
    """A secret that was copied with a line break or half of its neighbour is not passed on."""
    if any(character.isspace() or not character.isprintable() for character in value):
        raise forms.ValidationError("There is a space or a line break in it. Copy it again, alone.")
    return value
