"""The sockets under the shared HTTP client: only to addresses that were checked, only until the deadline."""

from __future__ import annotations

import ssl
import time
from collections.abc import Collection, Iterable
from typing import Any

import httpcore2
from httpcore2 import NetworkBackend, NetworkStream, SyncBackend

from bots.ai.addresses import checked_addresses, is_listed

#: Written in pieces, so that a peer that reads slowly meets the deadline between two of them.
WRITE_SIZE = 16 * 1024


class AddressRefused(httpcore2.ConnectError):
    """The host leads to an address that outgoing calls must not reach."""


class PlainTextRefused(httpcore2.ConnectError):
    """A key, and what people write, would go over the internet for everybody to read.

    No `WriteError`: after one of those httpcore waits for an answer all the same.
    """


class Deadline(float):
    """The `time.monotonic()` at which a call must be over.

    httpcore hands a request's timeouts to every connect, read and write as they are. A server that sends a byte now and
    then meets each of those timeouts and never ends; a Deadline in their place bounds them all together.
    """


def seconds_left(timeout: float | None, *, late: type[httpcore2.TimeoutException]) -> float:
    """Seconds until the deadline; raises `late` when there are none. Every request of ours carries one."""
    if not isinstance(timeout, Deadline):
        raise TypeError("a request without a deadline")
    left = timeout - time.monotonic()
    if left <= 0:
        raise late("the deadline has passed")
    return left


class DeadlineStream(NetworkStream):
    """A connection whose operations end at the deadline that they are given. `needs_tls`: nothing is written before
    that has begun."""

    def __init__(self, stream: NetworkStream, *, needs_tls: bool = False) -> None:
        self._stream = stream
        self._needs_tls = needs_tls

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, timeout=seconds_left(timeout, late=httpcore2.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        if self._needs_tls:
            raise PlainTextRefused("only https leaves for the internet")
        for start in range(0, len(buffer), WRITE_SIZE):
            left = seconds_left(timeout, late=httpcore2.WriteTimeout)
            self._stream.write(buffer[start : start + WRITE_SIZE], timeout=left)

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> NetworkStream:
        left = seconds_left(timeout, late=httpcore2.ConnectTimeout)
        return DeadlineStream(self._stream.start_tls(ssl_context, server_hostname, left))

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


class GuardedBackend(NetworkBackend):
    """Connects to public addresses, for TLS alone, and to the private hosts that the operator listed.

    TLS is still verified against the host's name: httpcore starts it on the connection made here.
    """

    def __init__(self, *, private_hosts: Collection[str] = ()) -> None:
        self._private_hosts = frozenset(private_hosts)
        self._sockets = SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> NetworkStream:
        try:
            addresses = checked_addresses(
                host=host,
                port=port,
                timeout=seconds_left(timeout, late=httpcore2.ConnectTimeout),
                private_hosts=self._private_hosts,
            )
        except PermissionError as error:
            raise AddressRefused(str(error)) from error
        except TimeoutError as error:
            raise httpcore2.ConnectTimeout(str(error)) from error
        except OSError as error:
            raise httpcore2.ConnectError("the host has no address") from error
        needs_tls = not is_listed(host=host, port=port, private_hosts=self._private_hosts)
        failure: Exception = httpcore2.ConnectError("the host has no address")
        for position, address in enumerate(addresses):
            # One address that swallows packets must not use up the time of those behind it.
            left = seconds_left(timeout, late=httpcore2.ConnectTimeout) / (len(addresses) - position)
            try:
                stream = self._sockets.connect_tcp(address, port, left, local_address, socket_options)
                return DeadlineStream(stream, needs_tls=needs_tls)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                failure = error
        raise failure

    def connect_unix_socket(
        self, path: str, timeout: float | None = None, socket_options: Iterable[Any] | None = None
    ) -> NetworkStream:
        raise AddressRefused("unix sockets are not reached")
