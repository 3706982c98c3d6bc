"""Let a suspended tenant's bot speak again."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from tenants import standing
from tenants.models import Tenant


class Command(BaseCommand):
    help = "Resume a suspended tenant. What came in meanwhile stays unanswered."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("slug")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            standing.resume(options["slug"])
        except Tenant.DoesNotExist:
            raise CommandError(f"There is no tenant {options['slug']}.") from None
        self.stdout.write(f"{options['slug']} is active.")
