"""A connected WhatsApp number."""

from __future__ import annotations

import uuid

from django.db import models

from tenants.secrets import SecretDictField


class Channel(models.Model):
    """A number at a provider, and the credentials to speak with it. `tenants.Route` leads to it.

    One that was removed stays, without credentials and without a route: its conversations are still the tenant's.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    provider = models.CharField(max_length=20)
    #: The destination as the provider names it; Twilio: the number in E.164, Meta: the phone number id.
    address = models.CharField(max_length=160)
    #: How the tenant calls it; empty: by its number.
    name = models.CharField(max_length=80, blank=True, default="", db_default="")
    #: E.164, where that is not the address; empty: the provider has not told it yet.
    phone = models.CharField(max_length=20, blank=True, default="", db_default="")
    #: Twilio: the AccountSid. Meta: the id of the WhatsApp Business Account, empty where nobody gave it.
    account_id = models.CharField(max_length=100)
    #: Twilio: {"auth_token": ...}. Meta: {"access_token": ..., "app_secret": ..., "verify_token": ...}.
    credentials = SecretDictField(default=dict, blank=True)
    #: When somebody gave them on the dashboard; null: an onboarding file did.
    credentials_set_at = models.DateTimeField(null=True, blank=True)
    #: Why the provider refused our credentials the last time; empty once it takes them.
    error = models.CharField(max_length=300, blank=True)
    #: What the provider said when it was asked last: `bots.channels.findings`.
    findings = models.JSONField(default=dict, blank=True, db_default=models.Value({}, models.JSONField()))
    #: The last test message that an admin sent to their own phone.
    test_message_id = models.UUIDField(null=True, blank=True)
    removed_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["provider", "address"], name="one_channel_a_destination")]

    def __str__(self) -> str:
        return f"{self.provider} channel {self.id}"
