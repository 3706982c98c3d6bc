"""One message, in or out."""

from __future__ import annotations

import uuid

from django.db import models

from bots.models.clock import ClockTimestamp
from bots.models.conversation import Conversation
from bots.models.turn import Turn


class Message(models.Model):
    """What was said. The row stands before the side effect: an outbound one is queued, then sent."""

    class Role(models.TextChoices):
        USER = "user"
        ASSISTANT = "assistant"

    class Direction(models.TextChoices):
        IN = "in"
        OUT = "out"

    class Status(models.TextChoices):
        """An outbound message's way; it never goes back. Inbound ones are `received`."""

        RECEIVED = "received"
        QUEUED = "queued"
        SENDING = "sending"
        SENT = "sent"
        DELIVERED = "delivered"
        READ = "read"
        FAILED = "failed"

    class Outcome(models.TextChoices):
        """What became of an inbound message; empty while it waits."""

        ANSWERED = "answered"
        MERGED = "merged", "merged into the answer to a later message"
        HUMAN = "human", "handed to a human"
        REFUSED = "refused"
        FAILED = "failed"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="messages")
    role = models.CharField(max_length=20, choices=Role)
    content = models.TextField(blank=True)
    timestamp = models.DateTimeField(db_default=ClockTimestamp())
    metadata = models.JSONField(default=dict, blank=True)

    direction = models.CharField(max_length=3, choices=Direction)
    kind = models.CharField(max_length=20, default="text")
    media = models.JSONField(default=list, blank=True)
    #: The provider's id. Unique, so that what is delivered twice is kept once.
    external_id = models.CharField(max_length=160, null=True, blank=True, unique=True)
    status = models.CharField(max_length=10, choices=Status)
    #: The turn that answered this (in), or that said this (out).
    turn = models.ForeignKey(Turn, on_delete=models.SET_NULL, null=True, blank=True, related_name="messages")
    outcome = models.CharField(max_length=10, choices=Outcome, blank=True)
    #: Why it was refused or failed, as one of the words in `bots.rules`.
    outcome_reason = models.CharField(max_length=200, blank=True)
    #: When the last send began, and how many were begun.
    sending_at = models.DateTimeField(null=True, blank=True)
    send_attempts = models.PositiveIntegerField(default=0)
    error_code = models.CharField(max_length=40, blank=True)
    error = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["timestamp"]
        indexes = [
            models.Index(fields=["conversation", "timestamp"]),
            models.Index(
                fields=["conversation"], condition=models.Q(direction="in", outcome=""), name="message_waiting"
            ),
            models.Index(
                fields=["conversation"], condition=models.Q(status__in=["queued", "sending"]), name="message_unsent"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.direction} message {self.id}"
