"""Endpoints of OpenAI's API, or of a server that speaks it, that are called without the SDK: one POST, one answer."""

from __future__ import annotations

from collections.abc import Callable, Collection
from http import HTTPStatus
from typing import Any, TypeVar

import httpx2

from bots.ai.connection import checked_base_url, checked_key
from bots.ai.errors import translated
from bots.ai.http import shared_client

BASE_URL = "https://api.openai.com/v1"

T = TypeVar("T")


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


def post(
    path: str,
    *,
    provider: str,
    api_key: str,
    base_url: str,
    timeout: float,
    private_hosts: Collection[str],
    read: Callable[[Any], T],
    **body: Any,
) -> T:
    """What `read` makes of the JSON that the service answers; `body` as httpx has it (`json`, or `data` and `files`).

    One attempt, in `timeout` seconds. Raises `AIError`, also for what `read` cannot make sense of.
    """
    key = checked_key(api_key, provider=provider)
    url = checked_base_url(base_url.strip() or BASE_URL, provider=provider).rstrip("/")
    with translated(provider=provider, sdk_error=_RefusedError, secret=key):
        response = shared_client(frozenset(private_hosts)).post(
            f"{url}{path}", headers={"Authorization": f"Bearer {key}"}, timeout=timeout, **body
        )
        if response.status_code != HTTPStatus.OK:
            raise _RefusedError(response)
        return read(response.json())
