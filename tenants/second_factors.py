"""What the second step of signing in is checked against, encrypted at rest under FIELD_ENCRYPTION_KEY."""

from __future__ import annotations

from allauth.mfa.models import Authenticator
from cryptography.fernet import InvalidToken
from django.db import transaction
from encrypted_model_fields import fields

from tenants.secrets import SecretUnreadableError

#: Where allauth keeps them in an authenticator's data: an app's key, and what the recovery codes are made from.
SECRETS = ("secret", "seed")


def encrypted(text: str) -> str:
    return fields.encrypt_str(text).decode()


def decrypted(text: str) -> str:
    """Raises `SecretUnreadableError` when none of the keys opens it."""
    try:
        return fields.decrypt_str(text)
    except InvalidToken:
        raise SecretUnreadableError(
            "A second factor cannot be decrypted: FIELD_ENCRYPTION_KEY does not hold the key that it was written with. "
            "Add that key to the list."
        ) from None


def rotate() -> list[int]:
    """Encrypt all of them anew under the first key. Returns the ids of the authenticators that no key opens."""
    unreadable = []
    for pk in Authenticator.objects.exclude(type=Authenticator.Type.WEBAUTHN).values_list("pk", flat=True):
        with transaction.atomic():
            row = Authenticator.objects.select_for_update().get(pk=pk)
            try:
                row.data.update({name: encrypted(decrypted(row.data[name])) for name in SECRETS if name in row.data})
            except SecretUnreadableError:
                unreadable.append(pk)
                continue
            row.save(update_fields=["data"])
    return unreadable
