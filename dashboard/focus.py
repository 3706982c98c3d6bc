"""Where the cursor stands when a form comes back with mistakes."""

from __future__ import annotations

from django.forms import Form


def on_first_wrong(form: Form) -> None:
    """In the first field that is wrong; nowhere where none is. Its widget is this form's own: no other one changes."""
    if wrong := next((name for name in form.fields if name in form.errors), None):
        form.fields[wrong].widget.attrs["autofocus"] = True
