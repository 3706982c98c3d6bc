"""What members try out on their bot's draft. No contact, no conversation, no message: nothing here is ever sent."""

from __future__ import annotations

import uuid

from django.db import models

from bots.models.clock import ClockTimestamp


class PlaygroundQuestion(models.Model):
    """What a member asked. Their questions, oldest first, are their one chat, until they reset it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    #: The user's key: users are in the public schema.
    member_id = models.BigIntegerField()
    text = models.TextField()
    asked_at = models.DateTimeField(db_default=ClockTimestamp())

    class Meta:
        ordering = ["asked_at"]
        indexes = [models.Index(fields=["member_id", "asked_at"], name="playground_chat")]

    def __str__(self) -> str:
        return f"playground question {self.id}"


class PlaygroundAnswer(models.Model):
    """One answer, while it is written and afterwards. A worker takes it once; what a dead one left is not taken again:
    whether it is worth another call is for the member to say."""

    class Source(models.TextChoices):
        """Which of the bot's configurations answers."""

        DRAFT = "draft"
        PUBLISHED = "published"

    class State(models.TextChoices):
        WAITING = "waiting"
        WRITING = "writing"
        DONE = "done"
        FAILED = "failed"
        STOPPED = "stopped"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    #: The constraint's index finds them.
    question = models.ForeignKey(PlaygroundQuestion, on_delete=models.CASCADE, related_name="answers", db_index=False)
    source = models.CharField(max_length=9, choices=Source)
    #: The published version that answered; null: the draft.
    version = models.PositiveIntegerField(null=True, blank=True)
    state = models.CharField(max_length=7, choices=State, default=State.WAITING)
    #: Until then a worker will have taken it, or written more of it. Afterwards nobody will.
    lease_until = models.DateTimeField()
    #: The model's own words, as far as they have come.
    text = models.TextField(blank=True)

    provider = models.CharField(max_length=50, blank=True)
    model_name = models.CharField(max_length=100, blank=True)
    is_fallback = models.BooleanField(default=False)
    #: As `Turn` has them.
    prompt = models.JSONField(default=list)
    passages = models.JSONField(default=list)
    input_tokens = models.PositiveIntegerField(default=0)
    output_tokens = models.PositiveIntegerField(default=0)
    #: The provider counted nothing, or the answer was broken off: the tokens are our guess.
    is_estimate = models.BooleanField(default=False)
    attempts = models.PositiveIntegerField(default=0)
    #: Milliseconds: {"retrieval": ..., "first_words": ..., "ai": ...}.
    timings = models.JSONField(default=dict)
    #: What the bot says besides the AI's words, before them: [[why, text], ...], by `bots.playground.playing`.
    said = models.JSONField(default=list, db_default=models.Value([], models.JSONField()))
    #: Why there is no answer, or why it is the fallback's: our words, and one of `bots.playground.writing.Problem`.
    error = models.CharField(max_length=300, blank=True)
    problem = models.CharField(max_length=20, blank=True)
    #: What the provider said about it.
    detail = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["source"]
        constraints = [models.UniqueConstraint(fields=["question", "source"], name="one_answer_a_source")]

    def __str__(self) -> str:
        return f"playground answer {self.id}"
