"""A file's way from its provider to us: exact hosts, one deadline, so many bytes and no more.

What a webhook names is never an address to go to, only a claim: it is followed where its host is the provider's own by
name. A redirect is checked the same way and gets no credentials, and the addresses behind the names must be public.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import BinaryIO, Literal
from urllib.parse import SplitResult, urljoin, urlsplit

import httpx2

from bots.ai.http import ResponseTooLarge, bounded_client
from bots.ai.network import AddressRefused

MediaErrorKind = Literal["refused", "credentials", "gone", "too_large", "unavailable"]

MOST_REDIRECTS = 3
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


class MediaError(Exception):
    """A file that could not be had.

    `refused`: its address is not the provider's. `credentials`: the provider refuses ours. `gone`: it does not have the
    file (any more, or yet). `too_large`. `unavailable`: it does not answer now; trying again may help.
    `str(error)` names no address: those open files.
    """

    def __init__(self, message: str, *, kind: MediaErrorKind) -> None:
        super().__init__(message)
        self.kind: MediaErrorKind = kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """`most_bytes` of one file; `ends`: the `time.monotonic()` at which the whole of it must be over."""

    most_bytes: int
    ends: float

    def seconds_left(self) -> float:
        left = self.ends - time.monotonic()
        if left <= 0:
            raise MediaError("The file took too long", kind="unavailable")
        return left


@dataclass(frozen=True, slots=True, kw_only=True)
class Hosts:
    """Where a provider keeps its files: the exact names of hosts, and what their paths begin with.

    `base_url`, where it is set, stands for every one of them (a stand-in), and may itself be named.
    """

    paths: Mapping[str, str]
    base_url: str = ""

    def checked(self, url: str) -> str:
        """The address to go to, put together anew from what was checked. Raises `MediaError`."""
        try:
            parts = urlsplit(url)
            host, port = (parts.hostname or "").rstrip("."), parts.port
        except ValueError:
            raise MediaError("The file's address cannot be read", kind="refused") from None
        if parts.username is not None or parts.password is not None:
            raise MediaError("The file's address holds a user", kind="refused")
        query = f"?{parts.query}" if parts.query else ""
        if self._is_stand_in(parts, host=host, port=port):
            return f"{parts.scheme}://{parts.netloc}{parts.path}{query}"
        theirs = self.paths.get(host)
        if parts.scheme != "https" or port not in (None, 443) or theirs is None or not parts.path.startswith(theirs):
            raise MediaError("The file's address is not the provider's", kind="refused")
        return f"{self.base_url.rstrip('/') or f'https://{host}'}{parts.path}{query}"

    def _is_stand_in(self, parts: SplitResult, *, host: str, port: int | None) -> bool:
        """Whether the address is on the stand-in. One on this machine has more than one name."""
        if not self.base_url:
            return False
        base = urlsplit(self.base_url)
        same_host = host == base.hostname or {host, base.hostname or ""} <= LOOPBACK
        return same_host and (parts.scheme, port) == (base.scheme, base.port)


def fetch(
    url: str, *, hosts: Hosts, headers: Mapping[str, str], limits: Limits, into: BinaryIO, redirects: int = 0
) -> str:
    """Write the file at `url` into `into`; returns the content type that its server gives. Raises `MediaError`.

    `headers` go to the first address alone: redirects, at most `redirects`, are followed without them.
    """
    sent = dict(headers)
    for _ in range(redirects + 1):
        checked = hosts.checked(url)
        try:
            with _client(checked, hosts=hosts, limits=limits).stream(
                "GET", checked, headers=sent, timeout=limits.seconds_left()
            ) as response:
                if not response.has_redirect_location:
                    return _kept(response, limits=limits, into=into)
                url, sent = _joined(checked, response.headers["location"]), {}
        except ResponseTooLarge:
            raise MediaError("The file is too large", kind="too_large") from None
        except (httpx2.HTTPError, httpx2.InvalidURL, UnicodeError) as error:
            raise _unreached(error) from None
    raise MediaError("The file's address leads on and on", kind="refused")


def _joined(address: str, location: str) -> str:
    try:
        return urljoin(address, location)
    except ValueError:
        raise MediaError("The file's address cannot be read", kind="refused") from None


def _kept(response: httpx2.Response, *, limits: Limits, into: BinaryIO) -> str:
    match response.status_code:
        case 200:
            pass
        case 401 | 403:
            raise MediaError("The provider refuses the credentials", kind="credentials")
        case 404 | 410:
            raise MediaError("The provider does not have the file", kind="gone")
        case status:
            raise MediaError(f"The provider answered {status}", kind="unavailable")
    said = response.headers.get("content-length", "")
    if said.isascii() and said.isdigit() and int(said[:20]) > limits.most_bytes:
        raise MediaError("The file is too large", kind="too_large")
    for chunk in response.iter_raw():
        into.write(chunk)
    return str(response.headers.get("content-type", ""))


def _unreached(error: Exception) -> MediaError:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, AddressRefused):
            return MediaError("The file's address leads to a private network", kind="refused")
        cause = cause.__cause__ or cause.__context__
    return MediaError(f"The file did not come ({type(error).__name__})", kind="unavailable")


def _client(url: str, *, hosts: Hosts, limits: Limits) -> httpx2.Client:
    """A private address may be reached where the operator named it as the provider's: the stand-in's, no other."""
    private = frozenset({urlsplit(url).netloc.lower()}) if hosts.base_url else frozenset()
    return bounded_client(private, limits.most_bytes)
