"""A connected WhatsApp number."""

from __future__ import annotations

import uuid

from django.db import models

from tenants.secrets import SecretDictField


class Channel(models.Model):
    """A number at a provider, and the credentials to speak with it. `tenants.Route` leads to it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    provider = models.CharField(max_length=20)
    #: The destination as the provider names it; Twilio: the number in E.164, Meta: the phone number id.
    address = models.CharField(max_length=160)
    #: The provider's account, as its webhooks name it; Twilio: the AccountSid, Meta: empty.
    account_id = models.CharField(max_length=100)
    #: Twilio: {"auth_token": ...}. Meta: {"access_token": ..., "app_secret": ..., "verify_token": ...}.
    credentials = SecretDictField(default=dict, blank=True)
    #: Why the provider refused our credentials the last time; empty once it takes them.
    error = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["provider", "address"], name="one_channel_a_destination")]

    def __str__(self) -> str:
        return f"{self.provider} channel {self.id}"
