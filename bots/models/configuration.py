"""How a tenant's bot answers."""

from __future__ import annotations

from django.db import models

from bots.ai import transcription
from tenants.secrets import SecretField


class AIConfiguration(models.Model):
    """One version of the bot: provider, prompt and conversation rules (`bots.publishing`).

    A published version never changes; the active one holds for the next message. Turns point at the version that they
    used. The draft is the one row in which edits gather. A row's fallback, another provider that is asked when the
    first fails, is a row too: of its columns only the provider's count. Neither has a number or is ever active.
    """

    #: Null: the draft, or the fallback of another row.
    version = models.PositiveIntegerField(unique=True, null=True, blank=True)
    is_active = models.BooleanField(default=True)
    is_draft = models.BooleanField(default=False, db_default=False)
    fallback = models.OneToOneField(
        "self", on_delete=models.SET_NULL, null=True, blank=True, related_name="fallback_of"
    )

    provider = models.CharField(max_length=50)
    #: The tenant's own key; empty: the platform's, where the provider is the platform's too.
    api_key = SecretField(blank=True, default="")
    model_name = models.CharField(max_length=100, blank=True)
    base_url = models.URLField(max_length=300, blank=True)
    max_tokens = models.IntegerField(default=1000)
    temperature = models.FloatField(default=0.7)
    system_prompt = models.TextField(blank=True)
    #: Whether the model sees images; null: its name tells (`bots.ai.vision`).
    vision = models.BooleanField(null=True, blank=True)

    #: Who writes down voice notes: OpenAI, or the server at this address. Without a key nobody does.
    transcription_base_url = models.URLField(max_length=300, blank=True, default="")
    transcription_api_key = SecretField(blank=True, default="")
    transcription_model = models.CharField(max_length=100, default=transcription.MODEL)
    #: ISO 639-1; empty: the service finds it out.
    transcription_language = models.CharField(max_length=10, blank=True, default="")

    #: Seconds after the last message that a conversation is remembered.
    ttl_seconds = models.PositiveIntegerField(default=3600)
    max_context_messages = models.PositiveIntegerField(default=10)
    rate_limit_per_minute = models.PositiveIntegerField(default=20)
    #: Seconds to wait for the rest of a burst.
    reply_delay_seconds = models.FloatField(default=1.5)
    #: The languages whose commands are understood, besides English (`bots.commands.WORDS`).
    languages = models.JSONField(default=list, blank=True)
    #: Seconds that the bot is silent after a contact asked for a person; 0: until a person gives it back.
    handover_pause_seconds = models.PositiveIntegerField(default=43_200)

    #: An IANA name: in whose time the hours are meant and {time} is told.
    time_zone = models.CharField(max_length=64, default="UTC", db_default="UTC")
    #: Opening hours (`bots.hours.Week`); a day without spans is closed.
    hours = models.JSONField(default=dict, blank=True)
    #: What outside the hours happens (`bots.hours.OUTSIDE`).
    outside_hours = models.CharField(max_length=10, default="always", db_default="always")
    #: What a new contact reads before the first answer; empty: nothing.
    greeting = models.TextField(blank=True, default="", db_default="")
    #: The fixed texts that the tenant words itself, by their keys (`bots.own_texts.TEXTS`).
    texts = models.JSONField(default=dict, blank=True)

    #: A version's: why, by whom (an email address; empty: by an onboarding file) and when.
    note = models.CharField(max_length=300, blank=True, default="", db_default="")
    published_by = models.CharField(max_length=254, blank=True, default="", db_default="")
    published_at = models.DateTimeField(null=True, blank=True)
    #: The draft's: grows with each change; {column: {"revision": ..., "by": ..., "at": ...}} of each column's last one;
    #: the version from which it was begun.
    revision = models.PositiveIntegerField(default=0, db_default=0)
    edits = models.JSONField(default=dict, blank=True)
    based_on = models.PositiveIntegerField(null=True, blank=True)

    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["is_active"], condition=models.Q(is_active=True), name="one_active_configuration"
            ),
            models.UniqueConstraint(fields=["is_draft"], condition=models.Q(is_draft=True), name="one_draft"),
            models.CheckConstraint(
                condition=models.Q(version__isnull=False) | models.Q(is_active=False), name="a_fallback_is_never_active"
            ),
        ]

    def __str__(self) -> str:
        return f"version {self.version}" if self.version is not None else "draft" if self.is_draft else "fallback"
