"""Who changed what, for which tenant."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from tenants.models.tenant import Tenant


class AuditEntry(models.Model):
    """One change. Written in the transaction of the change itself, never updated, without secrets."""

    created_at = models.DateTimeField(auto_now_add=True)
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, null=True, related_name="audit")
    #: Empty when the platform's own command line did it.
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True)
    #: What was done, as object.verb: `tenant.created`, `channel.updated`.
    action = models.CharField(max_length=60)
    #: Names of what changed; of secrets the name alone.
    detail = models.JSONField(default=dict)

    class Meta:
        ordering = ["-created_at"]
        indexes = [models.Index(fields=["tenant", "-created_at"])]

    def __str__(self) -> str:
        return self.action
