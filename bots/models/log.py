"""Every request that a provider made for this tenant."""

from __future__ import annotations

import uuid

from django.db import models

from bots.models.channel import Channel
from bots.models.message import Message

#: Milliseconds. A webhook that took so long is a slow one.
SLOW = 500.0


class WebhookLog(models.Model):
    """One webhook request: what came, what was answered, what it led to. Without signatures and secrets."""

    class Kind(models.TextChoices):
        MESSAGE = "message"
        STATUS = "status"

    class Outcome(models.TextChoices):
        ACCEPTED = "accepted", "kept; see the message"
        REPEAT = "repeat", "a repeat of a message that is kept already"
        UPDATED = "updated", "a delivery status was raised"
        IGNORED = "ignored", "a status that changes nothing"
        FORGED = "forged", "the signature or the account is wrong"
        MALFORMED = "malformed", "the request lacks what it must hold"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    timestamp = models.DateTimeField(auto_now_add=True)
    method = models.CharField(max_length=10)
    headers = models.JSONField()
    body = models.JSONField()
    response_status = models.IntegerField()
    #: Milliseconds.
    processing_time = models.FloatField()
    error = models.TextField(blank=True, null=True)  # noqa: DJ001 (as in the design)

    kind = models.CharField(max_length=10, choices=Kind)
    outcome = models.CharField(max_length=10, choices=Outcome)
    channel = models.ForeignKey(Channel, on_delete=models.SET_NULL, null=True, db_index=False)
    message = models.ForeignKey(Message, on_delete=models.SET_NULL, null=True, blank=True, related_name="webhooks")
    #: When a member last had it processed again.
    processed_again_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-timestamp"]
        indexes = [
            models.Index(fields=["timestamp"]),
            models.Index(fields=["channel", "timestamp"], condition=models.Q(outcome="forged"), name="webhook_refused"),
            # Few among many, and what people look for: requests that were refused, and slow ones.
            models.Index(
                fields=["-timestamp"],
                condition=models.Q(outcome__in=["forged", "malformed", "ignored", "repeat"]),
                name="webhook_uncommon",
            ),
            models.Index(fields=["-timestamp"], condition=models.Q(processing_time__gte=SLOW), name="webhook_slow"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.outcome} {self.response_status}"


class WebhookTally(models.Model):
    """How many requests an hour had, and how long they took: what a histogram of weeks is drawn from. Counted by the
    housekeeping, once the hour is over."""

    #: The hour's beginning.
    hour = models.DateTimeField()
    channel = models.ForeignKey(Channel, on_delete=models.CASCADE, null=True, db_index=False)
    kind = models.CharField(max_length=10, choices=WebhookLog.Kind)
    outcome = models.CharField(max_length=10, choices=WebhookLog.Outcome)
    count = models.PositiveIntegerField()
    #: Milliseconds, of all together.
    processing_time = models.FloatField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["hour", "channel", "kind", "outcome"], nulls_distinct=False, name="one_tally_an_hour"
            )
        ]

    def __str__(self) -> str:
        return f"{self.count} {self.kind} {self.outcome} from {self.hour}"
