"""What members do in conversations, besides answering."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models.functions import Lower

from bots.models.clock import ClockTimestamp
from bots.models.conversation import Conversation
from bots.models.turn import Turn


class Note(models.Model):
    """What members tell one another about a conversation. Nothing of it is ever sent, or told to a model."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    #: The index below finds them.
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="notes", db_index=False)
    #: The key of a user, who is in the public schema, and how they were called then.
    author_id = models.BigIntegerField()
    author = models.CharField(max_length=150)
    text = models.TextField()
    created_at = models.DateTimeField(db_default=ClockTimestamp())

    class Meta:
        ordering = ["created_at"]
        indexes = [models.Index(fields=["conversation", "created_at"], name="note_of_conversation")]

    def __str__(self) -> str:
        return f"note {self.id}"


class ReadMark(models.Model):
    """How far a member has read a conversation: what came later is unread for them."""

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="read_marks", db_index=False)
    member_id = models.BigIntegerField()
    #: The timestamp of the last message that they saw.
    read_until = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["conversation", "member_id"], name="one_read_mark_a_member")]

    def __str__(self) -> str:
        return f"read until {self.read_until}"


class CannedReply(models.Model):
    """A text that members send often: `/` and its shortcut put it into the composer."""

    #: Without the slash.
    shortcut = models.CharField(max_length=40)
    text = models.TextField()
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = [Lower("shortcut")]
        constraints = [models.UniqueConstraint(Lower("shortcut"), name="one_canned_reply_a_shortcut")]

    def __str__(self) -> str:
        return f"/{self.shortcut}"


class Suggestion(models.Model):
    """An answer of the bot's that is not sent, for a member to use: withheld because they took over while it was made,
    or drafted because they asked for it."""

    class Kind(models.TextChoices):
        WITHHELD = "withheld"
        DRAFTED = "drafted"

    class State(models.TextChoices):
        WAITING = "waiting"
        WRITING = "writing"
        READY = "ready"
        FAILED = "failed"
        USED = "used"
        DISMISSED = "dismissed"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="suggestions", db_index=False)
    kind = models.CharField(max_length=10, choices=Kind)
    state = models.CharField(max_length=10, choices=State)
    #: As WhatsApp would have it: formatted for it, to be sent as it stands.
    text = models.TextField(blank=True)
    #: The turn that made it.
    turn = models.ForeignKey(Turn, on_delete=models.SET_NULL, null=True, blank=True, related_name="suggestions")
    #: The member who asked for it; null: withheld.
    asked_by_id = models.BigIntegerField(null=True, blank=True)
    #: Until then a worker will have written it. Afterwards nobody will.
    lease_until = models.DateTimeField(null=True, blank=True)
    error = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(db_default=ClockTimestamp())

    class Meta:
        ordering = ["-created_at"]
        indexes = [models.Index(fields=["conversation", "-created_at"], name="suggestion_of_conversation")]

    def __str__(self) -> str:
        return f"{self.kind} suggestion {self.id}"


class AnswerMark(models.Model):
    """What a member thinks of an answer, kept for later evaluations of the bot."""

    class Verdict(models.TextChoices):
        RIGHT = "right"
        WRONG = "wrong"

    turn = models.OneToOneField(Turn, on_delete=models.CASCADE, related_name="mark")
    verdict = models.CharField(max_length=5, choices=Verdict)
    #: What the bot should have said; empty: nobody wrote it down.
    better_answer = models.TextField(blank=True)
    author_id = models.BigIntegerField()
    author = models.CharField(max_length=150)
    marked_at = models.DateTimeField(db_default=ClockTimestamp())

    class Meta:
        ordering = ["-marked_at"]

    def __str__(self) -> str:
        return f"{self.verdict} answer"


class InboxSettings(models.Model):
    """How a tenant's inbox works: one row, or none where nothing was ever changed."""

    #: Seconds after which somebody who still waits for an answer raises the alarm.
    waiting_alarm_seconds = models.PositiveIntegerField(default=300)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(pk=1), name="one_row_of_inbox_settings")]

    def __str__(self) -> str:
        return f"alarm after {self.waiting_alarm_seconds} s"
