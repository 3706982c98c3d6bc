"""Keep a tenant's bot silent."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from tenants import standing
from tenants.models import Tenant


class Command(BaseCommand):
    help = "Suspend a tenant: its messages are kept, its bot answers nobody. `resume` ends it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("slug")
        parser.add_argument("--reason", default="", help="shown to the tenant's admins")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            standing.suspend(options["slug"], reason=options["reason"])
        except Tenant.DoesNotExist:
            raise CommandError(f"There is no tenant {options['slug']}.") from None
        self.stdout.write(f"{options['slug']} is suspended.")
