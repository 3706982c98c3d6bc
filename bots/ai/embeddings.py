"""Texts as points in a space of meaning, by OpenAI's `embeddings` or any server that speaks it.

https://platform.openai.com/docs/api-reference/embeddings/create
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import httpx2

from bots.ai.connection import checked_base_url, checked_key
from bots.ai.errors import translated
from bots.ai.http import shared_client

BASE_URL = "https://api.openai.com/v1"
MODEL = "text-embedding-3-small"
PROVIDER = "The embeddings service"
#: Texts in one request; the largest points have 3072 numbers, of some 20 bytes each as JSON.
MOST_TEXTS = 64
#: pgvector computes with no more: https://github.com/pgvector/pgvector#reference
MOST_DIMENSIONS = 16_000


class _RefusedError(Exception):
    """An answer that is no success, in the shape that `bots.ai.errors` reads."""

    def __init__(self, response: httpx2.Response) -> None:
        super().__init__(response.status_code)
        self.status_code = response.status_code
        self.response = response
        try:
            self.body: Any = response.json()
        except ValueError:
            self.body = response.text


@dataclass(frozen=True, slots=True, kw_only=True)
class Embedder:
    """One connection to an embeddings service. `timeout` is in seconds, for one whole call."""

    api_key: str
    base_url: str = ""
    model: str = MODEL
    timeout: float = 30.0
    private_hosts: Collection[str] = ()

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """A point for each of at most `MOST_TEXTS` texts, in their order, all of one length. One attempt. Raises
        `AIError`."""
        key = checked_key(self.api_key, provider=PROVIDER)
        url = checked_base_url(self.base_url.strip() or BASE_URL, provider=PROVIDER).rstrip("/")
        with translated(provider=PROVIDER, sdk_error=_RefusedError, secret=key):
            response = shared_client(frozenset(self.private_hosts)).post(
                f"{url}/embeddings",
                headers={"Authorization": f"Bearer {key}"},
                json={"model": self.model, "input": list(texts), "encoding_format": "float"},
                timeout=self.timeout,
            )
            if response.status_code != HTTPStatus.OK:
                raise _RefusedError(response)
            return _points(response.json(), count=len(texts))


def _points(answer: Any, *, count: int) -> list[list[float]]:
    """The points by their `index`. Raises `ValueError` and its kin for an answer of another shape."""
    points = {row["index"]: [float(number) for number in row["embedding"]] for row in answer["data"]}
    ordered = [points[index] for index in range(count)]
    if any(not 0 < len(point) <= MOST_DIMENSIONS or len(point) != len(ordered[0]) for point in ordered):
        raise ValueError("points of different spaces")
    if any(number != number or abs(number) > 1e6 for point in ordered for number in point):  # noqa: PLR0124, PLR2004
        raise ValueError("no number")
    return ordered
