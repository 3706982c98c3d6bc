"""A group of fields that are saved to the draft together."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, ClassVar

from django import forms

from bots.drafts import marks, marks_of
from bots.models import AIConfiguration
from bots.versions import FALLBACK


class GroupForm(forms.Form):
    """Its fields are columns of the configuration, unless a group says otherwise in `shown` and `changes`."""

    title: ClassVar[str]
    #: The draft's columns (or `fallback`) that the group sets.
    columns: ClassVar[tuple[str, ...]]

    def __init__(self, *args: Any, row: AIConfiguration, slug: str, **kwargs: Any) -> None:
        super().__init__(*args, **{"initial": self.shown(row), "auto_id": f"{slug}-%s", **kwargs})
        self.row = row
        self.adapt()

    def shown(self, row: AIConfiguration) -> dict[str, Any]:
        """The fields' values."""
        return {name: getattr(row, name) for name in self.columns}

    def adapt(self) -> None:
        """Fit the fields to the row."""

    def changes(self) -> dict[str, Any]:
        """The columns as they shall be, once the form is valid."""
        return {name: self.cleaned_data[name] for name in self.columns}

    def fallback(self) -> dict[str, Any] | None:
        """The fallback's columns; None: the group says nothing of it."""
        return None

    def seen(self) -> str:
        """The marks of what the row holds, for the page to send along."""
        return json.dumps(marks(self.row, *self.columns))

    def typed(self) -> str:
        """The marks of what is in the fields, once that is saved."""
        fallback = self.fallback()
        return json.dumps(marks_of({**self.changes(), **({} if fallback is None else {FALLBACK: fallback})}))

    def lock(self) -> None:
        """For somebody who may only look."""
        for field in self.fields.values():
            field.disabled = True


def read_seen(text: str) -> Mapping[str, str] | None:
    """What `GroupForm.seen` gave; None where it is anything else."""
    try:
        given = json.loads(text)
    except ValueError:
        return None
    is_marks = isinstance(given, dict) and all(isinstance(mark, str) for mark in given.values())
    return given if is_marks else None


def lines(text: str) -> str:
    """A textarea's value as it was typed: browsers send line breaks in their own way, and blanks at the ends."""
    return text.replace("\r\n", "\n").replace("\0", "").strip()
