"""How long a text is for a model, about: pure, and without a provider's encoding."""

from __future__ import annotations

import math
import re

#: Of English and other texts in Latin letters, about so many characters are one token; elsewhere nearly each is one.
#: https://help.openai.com/en/articles/4936856-what-are-tokens-and-how-to-count-them
LATIN = 4.0
OTHERS = 1.2
ELSEWHERE = re.compile(r"[^\u0000-\u024f\u2000-\u206f]")


def estimate(text: str) -> int:
    """Tokens, give or take a fifth: providers count each in their own way."""
    elsewhere = len(ELSEWHERE.findall(text))
    return math.ceil((len(text) - elsewhere) / LATIN + elsewhere / OTHERS)
