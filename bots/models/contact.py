"""A WhatsApp user who wrote to one of the tenant's numbers."""

from __future__ import annotations

import uuid

from django.contrib.postgres.indexes import GinIndex
from django.db import models

from bots.models.channel import Channel


class Contact(models.Model):
    """Known by an opaque identity: a phone number is none any more, it may be missing and it may change hands."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    channel = models.ForeignKey(Channel, on_delete=models.CASCADE, related_name="contacts", db_index=False)
    #: The provider's user id where it gives one, else the phone number.
    identity = models.CharField(max_length=160)
    #: Where answers go, as the provider wants it.
    reply_to = models.CharField(max_length=170)
    #: E.164; empty for people who hide it behind a username.
    phone = models.CharField(max_length=20, blank=True)
    profile_name = models.CharField(max_length=200, blank=True)
    language = models.CharField(max_length=20, blank=True)
    #: They wrote STOP, or the provider says so: nothing is sent to them until they write START.
    opted_out = models.BooleanField(default=False)
    opted_out_at = models.DateTimeField(null=True, blank=True)
    #: A member blocked them: what they write is kept, and nobody answers it.
    blocked_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["channel", "identity"], name="one_contact_an_identity")]
        # How people are searched: by a part of their name or number.
        indexes = [
            GinIndex(
                fields=["profile_name", "phone"], opclasses=["gin_trgm_ops", "gin_trgm_ops"], name="contact_trigrams"
            ),
        ]

    def __str__(self) -> str:
        return f"contact {self.id}"
