"""Encrypt every tenant's secrets anew, and what people's second steps are checked against."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.core.management.base import BaseCommand, CommandError
from django.db import models, transaction
from django_tenants.utils import schema_context

from tenants import second_factors
from tenants.models import Tenant
from tenants.secrets import SecretUnreadableError, secret_fields


class Command(BaseCommand):
    help = (
        "Re-encrypt all secrets of all tenants under the first key of FIELD_ENCRYPTION_KEY. "
        "Put the new key first, run this, then drop the old key from the list."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        failures: dict[str, int] = {}
        for tenant in Tenant.objects.exclude(schema_name="public"):
            with schema_context(tenant.schema_name):
                for model in apps.get_app_config("bots").get_models():
                    fields = secret_fields(model)
                    if fields and (count := self._rotate(tenant, model=model, fields=fields)):
                        failures[tenant.slug] = failures.get(tenant.slug, 0) + count
        if unreadable := second_factors.rotate():
            failures["people's second steps"] = len(unreadable)
            self.stderr.write(f"Authenticators {unreadable} cannot be read with any of the keys")
        if failures:
            raise CommandError(
                f"{sum(failures.values())} secrets could not be read and were left as they are, of "
                f"{', '.join(failures)}. Keep the old keys, add the one that is missing, or apply those tenants' "
                "files with `onboard`: secrets that a file gives are written anew."
            )
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
                self.stderr.write(
                    f"{tenant.slug}: {model.__name__} {pk} cannot be read with any of the keys ({', '.join(fields)})"
                )
        return failures
