"""The wire under Twilio's SDK: one request on a kept connection."""

from __future__ import annotations

import json
import ssl
from collections.abc import Mapping
from functools import cache
from typing import Any
from urllib.parse import urlencode, urlsplit

import certifi
import urllib3

#: As many kept connections as a worker has threads: more are thrown away, and each costs a new one.
HOSTS, IDLE_CONNECTIONS = 8, 256


class Wire:
    """Shared by threads; where `api_base_url` is set, it stands for every Twilio host.

    Blind to the environment (no proxies, no .netrc), keeps no cookies, follows no redirects and tries nothing twice:
    nothing of one tenant's call gets into another's.
    """

    def __init__(self, *, api_base_url: str) -> None:
        self.api_base_url = api_base_url.rstrip("/")
        self._pools = urllib3.PoolManager(num_pools=HOSTS, maxsize=IDLE_CONNECTIONS, ssl_context=_trust())

    def exchange(
        self,
        method: str,
        url: str,
        *,
        params: Mapping[str, Any],
        data: Mapping[str, Any],
        headers: Mapping[str, str],
        auth: tuple[str, str] | None,
        timeout: float,
    ) -> tuple[int, str, Mapping[str, str]]:
        """The answer's status, text and headers. `timeout` (seconds) bounds the connection and each wait for the
        answer. Raises `urllib3.exceptions.HTTPError`."""
        if params:
            url = f"{url}{'&' if '?' in url else '?'}{urlencode(params, doseq=True)}"
        credentials = urllib3.make_headers(basic_auth=":".join(auth)) if auth else {}
        answer = self._pools.urlopen(
            method.upper(),
            self._address(url),
            body=_body(data, content_type=headers.get("Content-Type", "")) if data else None,
            headers={**headers, **credentials},
            timeout=urllib3.Timeout(connect=timeout, read=timeout),
            redirect=False,
            retries=False,
        )
        return answer.status, answer.data.decode("utf-8", "replace"), answer.headers

    def _address(self, url: str) -> str:
        if not self.api_base_url:
            return url
        parts = urlsplit(url)
        return self.api_base_url + parts.path + (f"?{parts.query}" if parts.query else "")


def _body(data: Mapping[str, Any], *, content_type: str) -> str:
    if content_type in ("application/json", "application/scim+json"):
        return json.dumps(data)
    return urlencode(data, doseq=True)


@cache
def _trust() -> ssl.SSLContext:
    """One a process: a connection that has to load the authorities by itself takes 15 ms of CPU for it."""
    return ssl.create_default_context(cafile=certifi.where())
