"""What a bot says besides the AI's answers, at one moment and in the tenant's own words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from bots import hours, own_texts, texts
from bots.commands import Command
from bots.models import AIConfiguration

NOTICES = {**texts.NOTICES, "closed": texts.CLOSED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Notices:
    """`at`: when the contact wrote (aware)."""

    tenant_name: str
    configuration: AIConfiguration | None
    at: datetime

    @property
    def is_closed(self) -> bool:
        """Whether it is outside the hours, where that makes a difference."""
        kept = self.configuration
        if kept is None or kept.outside_hours == "always":
            return False
        return not hours.is_open(kept.hours, at=self.at, time_zone=kept.time_zone)

    @property
    def is_silent(self) -> bool:
        """Whether the AI is not asked, because of the hour."""
        return self.is_closed and self.configuration is not None and self.configuration.outside_hours == "closed"

    @property
    def greeting(self) -> str:
        """What a new contact reads first; empty: nothing."""
        return own_texts.fill(self.configuration.greeting, known=self._known) if self.configuration else ""

    @property
    def closed_note(self) -> str:
        """What stands before an answer outside the hours; empty within them."""
        return self.worded(texts.CLOSED_NOTE) if self.is_closed and not self.is_silent else ""

    def of(self, reason: str) -> str:
        """What is said once for this reason (`bots.rules`)."""
        return self.worded(NOTICES[reason])

    def worded(self, text: str) -> str:
        """A fixed text in the tenant's words."""
        return own_texts.worded(text, own=self._own, known=self._known)

    def reply_to(self, command: Command) -> str:
        return own_texts.reply_to(command, own=self._own, business=self.tenant_name)

    @property
    def _own(self) -> Mapping[str, str]:
        return self.configuration.texts if self.configuration else {}

    @property
    def _known(self) -> dict[str, str]:
        known = {"business": self.tenant_name}
        if self.configuration:
            week, time_zone = self.configuration.hours, self.configuration.time_zone
            known["hours"] = hours.in_words(week)
            known["opens"] = hours.opens_in_words(week, at=self.at, time_zone=time_zone)
        return known
