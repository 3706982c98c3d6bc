"""What a member asks to be exported, and the confirmation that somebody is to be erased."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django import forms

from bots.desk import filters
from bots.models import Contact, Conversation, Export

#: What has to be typed before somebody is erased.
WORD = "ERASE"
#: The inbox's filter, as its URL has it.
FILTER = ("view", "q", "label", "assignee", "channel")
FORMATS = [
    (Export.Format.HTML, "A page to read: looks like the chat, with photos and files, opens in any browser"),
    (Export.Format.CSV, "A table (CSV): a line for each message, for Excel and the like"),
    (Export.Format.JSON, "For programs (JSON): everything, also notes, labels and times"),
]
EVERYTHING = (Export.Scope.ALL, "Everything: all conversations of this business")
GONE = "This is not there any more. Somebody may have erased it."


class ExportForm(forms.Form):
    """Offers the scopes that it is opened for: what `given`, a page's query string, names, and everything."""

    scope = forms.ChoiceField(widget=forms.RadioSelect)
    format = forms.ChoiceField(widget=forms.RadioSelect, choices=FORMATS, initial=Export.Format.HTML)
    conversation = forms.UUIDField(required=False, widget=forms.HiddenInput)
    contact = forms.UUIDField(required=False, widget=forms.HiddenInput)
    view = forms.CharField(required=False, widget=forms.HiddenInput)
    q = forms.CharField(required=False, widget=forms.HiddenInput)
    label = forms.CharField(required=False, widget=forms.HiddenInput)
    assignee = forms.CharField(required=False, widget=forms.HiddenInput)
    channel = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, offered: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["scope"].choices = offered  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        scope = values.get("scope")
        if scope == Export.Scope.CONVERSATION and not _is_there(Conversation, values.get("conversation")):
            self.add_error("scope", GONE)
        if scope == Export.Scope.CONTACT and not _is_there(Contact, values.get("contact")):
            self.add_error("scope", GONE)
        return values

    def criteria(self) -> dict[str, str]:
        """As `Export.criteria` has it."""
        values = self.cleaned_data
        match values["scope"]:
            case Export.Scope.CONVERSATION | Export.Scope.CONTACT as scope:
                return {str(scope): str(values[scope])}
            case Export.Scope.FILTER:
                return {name: values[name][:100] for name in FILTER if values[name]}
            case _:
                return {}


class EraseForm(forms.Form):
    confirmation = forms.CharField(
        max_length=20,
        error_messages={"required": f"Type {WORD} in capital letters. Nothing was erased."},
        label=f"To confirm, type {WORD}",
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
    )

    def clean_confirmation(self) -> str:
        typed: str = self.cleaned_data["confirmation"]
        if typed.strip() != WORD:
            raise forms.ValidationError(f"Type {WORD} in capital letters. Nothing was erased.")
        return typed


class CheckForm(forms.Form):
    """A number is looked for, and not written down anywhere."""

    number = forms.CharField(
        max_length=160,
        label="Phone number",
        error_messages={"required": "Enter the number to look for."},
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "tel"}),
    )


def _is_there(model: type[Conversation | Contact], pk: UUID | None) -> bool:
    return pk is not None and model._default_manager.filter(pk=pk).exists()


def given(query: Mapping[str, str]) -> dict[str, str]:
    """What of a query string the form knows."""
    return {name: query[name] for name in ("scope", "conversation", "contact", *FILTER) if query.get(name)}


def is_filter(query: Mapping[str, str]) -> bool:
    """Whether the query string asks for less than everything."""
    wanted = filters.parse(query, member=0, sees_numbers=True)
    return wanted.view != "all" or wanted.is_narrowed
