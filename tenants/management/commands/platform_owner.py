"""Let somebody into the platform console."""

from __future__ import annotations

import os
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.validators import validate_email

from tenants.invitations import password_path
from tenants.models import AuditEntry, User


class Command(BaseCommand):
    help = "Make EMAIL a platform owner. Somebody new gets a link by which to choose a password."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--password-env", default="", help="the environment variable that holds a password instead")

    def handle(self, *args: Any, **options: Any) -> None:
        password = os.environ.get(options["password_env"], "") if options["password_env"] else None
        if password == "":
            raise CommandError(f"The environment variable {options['password_env']} is not set.")
        try:
            validate_email(options["email"])
        except ValidationError:
            raise CommandError(f"{options['email']} is no email address.") from None
        user = User.objects.filter(email__iexact=options["email"]).first()
        if user is None:
            user = User.objects.create_user(options["email"], password)
        if not user.is_staff:
            user.is_staff = True
            user.save(update_fields=["is_staff"])
            AuditEntry.objects.create(action="platform.owner_added", detail={"user": user.pk})
        self.stdout.write(f"{user.email} is a platform owner.")
        if not user.has_usable_password():
            self.stdout.write(f"  invitation: {settings.PUBLIC_BASE_URL}{password_path(user)}")
