"""Create or update tenants from files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from bots.onboarding import onboard
from tenants.invitations import invitation_path, invite
from tenants.models import Membership
from tenants.onboarding import OnboardingError


class Command(BaseCommand):
    help = "Create or update the tenant that each FILE.toml describes. The second time it changes nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("files", type=Path, nargs="+", metavar="FILE.toml")

    def handle(self, *args: Any, **options: Any) -> None:
        for file in options["files"]:
            self._onboard(file)

    def _onboard(self, file: Path) -> None:
        try:
            done = onboard(file)
        except OnboardingError as error:
            mistakes = "\n".join(f"  {mistake}" for mistake in error.mistakes)
            raise CommandError(f"{file} was not applied, nothing was changed:\n{mistakes}") from None
        self.stdout.write(f"{done.tenant.name} ({done.tenant.slug}) on {done.domain}")
        for change in done.changes or ["nothing to change"]:
            self.stdout.write(f"  {change}")
        if not done.owner.has_usable_password():
            scheme, _, rest = settings.PUBLIC_BASE_URL.partition("://")
            port = rest.rpartition(":")[2] if ":" in rest else ""
            host = f"{done.domain}:{port}" if port else done.domain
            owner = Membership.Role.OWNER
            _, token = invite(tenant=done.tenant, email=done.owner.email, role=owner, invited_by=None)
            self.stdout.write(f"  invitation for the owner: {scheme}://{host}{invitation_path(token)}")
