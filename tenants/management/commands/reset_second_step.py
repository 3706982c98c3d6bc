"""Let somebody in again who lost their app, their passkeys and their recovery codes."""

from __future__ import annotations

from typing import Any

from allauth.mfa.models import Authenticator
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from tenants.models import AuditEntry, User


class Command(BaseCommand):
    help = (
        "Take app, passkeys and recovery codes from EMAIL's account: a password lets them in again. Be sure that it is "
        "they who ask. A tenant that requires a second step leads them to set one up anew."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(email__iexact=options["email"]).first()
        if user is None:
            raise CommandError(f"There is no account {options['email']}.")
        with transaction.atomic():
            count, _ = Authenticator.objects.filter(user=user).delete()
            if count:
                AuditEntry.objects.create(action="user.second_step_reset", detail={"user": user.pk})
        self.stdout.write(
            f"{user.email} signs in with a password alone." if count else f"{user.email} has no second step."
        )
