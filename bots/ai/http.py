"""The one HTTP client that the provider SDKs of this process share: pooled, bounded, blind to the environment."""

from __future__ import annotations

import itertools
import os
import threading
import time
from collections.abc import Iterator, Sequence
from functools import cache
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import cast

import httpcore2
import httpx2

from bots.ai.network import Deadline, GuardedBackend
from bots.ai.plain_client import PlainClient

#: Bytes. No chat answer or list of models comes near it.
MAX_RESPONSE_SIZE = 10 * 1024 * 1024
#: As many as a worker has threads, if the AI is slow.
IDLE_CONNECTIONS = 256
POOLS = 16
IDLE_SECONDS = 30.0


class ResponseTooLarge(httpx2.ReadError):
    """The server sent more than it may."""


def shared_client(private_hosts: frozenset[str]) -> httpx2.Client:
    """The process's client for calls to AI providers, for this allowlist."""
    return bounded_client(private_hosts, MAX_RESPONSE_SIZE)


@cache
def bounded_client(private_hosts: frozenset[str], most_bytes: int) -> httpx2.Client:
    """The process's client for this allowlist and this size of an answer. Building one costs some 45 ms, mostly TLS;
    SDK clients on top cost none.

    No redirects, because an SDK would send the prompt and key on; no proxies or netrc from the environment; no cookies,
    which would pass from one tenant's call to the next.
    """
    return PlainClient(
        transport=GuardedTransport(private_hosts=private_hosts, most_bytes=most_bytes),
        trust_env=False,
        follow_redirects=False,
        cookies=CookieJar(policy=DefaultCookiePolicy(allowed_domains=[])),
        headers={"Accept-Encoding": "identity"},
    )


# A forked worker must not share its parent's connections.
os.register_at_fork(after_in_child=bounded_client.cache_clear)


class GuardedTransport(httpx2.HTTPTransport):
    """Makes a request's timeout the bound of the whole exchange, and caps what comes back."""

    def __init__(self, *, private_hosts: frozenset[str], most_bytes: int = MAX_RESPONSE_SIZE) -> None:
        self._most_bytes = most_bytes
        context = httpx2.create_ssl_context()
        super().__init__(verify=context)
        # httpx's transport takes no network backend, httpcore's pool does. As many connections as there are threads
        # that call: a limit would let one tenant's hanging server hold up the others.
        self._pool = SpreadPool(
            [
                httpcore2.ConnectionPool(
                    ssl_context=context,
                    max_connections=None,
                    max_keepalive_connections=IDLE_CONNECTIONS // POOLS,
                    keepalive_expiry=IDLE_SECONDS,
                    network_backend=GuardedBackend(private_hosts=private_hosts),
                )
                for _ in range(POOLS)
            ]
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
        response.stream = CappedStream(cast(httpx2.SyncByteStream, response.stream), most_bytes=self._most_bytes)
        return response


class SpreadPool(httpcore2.ConnectionPool):
    """Several pools, each for its part of the process's threads.

    A pool looks at every idle connection, by a system call and under its lock, whenever a request begins or ends. With
    256 connections in one pool that was most of a worker's time.
    """

    def __init__(self, pools: Sequence[httpcore2.ConnectionPool]) -> None:
        super().__init__()
        self.pools = pools
        self._threads = itertools.count()
        self._own = threading.local()

    def handle_request(self, request: httpcore2.Request) -> httpcore2.Response:
        if not hasattr(self._own, "pool"):
            self._own.pool = self.pools[next(self._threads) % len(self.pools)]
        response: httpcore2.Response = self._own.pool.handle_request(request)
        return response

    def close(self) -> None:
        for pool in self.pools:
            pool.close()


class CappedStream(httpx2.SyncByteStream):
    """A response body that ends in an error beyond `most_bytes`."""

    def __init__(self, stream: httpx2.SyncByteStream, *, most_bytes: int) -> None:
        self._stream = stream
        self._most_bytes = most_bytes

    def __iter__(self) -> Iterator[bytes]:
        size = 0
        for chunk in self._stream:
            size += len(chunk)
            if size > self._most_bytes:
                raise ResponseTooLarge(f"more than {self._most_bytes} bytes")
            yield chunk

    def close(self) -> None:
        self._stream.close()
