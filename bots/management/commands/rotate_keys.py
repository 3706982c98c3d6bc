"""Encrypt every tenant's secrets anew."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.core.management.base import BaseCommand, CommandError
from django.db import models, transaction
from django_tenants.utils import schema_context

from tenants.models import Tenant
from tenants.secrets import SecretUnreadableError, secret_fields


class Command(BaseCommand):
    help = (
        "Re-encrypt all secrets of all tenants under the first key of FIELD_ENCRYPTION_KEY. "
        "Put the new key first, run this, then drop the old key from the list."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        failures = 0
        for tenant in Tenant.objects.exclude(schema_name="public"):
            with schema_context(tenant.schema_name):
                for model in apps.get_app_config("bots").get_models():
                    if fields := secret_fields(model):
                        failures += self._rotate(tenant, model=model, fields=fields)
        if failures:
            raise CommandError(f"{failures} secrets could not be read and were left as they are. Keep the old keys.")
        self.stdout.write("All secrets are encrypted under the first key.")

    def _rotate(self, tenant: Tenant, *, model: type[models.Model], fields: list[str]) -> int:
        """Row by row, each locked while it is read and written; returns the number of rows that no key opens."""
        failures = 0
        for pk in model._default_manager.values_list("pk", flat=True):
            try:
                with transaction.atomic():
                    row = model._default_manager.select_for_update().get(pk=pk)
                    row.save(update_fields=fields)
            except SecretUnreadableError:
                failures += 1
                self.stderr.write(f"{tenant.slug}: {model.__name__} {pk} cannot be read with any of the keys")
        return failures
