"""One message, in or out."""

from __future__ import annotations

import uuid

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector
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
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="messages", db_index=False)
    role = models.CharField(max_length=20, choices=Role)
    content = models.TextField(blank=True)
    timestamp = models.DateTimeField(db_default=ClockTimestamp())
    metadata = models.JSONField(default=dict, blank=True)

    direction = models.CharField(max_length=3, choices=Direction)
    kind = models.CharField(max_length=20, default="text")
    media = models.JSONField(default=list, blank=True)
    #: What the model was told of a message with files: its words, what was said and written in them, and what they are
    #: (`bots.media.telling`). Empty where that is just `content`.
    told = models.TextField(blank=True, default="", db_default="")
    #: The provider's id. Unique, so that what is delivered twice is kept once.
    external_id = models.CharField(max_length=160, null=True, blank=True)  # noqa: DJ001 (unique; many have none)
    status = models.CharField(max_length=10, choices=Status)
    #: The turn that answered this (in), or that said this (out).
    turn = models.ForeignKey(
        Turn, on_delete=models.SET_NULL, null=True, blank=True, related_name="messages", db_index=False
    )
    outcome = models.CharField(max_length=10, choices=Outcome, blank=True)
    #: Why it was refused or failed, as one of the words in `bots.rules`.
    outcome_reason = models.CharField(max_length=200, blank=True)
    #: When the last send began, and how many were begun.
    sending_at = models.DateTimeField(null=True, blank=True)
    send_attempts = models.PositiveIntegerField(default=0)
    error_code = models.CharField(max_length=40, blank=True)
    error = models.CharField(max_length=300, blank=True)
    #: When the provider took it, had it delivered, saw it read: by our clock; null where nobody reported it.
    sent_at = models.DateTimeField(null=True, blank=True)
    delivered_at = models.DateTimeField(null=True, blank=True)
    read_at = models.DateTimeField(null=True, blank=True)
    #: The member who wrote it: the key of a user, who is in the public schema; and how they were called then. Null and
    #: empty: the bot.
    author_id = models.BigIntegerField(null=True, blank=True)
    author = models.CharField(max_length=150, blank=True, default="", db_default="")

    class Meta:
        ordering = ["timestamp"]
        # Each index is paid for by each message: none that another one covers, hence no indexes by default above.
        constraints = [models.UniqueConstraint(fields=["external_id"], name="one_message_an_external_id")]
        indexes = [
            models.Index(fields=["conversation", "timestamp"]),
            models.Index(fields=["turn"], condition=models.Q(turn__isnull=False), name="message_of_turn"),
            models.Index(
                fields=["conversation"], condition=models.Q(direction="in", outcome=""), name="message_waiting"
            ),
            models.Index(
                fields=["conversation"], condition=models.Q(status__in=["queued", "sending"]), name="message_unsent"
            ),
            models.Index(fields=["-timestamp"], name="message_recent"),
            models.Index(
                fields=["conversation", "-timestamp"],
                condition=models.Q(status="failed") | models.Q(outcome="failed"),
                name="message_failed",
            ),
            # Words as they stand, of any language.
            GinIndex(SearchVector("content", config="simple"), name="message_words"),
        ]

    def __str__(self) -> str:
        return f"{self.direction} message {self.id}"

    @property
    def in_words(self) -> str:
        """What a model is told of it."""
        return self.told or self.content
