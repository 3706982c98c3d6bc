"""What a new release needs before its processes start. Safe to run again, and at the same time on several machines."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import connection

from tenants.models import Domain, Tenant


class Command(BaseCommand):
    help = "Migrate every schema, make the public tenant with the host of PUBLIC_BASE_URL, collect static files."

    def handle(self, *args: Any, **options: Any) -> None:
        verbosity = options["verbosity"]
        with _one_at_a_time():
            call_command("migrate_schemas", interactive=False, verbosity=max(0, verbosity - 1))
            self._public_tenant()
        if not settings.WHITENOISE_USE_FINDERS:
            call_command("collectstatic", interactive=False, verbosity=max(0, verbosity - 1))
        self.stdout.write("Ready.")

    def _public_tenant(self) -> None:
        tenant, _ = Tenant.objects.get_or_create(
            schema_name="public", defaults={"slug": "public", "name": "Switchboard"}
        )
        domain = Domain.objects.filter(domain=settings.PUBLIC_HOST).first()
        if domain is None:
            Domain.objects.create(domain=settings.PUBLIC_HOST, tenant=tenant, is_primary=True)
        elif domain.tenant_id != tenant.pk:
            self.stderr.write(f"{settings.PUBLIC_HOST} is the domain of tenant {domain.tenant}: no console there.")


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    """A second release waits for the first. The lock has a connection of its own: Django's is closed after each
    schema."""
    own = connection.copy()
    try:
        with own.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(hashtext('switchboard release'))")
            try:
                yield
            finally:
                cursor.execute("SELECT pg_advisory_unlock(hashtext('switchboard release'))")
    finally:
        own.close()
