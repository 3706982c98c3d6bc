"""Secrets at rest: encrypted, unreadable without the right key, written by forms and never shown by them."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

from cryptography.fernet import InvalidToken
from django import forms
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.db import models
from encrypted_model_fields import fields as encrypted


class SecretUnreadableError(ImproperlyConfigured):
    """A stored secret that none of the keys in FIELD_ENCRYPTION_KEY opens."""


class SecretField(encrypted.EncryptedTextField):
    """Text that is encrypted in its column.

    The library's field hands on ciphertext when the key is wrong, takes input that happens to be a valid token for
    ciphertext, lets `bulk_update` and expressions destroy the secret, and dumps plain text. This one fails closed.
    An empty secret is stored as the empty string.
    """

    def from_db_value(self, value: str | None, expression: Any = None, connection: Any = None) -> Any:
        if not value:
            return value
        try:
            return _opened(value, encrypted.CRYPTER)
        except InvalidToken:
            schema = getattr(connection, "schema_name", "public")
            raise SecretUnreadableError(
                f"{schema}: {self.model.__name__}.{self.name} cannot be decrypted: "
                "FIELD_ENCRYPTION_KEY does not hold the key that it was written with. Add that key to the list, or set "
                "the secret anew with `manage.py onboard` and the tenant's file."
            ) from None

    def to_python(self, value: Any) -> Any:
        return models.TextField.to_python(self, value)

    def get_db_prep_save(self, value: Any, connection: Any) -> Any:
        if hasattr(value, "resolve_expression"):
            raise TypeError(
                f"{self.name} is a secret: set it on the object and save() it, expressions cannot be encrypted"
            )
        if not value:
            return value
        return encrypted.encrypt_str(str(value)).decode()

    def value_to_string(self, obj: models.Model) -> str:
        """What `dumpdata` prints: nothing."""
        return ""

    def formfield(self, *args: Any, **kwargs: Any) -> Any:
        # Fields with a callable default repeat what is stored in a hidden input, unless told not to.
        shown = {"widget": forms.PasswordInput(render_value=False), "show_hidden_initial": False}
        return super().formfield(**{**shown, **kwargs})


@lru_cache(maxsize=256)
def _opened(stored: str, keys: object) -> str:
    """What lies in a secret's column, by the process's `keys`. Kept, as the SDKs' clients keep it: opening the two of a
    turn took 5 % of its CPU."""
    return encrypted.decrypt_str(stored)


class SecretDictField(SecretField):
    """A flat dict of secrets by name, encrypted as one JSON text."""

    def from_db_value(self, value: str | None, expression: Any = None, connection: Any = None) -> dict[str, str]:
        text = super().from_db_value(value, expression, connection)
        return json.loads(text) if text else {}

    def to_python(self, value: Any) -> Any:
        try:
            named = value if isinstance(value, dict) else json.loads(value or "{}")
        except ValueError:
            named = None
        if not isinstance(named, dict):
            raise ValidationError("Give names and their secrets as a JSON object.")
        return named

    def get_prep_value(self, value: Any) -> Any:
        return value

    def get_db_prep_save(self, value: Any, connection: Any) -> Any:
        text = json.dumps(value, sort_keys=True) if isinstance(value, dict) and value else value or ""
        return super().get_db_prep_save(text, connection)


def opens(stored: str) -> bool:
    """Whether one of the keys opens what lies in a secret's column; nothing of it is handed on. An empty secret is
    open."""
    try:
        if stored:
            encrypted.decrypt_str(stored)
    except InvalidToken:
        return False
    return True


def secret_fields(model: type[models.Model]) -> list[str]:
    """The names of a model's secret columns."""
    return [field.name for field in model._meta.get_fields() if isinstance(field, SecretField)]
