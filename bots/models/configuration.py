"""How a tenant's bot answers."""

from __future__ import annotations

from django.db import models

from tenants.secrets import SecretField


class AIConfiguration(models.Model):
    """One published version of the bot: provider, prompt and conversation rules.

    A change makes a new row; the active one holds for the next message. Turns point at the version that they used.
    """

    version = models.PositiveIntegerField(unique=True)
    is_active = models.BooleanField(default=True)

    provider = models.CharField(max_length=50)
    #: The tenant's own key; empty: the platform's, where the provider is the platform's too.
    api_key = SecretField(blank=True, default="")
    model_name = models.CharField(max_length=100, blank=True)
    base_url = models.URLField(max_length=300, blank=True)
    max_tokens = models.IntegerField(default=1000)
    temperature = models.FloatField(default=0.7)
    system_prompt = models.TextField(blank=True)

    #: Seconds after the last message that a conversation is remembered.
    ttl_seconds = models.PositiveIntegerField(default=3600)
    max_context_messages = models.PositiveIntegerField(default=10)
    rate_limit_per_minute = models.PositiveIntegerField(default=20)
    #: Seconds to wait for the rest of a burst.
    reply_delay_seconds = models.FloatField(default=1.5)

    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["is_active"], condition=models.Q(is_active=True), name="one_active_configuration"
            )
        ]

    def __str__(self) -> str:
        return f"version {self.version}"
