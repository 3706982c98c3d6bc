"""JSON in templates. The rules are in `dashboard.json_tree`."""

from __future__ import annotations

from typing import Any

from django import template

from dashboard.json_tree import Node, tree

register = template.Library()


@register.filter
def json_tree(value: Any) -> Node:
    return tree(value)
