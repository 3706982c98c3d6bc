"""A letter that lets somebody into a tenant."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from tenants.models.tenant import Tenant
from tenants.models.user import Membership


class Invitation(models.Model):
    """Whoever holds the link may become a member with this role, once. The link's token is kept as a hash only."""

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="invitations")
    email = models.EmailField()
    role = models.CharField(max_length=10, choices=Membership.Role)
    #: SHA-256 of the token, in hex.
    token_hash = models.CharField(max_length=64, unique=True)
    #: Empty when the platform's own command line sent it.
    invited_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(
                Lower("email"),
                "tenant",
                condition=Q(accepted_at=None, revoked_at=None),
                name="one_open_invitation_an_address",
            )
        ]

    def __str__(self) -> str:
        return f"{self.email} as {self.role} of {self.tenant_id}"

    def is_expired(self, *, now: datetime) -> bool:
        return now >= self.expires_at
