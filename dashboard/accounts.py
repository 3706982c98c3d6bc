"""Signing in. Accounts come by onboarding or by invitation, never by signing up."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from smtplib import SMTPException
from typing import Any, ClassVar

from allauth.account import app_settings
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.authentication import get_authentication_records
from allauth.core import context
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from dashboard import wording

log = logging.getLogger(__name__)

#: allauth's codes for attempts that came too fast.
TOO_MANY = frozenset({"too_many_login_attempts", "rate_limited"})
#: allauth's names for the ways of signing in that show who it is.
SHOWN = frozenset({"password", "mfa"})


class AccountAdapter(DefaultAccountAdapter):
    """allauth's rules and sentences where ours differ."""

    error_messages: ClassVar[dict[str, Any]] = {
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": "This email address and password do not match.",
        "too_many_login_attempts": "Too many attempts. Wait a few minutes, then try again.",
        "rate_limited": "Too many attempts. Wait a few minutes, then try again.",
        "incorrect_password": "This is not your current password.",
        "enter_current_password": "This is not your current password.",
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def is_safe_url(self, url: str | None) -> bool:
        """Where signing in may lead: nowhere but on the host where it began, another tenant's least of all."""
        request = context.request
        return url_has_allowed_host_and_scheme(
            url or "", allowed_hosts={request.get_host()}, require_https=request.is_secure()
        )

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Not of whoever signed in a moment ago: the library counts only what was confirmed after that.

        The records are the session's own; where a second step is due, nobody is signed in before it is done.
        """
        request = context.request
        known = [one for one in get_authentication_records(request, request.user) if one["method"] in SHOWN]
        if known and time.time() - known[-1]["at"] < app_settings.REAUTHENTICATION_TIMEOUT:
            return False
        return super().is_reauthentication_required(app=app, **kwargs)

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("account")

    def get_email_verification_redirect_url(self, email_address: Any) -> str:
        return reverse("account") if context.request.user.is_authenticated else reverse("account_login")

    def validation_error(self, code: str, *args: Any) -> ValidationError:
        if code in TOO_MANY:
            context.request.too_many_attempts = True
        return super().validation_error(code, *args)

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """By address alone. The library adds the host; users are global, so each host would allow as many guesses."""
        return str(credentials.get("email", "")).lower()

    def format_email_subject(self, subject: str) -> str:
        """What it is about first: a list of mails shows the beginning."""
        return f"{subject} · Switchboard"

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        self.deliver(template_prefix, email=email, values=context)

    def deliver(self, template_prefix: str, *, email: str, values: dict[str, Any]) -> bool:
        """Mail `_subject.txt`, `_message.txt` and `_message.html`; False when the mail server did not take it.

        A mail server that is away spoils no change that was made, and tells nobody which addresses have an account.
        """
        request = context.request
        host = request.get_host()
        known = {
            "request": request,
            "email": email,
            "host": host,
            "place": request.tenant.name,
            "reset_lasts": wording.span(timedelta(seconds=settings.PASSWORD_RESET_TIMEOUT)),
            "confirmation_lasts": wording.span(timedelta(days=app_settings.EMAIL_CONFIRMATION_EXPIRE_DAYS)),
        }
        message = self.render_mail(template_prefix, email, {**known, **values})
        try:
            message.send()
        except (OSError, SMTPException) as error:
            log.error("A mail could not be sent (%s): %s", template_prefix, type(error).__name__)
            return False
        return True


def limited(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Attempts that came too fast get status 429, with the form and its sentence."""

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = view(request, *args, **kwargs)
        if getattr(request, "too_many_attempts", False) and response.status_code == 200:  # noqa: PLR2004
            response.status_code = 429
        return response

    return answer
