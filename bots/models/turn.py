"""One answer to everything not yet answered, and why it was that answer."""

from __future__ import annotations

import uuid

from django.db import models

from bots.models.clock import ClockTimestamp
from bots.models.configuration import AIConfiguration
from bots.models.conversation import Conversation


class Turn(models.Model):
    """Written with the reply, in one transaction; never changed after."""

    class Outcome(models.TextChoices):
        ANSWERED = "answered"
        APOLOGISED = "apologised", "the AI gave no answer; the user was told"
        NOTICE = "notice", "a fixed text, without the AI"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="turns", db_index=False)
    configuration = models.ForeignKey(AIConfiguration, on_delete=models.SET_NULL, null=True, db_index=False)
    outcome = models.CharField(max_length=12, choices=Outcome)
    provider = models.CharField(max_length=50, blank=True)
    model_name = models.CharField(max_length=100, blank=True)
    #: The first provider failed (`error` says how), and this one is the configuration's fallback.
    is_fallback = models.BooleanField(default=False, db_default=False)
    #: The chat as the model got it: [{"role": ..., "content": ...}].
    prompt = models.JSONField(default=list)
    #: The knowledge used: [{"title": ..., "text": ..., "score": ..., "source": its id}].
    passages = models.JSONField(default=list)
    #: The model's own text, before it was formatted for WhatsApp.
    answer = models.TextField(blank=True)
    input_tokens = models.PositiveIntegerField(default=0)
    output_tokens = models.PositiveIntegerField(default=0)
    #: US dollars by the list price of that day; None: nobody knows the price, or nobody counted the tokens.
    cost = models.DecimalField(max_digits=16, decimal_places=10, null=True)
    #: Calls made to the AI.
    attempts = models.PositiveIntegerField(default=0)
    #: Milliseconds: {"waited": from the first message to the claim, "queued": of these, those for a free worker,
    #: "files": to open what came along, "retrieval": ..., "ai": all calls together}.
    timings = models.JSONField(default=dict)
    error = models.CharField(max_length=300, blank=True)
    #: A conversation's turns follow one another: their order is the order of its history.
    created_at = models.DateTimeField(db_default=ClockTimestamp())

    class Meta:
        ordering = ["-created_at"]
        indexes = [models.Index(fields=["conversation", "-created_at"])]

    def __str__(self) -> str:
        return f"turn {self.id}"
