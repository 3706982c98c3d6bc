"""How people get in: by a link that was sent to their address, good once, for a week."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Literal

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone

from tenants.models import AuditEntry, Invitation, Membership, Tenant, User

VALID_FOR = timedelta(days=7)

State = Literal["open", "accepted", "revoked", "expired"]


class InvitationGoneError(Exception):
    """The invitation was accepted, revoked or expired in the meantime."""


def invite(*, tenant: Tenant, email: str, role: str, invited_by: User | None) -> tuple[Invitation, str]:
    """A new invitation and its token, which is told this once. One that was open for the address is revoked."""
    token = secrets.token_urlsafe(32)
    now = timezone.now()
    with transaction.atomic():
        # Two at once for one address wait for one another.
        Tenant.objects.select_for_update(no_key=True).get(pk=tenant.pk)
        open_invitations(tenant).filter(email__iexact=email).update(revoked_at=now)
        invitation = Invitation.objects.create(
            tenant=tenant,
            email=email.lower(),
            role=role,
            token_hash=_hash(token),
            invited_by=invited_by,
            expires_at=now + VALID_FOR,
        )
        detail = {"email": invitation.email, "role": role}
        AuditEntry.objects.create(tenant=tenant, actor=invited_by, action="invitation.sent", detail=detail)
    return invitation, token


def invitation_path(token: str) -> str:
    """The path of the link, on the tenant's host."""
    return reverse("invitation", kwargs={"token": token})


def password_path(user: User) -> str:
    """The path where a user sets a password without knowing the old one. Good once, for PASSWORD_RESET_TIMEOUT."""
    key = f"{user_pk_to_url_str(user)}-{default_token_generator.make_token(user)}"
    uidb36, _, token = key.partition("-")
    return reverse("account_reset_password_from_key", kwargs={"uidb36": uidb36, "key": token})


def open_invitations(tenant: Tenant) -> QuerySet[Invitation]:
    """Those that nobody accepted or revoked, expired ones among them."""
    return Invitation.objects.filter(tenant=tenant, accepted_at=None, revoked_at=None)


def revoke(invitation: Invitation, *, by: User) -> None:
    """The link stops working. Raises `InvitationGoneError` where it was accepted already."""
    with transaction.atomic():
        waiting = Invitation.objects.filter(pk=invitation.pk, accepted_at=None, revoked_at=None)
        if waiting.update(revoked_at=timezone.now()) != 1:
            raise InvitationGoneError
        detail = {"email": invitation.email, "role": invitation.role}
        AuditEntry.objects.create(tenant=invitation.tenant, actor=by, action="invitation.revoked", detail=detail)


def find(token: str, *, tenant: Tenant) -> Invitation | None:
    """The invitation of this link to this tenant."""
    found = Invitation.objects.filter(token_hash=_hash(token), tenant=tenant)
    return found.select_related("tenant", "invited_by").first()


def state(invitation: Invitation, *, now: datetime) -> State:
    if invitation.accepted_at:
        return "accepted"
    if invitation.revoked_at:
        return "revoked"
    return "expired" if invitation.is_expired(now=now) else "open"


def newcomer(invitation: Invitation) -> bool:
    """Whether the address belongs to nobody yet, or to an account that was made for them and never used."""
    user = User.objects.filter(email__iexact=invitation.email).first()
    return user is None or (user.is_active and user.last_login is None and not user.has_usable_password())


@transaction.atomic
def register(invitation: Invitation, *, name: str, password: str) -> User:
    """Accept for somebody new. Following the link has shown that the address is theirs.

    Raises `InvitationGoneError`; then there is no account either.
    """
    _claim(invitation)
    if not newcomer(invitation):
        raise InvitationGoneError
    user = User.objects.filter(email__iexact=invitation.email).first()
    if user is None:
        user = User.objects.create_user(invitation.email)
    user.name = name
    user.set_password(password)
    user.save(update_fields=["name", "password"])
    _join(invitation, user=user)
    return user


@transaction.atomic
def accept(invitation: Invitation, *, user: User) -> None:
    """Accept for somebody who has an account. Raises `InvitationGoneError`, also for an account of another address."""
    _claim(invitation)
    if user.email.lower() != invitation.email.lower():
        raise InvitationGoneError
    _join(invitation, user=user)


def _claim(invitation: Invitation) -> None:
    now = timezone.now()
    waiting = Invitation.objects.filter(pk=invitation.pk, accepted_at=None, revoked_at=None, expires_at__gt=now)
    if waiting.update(accepted_at=now) != 1:
        raise InvitationGoneError


def _join(invitation: Invitation, *, user: User) -> None:
    """Somebody who is a member already stays what they are."""
    Membership.objects.get_or_create(user=user, tenant=invitation.tenant, defaults={"role": invitation.role})
    detail = {"email": user.email, "role": invitation.role}
    AuditEntry.objects.create(tenant=invitation.tenant, actor=user, action="invitation.accepted", detail=detail)


def _hash(token: str) -> str:
    """A hash without salt: the token is 256 random bits, which nobody guesses from it."""
    return hashlib.sha256(token.encode()).hexdigest()
