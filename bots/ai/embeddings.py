"""Texts as points in a space of meaning, by OpenAI's `embeddings` or any server that speaks it.

https://platform.openai.com/docs/api-reference/embeddings/create
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

from bots.ai import endpoints

MODEL = "text-embedding-3-small"
PROVIDER = "The embeddings service"
#: Texts in one request; the largest points have 3072 numbers, of some 20 bytes each as JSON.
MOST_TEXTS = 64
#: pgvector computes with no more: https://github.com/pgvector/pgvector#reference
MOST_DIMENSIONS = 16_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Embedder:
    """One connection to an embeddings service. `timeout` is in seconds, for one whole call."""

    api_key: str = field(repr=False)
    base_url: str = ""
    model: str = MODEL
    timeout: float = 30.0
    private_hosts: Collection[str] = ()

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """A point for each of at most `MOST_TEXTS` texts, in their order, all of one length. One attempt. Raises
        `AIError`."""
        return endpoints.post(
            "/embeddings",
            provider=PROVIDER,
            api_key=self.api_key,
            base_url=self.base_url,
            timeout=self.timeout,
            private_hosts=self.private_hosts,
            read=lambda answer: _points(answer, count=len(texts)),
            json={"model": self.model, "input": list(texts), "encoding_format": "float"},
        )


def _points(answer: Any, *, count: int) -> list[list[float]]:
    """The points by their `index`. Raises `ValueError` and its kin for an answer of another shape."""
    points = {row["index"]: [float(number) for number in row["embedding"]] for row in answer["data"]}
    ordered = [points[index] for index in range(count)]
    if any(not 0 < len(point) <= MOST_DIMENSIONS or len(point) != len(ordered[0]) for point in ordered):
        raise ValueError("points of different spaces")
    if any(number != number or abs(number) > 1e6 for point in ordered for number in point):  # noqa: PLR0124, PLR2004
        raise ValueError("no number")
    return ordered
