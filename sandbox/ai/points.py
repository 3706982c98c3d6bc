"""Embeddings without a model: a text is the sum of its words, each of which points where its hash says.

https://platform.openai.com/docs/api-reference/embeddings/create
"""

from __future__ import annotations

import hashlib
import math
import re
from typing import Any

DIMENSIONS = 256
WORD = re.compile(r"\w+")


def problem(asked: Any) -> str:
    """What is wrong with a request, or nothing."""
    if not isinstance(asked, dict) or not asked.get("model"):
        return "you must provide a model parameter"
    texts = asked.get("input")
    if not isinstance(texts, (str, list)) or not texts or "" in texts:
        return "'$.input' is invalid"
    return ""


def answer(asked: dict[str, Any]) -> dict[str, Any]:
    texts = [asked["input"]] if isinstance(asked["input"], str) else asked["input"]
    used = sum(len(WORD.findall(text)) for text in texts)
    return {
        "object": "list",
        "data": [{"object": "embedding", "index": at, "embedding": point_of(text)} for at, text in enumerate(texts)],
        "model": asked["model"],
        "usage": {"prompt_tokens": used, "total_tokens": used},
    }


def point_of(text: str) -> list[float]:
    """A point of length 1; the same for the same words in any order."""
    point = [0.0] * DIMENSIONS
    for word in WORD.findall(text.lower()):
        digest = hashlib.sha256(word.encode()).digest()
        # Three places for a word: two words seldom share more than one.
        for at in range(0, 6, 2):
            point[int.from_bytes(digest[at : at + 2]) % DIMENSIONS] += 1.0
    length = math.hypot(*point) or 1.0
    return [number / length for number in point]
