"""What a version of the bot holds, and how it is read: a secret that no key opens hides no row."""

from __future__ import annotations

from typing import Any, Final

from django.db.models import Field, Q, QuerySet

from bots.models import AIConfiguration
from tenants.secrets import SecretUnreadableError, secret_fields

#: What the row knows about itself. Everything else is what an admin decides.
BOOKKEEPING = frozenset(
    {
        "id",
        "version",
        "is_active",
        "fallback",
        "is_draft",
        "revision",
        "edits",
        "based_on",
        "note",
        "published_by",
        "published_at",
        "created_at",
        "updated_at",
    }
)
#: What a fallback has of its own; the conversation's rules are the first configuration's.
OF_A_FALLBACK = ("provider", "api_key", "model_name", "base_url", "max_tokens", "temperature")
#: The name under which a fallback's columns are spoken of together: it is one decision.
FALLBACK: Final = "fallback"


def decided_fields() -> list[Field]:
    """The columns that an admin decides, in the model's order."""
    return [field for field in AIConfiguration._meta.concrete_fields if field.name not in BOOKKEEPING]


def versions() -> QuerySet[AIConfiguration]:
    """All rows, with their fallbacks. A secret is read when it is asked for, by a query of its own."""
    secrets = secret_fields(AIConfiguration)
    return AIConfiguration.objects.select_related("fallback").defer(
        *secrets, *(f"fallback__{name}" for name in secrets)
    )


def load(which: Q) -> list[AIConfiguration]:
    """Rows with their secrets, by one query where all of these can be read."""
    try:
        return list(AIConfiguration.objects.select_related("fallback").filter(which))
    except SecretUnreadableError:
        return list(versions().filter(which))


def active() -> AIConfiguration | None:
    """What answers now."""
    return next(iter(load(Q(is_active=True))), None)


def value_of(configuration: AIConfiguration | None, name: str) -> Any:
    """A column's value; empty for a secret that no key opens, and where there is no configuration."""
    try:
        return getattr(configuration, name) if configuration else ""
    except SecretUnreadableError:
        return ""


def values_of(configuration: AIConfiguration) -> dict[str, Any]:
    """What the admin decided, secrets in the clear: for another row, never for a page."""
    return {field.name: value_of(configuration, field.name) for field in decided_fields()}


def fallback_values(row: AIConfiguration | None) -> dict[str, Any]:
    """The columns of a fallback; empty where there is none."""
    return {name: value_of(row, name) for name in OF_A_FALLBACK} if row else {}


def fallback_row(values: dict[str, Any]) -> AIConfiguration | None:
    """A row of its own for these columns: no two configurations share a fallback."""
    return AIConfiguration.objects.create(**values, version=None, is_active=False) if values else None


def differs(row: AIConfiguration | None, values: dict[str, Any]) -> bool:
    """Whether a fallback (None: there is none) has other columns than these (empty: there shall be none)."""
    if row is None or not values:
        return bool(values) or row is not None
    return any(value_of(row, name) != value for name, value in values.items())
