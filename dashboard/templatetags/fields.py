"""How a form's field is shown on one page and not on another."""

from __future__ import annotations

from django import template
from django.forms import BoundField

register = template.Library()


@register.filter
def focused(field: BoundField) -> BoundField:
    """The field, with the cursor in it when the page opens. Its widget is this form's own: no other one changes."""
    field.field.widget.attrs["autofocus"] = True
    return field
