"""Which of the bot's configurations is tried."""

from __future__ import annotations

from bots.drafts import standing
from bots.models import AIConfiguration, PlaygroundAnswer

Source = PlaygroundAnswer.Source


def configuration_of(source: str) -> AIConfiguration | None:
    """The draft, as it would begin where nobody has begun one; None where nothing is published."""
    found = standing()
    return found.published if source == Source.PUBLISHED else found.draft
