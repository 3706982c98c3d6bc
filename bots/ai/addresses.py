"""Which hosts an outgoing call may reach. A tenant types a base URL: it must not lead into our own network."""

from __future__ import annotations

import socket
import threading
from collections.abc import Collection
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

GLOBAL_UNICAST = IPv6Network("2000::/3")  # RFC 4291: all that is handed out for the public internet
NAT64 = IPv6Network("64:ff9b::/96")  # RFC 6052: an IPv4 address in its last 32 bits


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Whether the address is on the public internet, and is no private IPv4 address in the clothes of an IPv6 one."""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped:
            return is_public(address.ipv4_mapped)
        if address in NAT64:
            return is_public(IPv4Address(int(address) & 0xFFFFFFFF))
        if address.sixtofour or address.teredo or address not in GLOBAL_UNICAST:
            return False
    return address.is_global and not address.is_multicast


def is_listed(*, host: str, port: int, private_hosts: Collection[str]) -> bool:
    """Whether the operator allows this host, as `host` or as `host:port` (`[::1]:port` for an IPv6 address)."""
    name = host.lower().rstrip(".")
    bracketed = f"[{name}]" if ":" in name else name
    listed = {entry.strip().lower().rstrip(".") for entry in private_hosts}
    return bool(listed & {name, bracketed, f"{bracketed}:{port}"})


def resolve(*, host: str, port: int, timeout: float) -> list[str]:
    """The addresses of a host, in the order to try them. Raises `OSError`; `TimeoutError` after `timeout` seconds.

    getaddrinfo knows no timeout, so it runs in a thread that is left behind when it takes too long.
    """
    found: list[str] = []
    failures: list[OSError] = []

    def look_up() -> None:
        try:
            answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            failures.append(error if isinstance(error, OSError) else OSError(f"no such host: {error}"))
        else:
            found.extend(dict.fromkeys(str(answer[4][0]) for answer in answers))

    thread = threading.Thread(target=look_up, name="resolve", daemon=True)
    thread.start()
    thread.join(timeout)
    if failures:
        raise failures[0]
    if thread.is_alive():
        raise TimeoutError(f"no address within {timeout:.1f} s")
    return found


def checked_addresses(*, host: str, port: int, timeout: float, private_hosts: Collection[str]) -> list[str]:
    """Resolve once, and return the addresses only if every one of them may be reached.

    Raises `PermissionError` for a forbidden one, `OSError` when the name does not resolve. The caller connects to these
    addresses and never asks for the name again, so a second, different answer (DNS rebinding) has no effect.
    """
    addresses = resolve(host=host, port=port, timeout=timeout)
    if not is_listed(host=host, port=port, private_hosts=private_hosts):
        for address in addresses:
            if not is_public(ip_address(address)):
                raise PermissionError("the host is on a private network")
    return addresses
