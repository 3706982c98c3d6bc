"""What is said between one contact and the bot, until it rests."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.db import models

from bots.models.contact import Contact
from bots.models.label import Label


class Conversation(models.Model):
    """A session with one contact, and the row by which workers agree on who speaks in it.

    `due_at` is set while anything is left to do: a message to answer, a reply to send. Whoever holds the lease does
    it, alone; a lease that ran out is anybody's, and `fence` tells the old holder from the new one.
    """

    class Mode(models.TextChoices):
        BOT = "bot"
        HUMAN = "human"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="conversations")
    #: Found by the index below; one of its own would be written anew with each message.
    user_phone = models.CharField(max_length=20, blank=True)
    started_at = models.DateTimeField(auto_now_add=True)
    last_activity = models.DateTimeField(auto_now=True)
    is_active = models.BooleanField(default=True)
    metadata = models.JSONField(default=dict, blank=True)
    #: Who speaks. A person who takes over sets `human` and no `paused_until`.
    mode = models.CharField(max_length=10, choices=Mode, default=Mode.BOT)
    #: The contact asked for a person, and none has taken over yet: until then the bot is silent.
    paused_until = models.DateTimeField(null=True, blank=True)
    #: Whose it is: the key of a user, who is in the public schema.
    assignee_id = models.BigIntegerField(null=True, blank=True)
    labels = models.ManyToManyField(Label, blank=True, related_name="conversations")

    #: When the work is to be done; null: there is none.
    due_at = models.DateTimeField(null=True, blank=True)
    #: Since when somebody waits for an answer.
    waiting_since = models.DateTimeField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    #: Grows with each claim; the fencing token of the lease.
    fence = models.BigIntegerField(default=0)
    #: Claims since the last one that came to an end: how a message that kills its worker is found.
    attempts = models.PositiveIntegerField(default=0)
    #: When the sweeper last rang for it.
    rung_at = models.DateTimeField(null=True, blank=True)
    #: The model is told nothing of the turns before this: the user typed /reset.
    context_from = models.DateTimeField(null=True, blank=True)
    #: Grows with whatever changes the history; names the copy in Redis, so that a stale copy is never read.
    history_version = models.BigIntegerField(default=0)

    class Meta:
        ordering = ["-last_activity"]
        indexes = [
            models.Index(fields=["user_phone", "is_active"]),
            models.Index(fields=["due_at"], condition=models.Q(due_at__isnull=False), name="conversation_due"),
            # The lists of the inbox, newest first, and who has waited longest.
            models.Index(fields=["-last_activity", "-id"], name="conversation_recent"),
            models.Index(
                fields=["-last_activity", "-id"], condition=models.Q(mode="human"), name="conversation_of_people"
            ),
            models.Index(
                fields=["assignee_id", "-last_activity", "-id"],
                condition=models.Q(assignee_id__isnull=False),
                name="conversation_assigned",
            ),
            models.Index(
                fields=["waiting_since"], condition=models.Q(waiting_since__isnull=False), name="conversation_waiting"
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["contact"], condition=models.Q(is_active=True), name="one_active_conversation"
            )
        ]

    def __str__(self) -> str:
        return f"conversation {self.id}"

    @property
    def is_with_a_person(self) -> bool:
        """Somebody took it over; only they give it back."""
        return self.mode == self.Mode.HUMAN and self.paused_until is None

    def waits_for_a_person(self, *, at: datetime) -> bool:
        """The contact asked for one, and at that time the bot was still to be silent for them."""
        return self.mode == self.Mode.HUMAN and self.paused_until is not None and self.paused_until > at
