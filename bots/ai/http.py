"""The one HTTP client that the provider SDKs of this process share: pooled, bounded, blind to the environment."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from functools import cache
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import cast

import httpcore2
import httpx2

from bots.ai.network import Deadline, GuardedBackend

#: Bytes. No chat answer or list of models comes near it.
MAX_RESPONSE_SIZE = 10 * 1024 * 1024
IDLE_CONNECTIONS = 100
IDLE_SECONDS = 30.0


class ResponseTooLarge(httpx2.ReadError):
    """The server sent more than `MAX_RESPONSE_SIZE`."""


@cache
def shared_client(private_hosts: frozenset[str]) -> httpx2.Client:
    """The process's client for this allowlist. Building one costs some 45 ms, mostly TLS; SDK clients on top cost none.

    No redirects, because an SDK would send the prompt and key on; no proxies or netrc from the environment; no cookies,
    which would pass from one tenant's call to the next.
    """
    return httpx2.Client(
        transport=GuardedTransport(private_hosts=private_hosts),
        trust_env=False,
        follow_redirects=False,
        cookies=CookieJar(policy=DefaultCookiePolicy(allowed_domains=[])),
        headers={"Accept-Encoding": "identity"},
    )


# A forked worker must not share its parent's connections.
os.register_at_fork(after_in_child=shared_client.cache_clear)


class GuardedTransport(httpx2.HTTPTransport):
    """Makes a request's timeout the bound of the whole exchange, and caps what comes back."""

    def __init__(self, *, private_hosts: frozenset[str]) -> None:
        context = httpx2.create_ssl_context()
        super().__init__(verify=context)
        # httpx's transport takes no network backend, httpcore's pool does. As many connections as there are threads
        # that call: a limit would let one tenant's hanging server hold up the others.
        self._pool = httpcore2.ConnectionPool(
            ssl_context=context,
            max_connections=None,
            max_keepalive_connections=IDLE_CONNECTIONS,
            keepalive_expiry=IDLE_SECONDS,
            network_backend=GuardedBackend(private_hosts=private_hosts),
        )

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        seconds: float = request.extensions["timeout"]["read"]
        deadline = Deadline(time.monotonic() + seconds)
        timeouts = {"connect": deadline, "write": deadline, "read": deadline, "pool": seconds}
        request.extensions = {**request.extensions, "timeout": timeouts}
        response = super().handle_request(request)
        if response.headers.get("content-encoding", "identity") != "identity":
            # Nobody asked for it, and a few compressed kilobytes can unfold to gigabytes.
            response.close()
            raise httpx2.DecodingError("the answer is compressed", request=request)
        response.stream = CappedStream(cast(httpx2.SyncByteStream, response.stream))
        return response


class CappedStream(httpx2.SyncByteStream):
    """A response body that ends in an error beyond `MAX_RESPONSE_SIZE`."""

    def __init__(self, stream: httpx2.SyncByteStream) -> None:
        self._stream = stream

    def __iter__(self) -> Iterator[bytes]:
        size = 0
        for chunk in self._stream:
            size += len(chunk)
            if size > MAX_RESPONSE_SIZE:
                raise ResponseTooLarge(f"more than {MAX_RESPONSE_SIZE} bytes")
            yield chunk

    def close(self) -> None:
        self._stream.close()
