"""A link by which somebody without a password chooses one."""

from __future__ import annotations

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.urls import reverse

from tenants.models import User


def invitation_path(user: User) -> str:
    """The path, on a tenant's host, where the user sets their password. Good once, for PASSWORD_RESET_TIMEOUT."""
    key = f"{user_pk_to_url_str(user)}-{default_token_generator.make_token(user)}"
    uidb36, _, token = key.partition("-")
    return reverse("account_reset_password_from_key", kwargs={"uidb36": uidb36, "key": token})
