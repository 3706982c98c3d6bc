"""Which of the bot's configurations is tried."""

from __future__ import annotations

from bots import publishing
from bots.models import AIConfiguration, PlaygroundAnswer
from bots.versions import versions

Source = PlaygroundAnswer.Source


def configuration_of(source: str) -> AIConfiguration | None:
    """The draft, or what is published while nobody has changed anything; None where the bot was never set up."""
    if source == Source.PUBLISHED:
        return publishing.active()
    return versions().filter(is_draft=True).first() or publishing.active()
