"""The shared HTTP client: whom it reaches, and that nothing around it changes that."""

from __future__ import annotations

import os
import socket
import ssl
import threading
import time
from ipaddress import ip_address

import httpcore2
import httpx2
import pytest

from bots.ai.addresses import is_listed, is_public
from bots.ai.base import AIError, ChatMessage
from bots.ai.http import bounded_client, shared_client
from bots.ai.network import AddressRefused, Deadline, DeadlineStream, GuardedBackend

QUESTION: list[ChatMessage] = [{"role": "user", "content": "hi"}]


@pytest.fixture
def answers(monkeypatch):
    """What the resolver says, one list of addresses a question; and the questions it was asked."""
    asked: list[str] = []
    answers: list[list[str]] = []

    def getaddrinfo(host, port, *args, **kwargs):
        asked.append(host)
        if not answers:
            raise socket.gaierror("Name or service not known")
        found = answers.pop(0) if len(answers) > 1 else answers[0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in found]

    monkeypatch.setattr("bots.ai.addresses.socket.getaddrinfo", getaddrinfo)
    return asked, answers


@pytest.fixture
def connected(monkeypatch):
    """The addresses that sockets were opened to; none is really opened."""
    addresses: list[str] = []

    def connect_tcp(self, host, port, *args, **kwargs):
        addresses.append(host)
        if host == "8.8.4.4":
            raise httpcore2.ConnectError("no route")
        return httpcore2.NetworkStream()

    monkeypatch.setattr(httpcore2.SyncBackend, "connect_tcp", connect_tcp)
    return addresses


def soon() -> Deadline:
    return Deadline(time.monotonic() + 5)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "0.0.0.0",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "192.0.2.1",
        "224.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::127.0.0.1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "64:ff9b::127.0.0.1",
        "64:ff9b::10.0.0.1",
        "64:ff9b:1::1",
        "2002:7f00:1::",
        "2001:0:7f00:1::",
        "2001:db8::1",
        "fc00::1",
        "fd12:3456::1",
        "fe80::1",
        "fe80::1%eth0",
        "fec0::1",
        "ff02::1",
    ],
)
def test_an_address_that_is_not_on_the_public_internet_is_told(address):
    assert not is_public(ip_address(address))


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8"])
def test_a_public_address_is_told(address):
    assert is_public(ip_address(address))


@pytest.mark.parametrize(
    ("host", "listed"),
    [
        ("ollama", True),
        ("OLLAMA.", True),
        ("gpu.internal", True),
        ("other", False),
        ("notollama", False),
        ("::1", True),
    ],
)
def test_a_host_is_listed_by_its_name_or_with_its_port(host, listed):
    private_hosts = ["ollama", "gpu.internal:8000", "other:9000", "[::1]:8000"]

    assert is_listed(host=host, port=8000, private_hosts=private_hosts) is listed


@pytest.mark.parametrize("provider", ["openai", "custom", "anthropic"])
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "0x7f.1", "2130706433"])
def test_this_machine_is_refused_unless_the_operator_lists_it(provider, host, connect, far_end):
    adapter = connect(provider, base_url=f"http://{host}:{far_end.port}/v1", private_hosts=[])

    with pytest.raises(AIError) as caught:
        adapter.send_message(QUESTION)
    assert caught.value.kind == "configuration"
    assert "private network" in str(caught.value)
    assert far_end.requests == []


def test_a_connection_that_one_allowlist_opened_serves_no_other(connect, far_end):
    connect("openai").send_message(QUESTION)

    with pytest.raises(AIError) as caught:
        connect("openai", private_hosts=["elsewhere"]).send_message(QUESTION)
    assert caught.value.kind == "configuration"
    assert len(far_end.requests) == 1


def test_a_name_that_leads_to_a_private_address_is_refused(answers, connected):
    answers[1].append(["8.8.8.8", "10.0.0.7"])

    with pytest.raises(AddressRefused):
        GuardedBackend().connect_tcp("evil.example", 443, timeout=soon())
    assert connected == []


@pytest.mark.parametrize("provider", ["openai", "custom", "anthropic"])
def test_nothing_is_said_without_tls_to_a_public_host(provider, answers, connect, monkeypatch):
    """A key, and what people write, would be anybody's to read on the way."""
    written = []

    class Wire(httpcore2.NetworkStream):
        def write(self, buffer, timeout=None):
            written.append(buffer)

        def close(self):
            pass

    answers[1].append(["8.8.8.8"])
    monkeypatch.setattr(httpcore2.SyncBackend, "connect_tcp", lambda *args, **kwargs: Wire())
    adapter = connect(provider, base_url="http://llm.example/v1", private_hosts=[], timeout=1.0)

    with pytest.raises(AIError, match="https") as caught:
        adapter.send_message(QUESTION)
    assert caught.value.kind == "configuration"
    assert written == []


def test_a_name_is_resolved_once_and_the_checked_address_is_connected_to(answers, connected):
    asked, said = answers
    said += [["8.8.8.8"], ["127.0.0.1"]]  # what a rebinding server would say next

    GuardedBackend().connect_tcp("rebinding.example", 443, timeout=soon())

    assert asked == ["rebinding.example"]
    assert connected == ["8.8.8.8"]


def test_the_next_address_is_tried_when_one_is_unreachable(answers, connected):
    answers[1].append(["8.8.4.4", "8.8.8.8"])

    GuardedBackend().connect_tcp("two.example", 443, timeout=soon())

    assert connected == ["8.8.4.4", "8.8.8.8"]


def test_a_name_that_does_not_resolve_is_unavailable(answers, connect):
    with pytest.raises(AIError) as caught:
        connect("openai", base_url="https://nowhere.example/v1").send_message(QUESTION)
    assert caught.value.kind == "unavailable"


def test_a_resolver_that_hangs_meets_the_deadline(monkeypatch, connect):
    release = threading.Event()
    monkeypatch.setattr("bots.ai.addresses.socket.getaddrinfo", lambda *args, **kwargs: release.wait(20) and [])

    with pytest.raises(AIError) as caught:
        connect("openai", base_url="https://slow.example/v1", timeout=0.2).send_message(QUESTION)
    release.set()
    assert caught.value.kind == "timeout"


def test_tls_is_verified_against_the_name_not_the_address():
    names = []

    class Stream(httpcore2.NetworkStream):
        def start_tls(self, ssl_context, server_hostname=None, timeout=None):
            names.append(server_hostname)
            assert ssl_context.check_hostname
            assert ssl_context.verify_mode == ssl.CERT_REQUIRED
            raise httpcore2.ConnectError("far enough")

    class Backend(GuardedBackend):
        def connect_tcp(self, *args, **kwargs):
            return DeadlineStream(Stream())

    client = bounded_client.__wrapped__(frozenset(), 1000)
    for pool in client._transport._pool.pools:
        pool._network_backend = Backend()
    with pytest.raises(httpx2.ConnectError, match="far enough"):
        client.get("https://api.example/", timeout=5)
    assert names == ["api.example"]


def test_unix_sockets_are_refused():
    with pytest.raises(AddressRefused):
        GuardedBackend().connect_unix_socket("/run/postgresql.sock")


def test_an_operation_without_a_deadline_is_a_mistake():
    with pytest.raises(TypeError):
        DeadlineStream(httpcore2.NetworkStream()).read(1, timeout=5.0)


def test_a_server_that_does_not_read_meets_the_deadline(connect):
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        adapter = connect("openai", base_url=f"http://127.0.0.1:{deaf.getsockname()[1]}/v1", timeout=0.5)
        adapter.private_hosts = ["127.0.0.1"]
        with pytest.raises(AIError) as caught:
            adapter.send_message([{"role": "user", "content": "x" * 30_000_000}])
    assert caught.value.kind == "timeout"


def test_two_hundred_calls_hang_at_once_and_all_come_back(connect, far_end):
    far_end.fails_with("hang", seconds=20, times=None)
    adapter = connect("openai", timeout=3.0)
    kinds: list[str] = []

    def call() -> None:
        try:
            adapter.send_message(QUESTION)
        except AIError as error:
            kinds.append(error.kind)

    threads = [threading.Thread(target=call) for _ in range(200)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert kinds == ["timeout"] * 200
    assert len(far_end.requests) == 200


def test_a_forked_worker_makes_its_own_client():
    client = shared_client(frozenset({"fork.example"}))
    reader, writer = os.pipe()
    if (child := os.fork()) == 0:
        os.write(writer, b"own" if shared_client(frozenset({"fork.example"})) is not client else b"shared")
        os._exit(0)
    os.waitpid(child, 0)
    assert os.read(reader, 10) == b"own"
    assert shared_client(frozenset({"fork.example"})) is client
