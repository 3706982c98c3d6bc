"""Write down what the migrations come to, after one was added or changed."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from tenants import schema_script


class Command(BaseCommand):
    help = "Record tenants/schema.sql, from which new tenants' schemas are made, anew. Run after makemigrations."

    def handle(self, *args: Any, **options: Any) -> None:
        schema_script.FILE.write_text(schema_script.recorded(), encoding="utf-8")
        self.stdout.write(f"{schema_script.FILE.name} stands for the migrations as they are now.")
