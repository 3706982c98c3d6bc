"""What a tenant takes with it, and what it had erased."""

from __future__ import annotations

import uuid

from django.db import models

from bots.models.clock import ClockTimestamp


class Export(models.Model):
    """A file with conversations, made by a worker and kept for a while."""

    class Scope(models.TextChoices):
        CONVERSATION = "conversation", "one conversation"
        FILTER = "filter", "what a filter of the inbox finds"
        CONTACT = "contact", "all that is kept of one contact"
        ALL = "all", "everything"

    class Format(models.TextChoices):
        JSON = "json", "JSON"
        CSV = "csv", "CSV"
        HTML = "html", "HTML"

    class State(models.TextChoices):
        WAITING = "waiting"
        WRITING = "writing"
        READY = "ready"
        FAILED = "failed"
        EXPIRED = "expired"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    scope = models.CharField(max_length=12, choices=Scope)
    format = models.CharField(max_length=4, choices=Format)
    #: What the scope is about: {"conversation": id}, {"contact": id}, or the filter as it stands in the inbox's URL.
    criteria = models.JSONField(default=dict)
    state = models.CharField(max_length=7, choices=State, default=State.WAITING)
    #: Conversations written, and how many there are; null: not counted yet.
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(null=True, blank=True)
    #: Where the file is, in the tenant's part of the media storage; empty: nowhere.
    file = models.CharField(max_length=200, blank=True)
    bytes = models.PositiveBigIntegerField(default=0)
    #: The member who asked for it: the key of a user, who is in the public schema, and how they were called then.
    asked_by_id = models.BigIntegerField()
    asked_by = models.CharField(max_length=150)
    created_at = models.DateTimeField(db_default=ClockTimestamp())
    #: Until then a worker will have written more of it; claims so far.
    lease_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    expires_at = models.DateTimeField()
    error = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.format} export {self.id}"


class Erasure(models.Model):
    """The proof that one contact's data was erased. It says nothing of who they were."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    #: An HMAC of the identity: whoever knows the number can see that this is about it, nobody else can.
    contact_digest = models.CharField(max_length=64)
    #: How many rows of each table, and files, are gone: {"messages": 12, ...}.
    erased = models.JSONField(default=dict)
    asked_by_id = models.BigIntegerField()
    asked_by = models.CharField(max_length=150)
    erased_at = models.DateTimeField(db_default=ClockTimestamp())

    class Meta:
        ordering = ["-erased_at"]
        indexes = [models.Index(fields=["contact_digest"], name="erasure_of_contact")]

    def __str__(self) -> str:
        return f"erasure {self.id}"
