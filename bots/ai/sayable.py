"""An answer as it can be said on WhatsApp: something to read, and no more of it than a few messages hold."""

from __future__ import annotations

import logging
import unicodedata

from bots.ai.base import AIError, Completion

logger = logging.getLogger(__name__)

#: Characters: twenty of Twilio's messages. `max_tokens` is only asked of a provider; what ignores it could write ten
#: megabytes, thousands of messages to one phone, and keep a worker from everybody else for minutes by formatting them.
LONGEST = 32_000
CUT = "…"


def sayable(answer: Completion) -> Completion:
    """The answer, cut off where it is too long. Raises `AIError` where there is nothing in it that could be seen."""
    if not any(map(_is_seen, answer)):
        raise AIError("an answer without anything to be read", kind="unavailable")
    if len(answer) <= LONGEST:
        return answer
    logger.warning("An answer of %d characters is cut off after %d", len(answer), LONGEST)
    return Completion(
        answer[: LONGEST - len(CUT)] + CUT,
        input_tokens=answer.input_tokens,
        output_tokens=answer.output_tokens,
        model=answer.model,
        finish_reason="length",
    )


def _is_seen(character: str) -> bool:
    """Neither a space nor a character without a shape of its own: https://www.unicode.org/reports/tr44/#GC_Values_Table"""
    category = unicodedata.category(character)
    return category[0] != "Z" and category not in ("Cc", "Cf")
