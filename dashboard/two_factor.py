"""The second step of signing in: codes from an app, passkeys, recovery codes."""

from __future__ import annotations

from typing import Any, ClassVar

from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.utils.safestring import SafeString, mark_safe

from tenants.models import User
from tenants.second_factors import decrypted, encrypted


class SecondFactorAdapter(DefaultMFAAdapter):
    """allauth's rules and sentences where ours differ."""

    error_messages: ClassVar[dict[str, Any]] = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": "This code is not right. Codes change every 30 seconds, and each works once.",
        "cannot_generate_recovery_codes": "Recovery codes come with an app or a passkey: set up one of these first.",
    }

    def encrypt(self, text: str) -> str:
        return encrypted(text)

    def decrypt(self, encrypted_text: str) -> str:
        return decrypted(encrypted_text)

    def get_totp_issuer(self) -> str:
        """One account for all tenants: the app shows the product's name."""
        return "Switchboard"

    def build_totp_svg(self, url: str) -> SafeString:
        """The drawing alone, to stand in a page: the XML declaration before it is not for HTML."""
        drawing = super().build_totp_svg(url)
        return mark_safe(drawing[drawing.index("<svg") :])  # noqa: S308 (made by qrcode, of black squares)

    def generate_authenticator_name(self, user: User, type: Authenticator.Type) -> str:
        """A passkey works on the host where it was made and on no other, so the host is its first name."""
        return f"Passkey for {context.request.get_host().partition(':')[0]}"
