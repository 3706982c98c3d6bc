"""Which destination leads to which tenant, and what arrived for nobody."""

from __future__ import annotations

from django.db import models

from tenants.models.tenant import Tenant


class Route(models.Model):
    """A destination that a provider's webhooks name, claimed by one tenant's channel."""

    provider = models.CharField(max_length=20)
    #: Twilio: the number in E.164. Meta: the phone number id.
    address = models.CharField(max_length=160)
    #: Meta: the SHA-256 of the verify token, by which a request that names nothing else is recognised.
    verification = models.CharField(max_length=64, blank=True, default="", db_default="", db_index=True)
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="routes")
    #: The `Channel` in the tenant's schema.
    channel_id = models.UUIDField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["provider", "address"], name="one_tenant_a_destination")]

    def __str__(self) -> str:
        return f"{self.provider} -> {self.tenant_id}"


class UnroutedWebhook(models.Model):
    """A webhook request that reached no tenant. Kept without people's words: nobody's signature vouched for them."""

    timestamp = models.DateTimeField(auto_now_add=True)
    method = models.CharField(max_length=10)
    path = models.CharField(max_length=200)
    provider = models.CharField(max_length=20, blank=True)
    #: The destination that the request named, cut to size.
    address = models.CharField(max_length=160, blank=True)
    headers = models.JSONField()
    #: The names of the fields that came, without their values.
    fields = models.JSONField()
    body_bytes = models.IntegerField()
    response_status = models.IntegerField()
    reason = models.CharField(max_length=200)

    class Meta:
        ordering = ["-timestamp"]
        indexes = [models.Index(fields=["-timestamp"])]

    def __str__(self) -> str:
        return f"{self.response_status} {self.reason}"
