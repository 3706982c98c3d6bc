"""How a toast is undone. The rules are in `dashboard.toasts`."""

from __future__ import annotations

from django import template

from dashboard import toasts

register = template.Library()


@register.filter
def undo_url(tags: str | None) -> str:
    return toasts.undo_url(tags)
