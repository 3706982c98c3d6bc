"""A file that came with a message."""

from __future__ import annotations

import uuid

from django.db import models

from bots.models.clock import ClockTimestamp
from bots.models.message import Message


class MediaFile(models.Model):
    """One file of a message, from its fetch to the end of its time. The row stands before the fetch; the file is kept
    under the row's id, which no sender chooses. What was read in it is kept here, so that nobody pays for it twice."""

    class State(models.TextChoices):
        FETCHING = "fetching"
        KEPT = "kept"
        READ = "read", "kept, and what it says is known"
        FAILED = "failed"
        EXPIRED = "expired", "its time is over; what was read in it stays"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="files")
    #: Its place in `Message.media`.
    index = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=10, choices=State, default=State.FETCHING)
    #: What its first bytes say that it is, where they are known; else what the provider says.
    content_type = models.CharField(max_length=100, blank=True)
    #: The sender's name for it, to be shown and never to be used as a path.
    name = models.CharField(max_length=200, blank=True)
    bytes = models.PositiveIntegerField(default=0)
    sha256 = models.CharField(max_length=64, blank=True)
    #: What was said or is written in it.
    text = models.TextField(blank=True)
    #: Why it could not be fetched or read, as one of the words in `bots.media.files`.
    error = models.CharField(max_length=40, blank=True)
    created_at = models.DateTimeField(db_default=ClockTimestamp())
    expires_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["message", "index"], name="one_row_a_file")]
        indexes = [
            models.Index(fields=["expires_at"], condition=~models.Q(state="expired"), name="file_to_expire"),
        ]

    def __str__(self) -> str:
        return f"file {self.id}"
