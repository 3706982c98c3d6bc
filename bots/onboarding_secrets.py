"""Stored secrets that no key opens: a file that gives them anew replaces them, another is told which they are."""

from __future__ import annotations

from typing import Any

from django.db import connection, models
from django.db.models.functions import Cast

from tenants.onboarding import OnboardingError
from tenants.secrets import SecretUnreadableError, opens


def differs(row: models.Model, *, field: str, value: Any, key: str) -> bool:
    """Whether the row, loaded without its secrets, holds something else than the file gives.

    A secret that no key opens differs from every other. Raises `OnboardingError` where the file, under its key `key`,
    gives none to replace it.
    """
    try:
        return bool(getattr(row, field) != value)
    except SecretUnreadableError:
        if value:
            return True
    tenant = connection.schema_name.replace("_", "-")  # type: ignore[attr-defined]
    raise OnboardingError(
        [
            f"{key}: {type(row).__name__}.{field} of {tenant} was written with a key that FIELD_ENCRYPTION_KEY does "
            "not hold. Add that key to the list, or name here the environment variable with the secret to replace it"
        ]
    )


def forget_unreadable(rows: models.QuerySet[Any], *, field: str) -> None:
    """Empty the secrets of superseded rows that no key opens: what replaces them is there, and nobody can use them."""
    stored = rows.values_list("pk", Cast(field, models.TextField()))
    rows.filter(pk__in=[pk for pk, secret in stored if not opens(secret)]).update(**{field: ""})
