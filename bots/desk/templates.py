"""A channel's templates: what WhatsApp approved, for whoever has to write outside the 24 hours."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict

from django.db import connection

from bots import store
from bots.connections import client_of
from bots.models import Channel
from bots.whatsapp.base import Template
from tenants.context import release_connection

__all__ = ["Template", "approved", "filled"]

#: Seconds. WhatsApp takes minutes to days to approve a template.
KEPT_FOR = 300


def approved(channel: Channel) -> list[Template]:
    """By name. Asked of the provider, and remembered for some minutes.

    Raises `WhatsAppError`, `SecretUnreadableError`.
    """
    key = f"{connection.schema_name}:templates:{channel.pk}"  # type: ignore[attr-defined]
    with store.may_be_away():
        if text := store.client().get(key):
            return [Template(**{**kept, "variables": tuple(kept["variables"])}) for kept in json.loads(text)]
    client = client_of(channel)
    release_connection()
    found = sorted(client.list_templates(), key=lambda template: (template.name, template.language))
    with store.may_be_away():
        store.client().set(key, json.dumps([asdict(template) for template in found]), ex=KEPT_FOR)
    return found


def filled(template: Template, *, variables: Mapping[str, str]) -> str:
    """The template's text as its reader sees it."""
    return re.sub(
        r"{{\s*([\w.-]+)\s*}}", lambda found: variables.get(found[1], found[0]), template.body, flags=re.ASCII
    )
