"""Which tenants have secrets that no key opens: looked for by beat, read by the console, /readyz and /metrics.

A wrong FIELD_ENCRYPTION_KEY shows nowhere else until a message comes, and then answers nobody.
"""

from __future__ import annotations

import json
import logging

from django.apps import apps
from django.db import Error, models, transaction
from django.db.models import Q
from django.db.models.functions import Cast
from django_tenants.utils import schema_context

from bots import store
from bots.models import AIConfiguration
from tenants.context import DATABASE_AWAY, release_connection
from tenants.models import Tenant
from tenants.secrets import opens, secret_fields

logger = logging.getLogger(__name__)

FOUND = "secrets:unreadable"
#: Seconds after which nobody knows any more: beat is down.
KNOWN_FOR = 1800
#: The rows that a tenant works with, where those are not all: other versions are history, or a draft.
IN_USE: dict[type[models.Model], Q] = {AIConfiguration: Q(is_active=True) | Q(fallback_of__is_active=True)}


def look() -> dict[str, list[str]]:
    """Ask every tenant that is not closed, and keep what was found for `found`. A tenant's slug to its fields."""
    with schema_context("public"):
        tenants = Tenant.objects.exclude(schema_name="public").exclude(status=Tenant.Status.CLOSED)
        named = list(tenants.values_list("slug", "schema_name"))
    unreadable = {slug: fields for slug, schema in named if (fields := _asked(slug, schema=schema))}
    with store.may_be_away():
        store.client().set(FOUND, json.dumps(unreadable), ex=KNOWN_FOR)
    return unreadable


def found() -> dict[str, list[str]] | None:
    """What the last look found; None where nobody knows of one."""
    with store.may_be_away():
        if text := store.client().get(FOUND):
            known: dict[str, list[str]] = json.loads(text)
            return known
    return None


def fields_in_use() -> list[str]:
    """The secrets that the tenant whose schema this is works with and that no key opens, as `Channel.credentials`."""
    return sorted(
        f"{model.__name__}.{name}"
        for model in apps.get_app_config("bots").get_models()
        for name in secret_fields(model)
        if not all(map(opens, _stored(model, field=name)))
    )


def _asked(slug: str, *, schema: str) -> list[str]:
    try:
        with schema_context(schema), transaction.atomic():
            fields = fields_in_use()
    except (Error, *DATABASE_AWAY) as error:
        logger.error("The secrets of %s could not be looked at (%s)", slug, type(error).__name__)
        return []
    finally:
        release_connection()
    if fields:
        logger.error("No key in FIELD_ENCRYPTION_KEY opens %s of %s", ", ".join(fields), slug)
    return fields


def _stored(model: type[models.Model], *, field: str) -> list[str]:
    """What lies in the column, as it is."""
    rows = model._default_manager.filter(IN_USE.get(model, Q()))
    return list(rows.values_list(Cast(field, models.TextField()), flat=True))
