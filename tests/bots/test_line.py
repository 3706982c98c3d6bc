"""Commands to Redis over connections that are kept, and what becomes of them when Redis goes away and comes back."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
import redis
from django.conf import settings
from redis.connection import Connection

from bots.line import Line
from tests.children import said_by_a_child


@pytest.fixture
def line() -> Line:
    return Line(settings.REDIS_URL, socket_connect_timeout=0.5, socket_timeout=0.3)


@pytest.fixture
def client() -> Iterator[redis.Redis]:
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        yield client


def silent_server() -> socket.socket:
    """Takes connections, and says nothing."""
    return socket.create_server(("127.0.0.1", 0))


def test_a_command_is_answered(line: Line, client: redis.Redis) -> None:
    words = ["plain", "", "€ and 🥐", "line\r\nbreaks $3", "x" * 100_000]
    for number, word in enumerate(words, 1):
        assert line.ask("LPUSH", "words", word) == number
    assert [word.decode() for word in client.lrange("words", 0, -1)] == words[::-1]


def test_a_connection_is_kept(line: Line) -> None:
    assert len({line.ask("CLIENT", "ID") for _ in range(5)}) == 1


def test_threads_that_speak_at_the_same_time_have_a_connection_each(line: Line, client: redis.Redis) -> None:
    together = Barrier(4)

    def push(number: int) -> list[int]:
        together.wait()
        return [line.ask("RPUSH", f"of-{number}", str(times)) for times in range(200)]

    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(push, range(4)))
    assert answers == [list(range(1, 201))] * 4
    assert len(line._idle) <= 4


def test_a_command_is_said_again_when_the_kept_connection_was_closed(line: Line, client: redis.Redis) -> None:
    first = line.ask("CLIENT", "ID")
    client.client_kill_filter(_id=first)
    assert line.ask("LPUSH", "words", "one") == 1
    assert line.ask("CLIENT", "ID") != first


def test_once_one_connection_turned_out_to_be_gone_the_others_are_not_tried(line: Line, client: redis.Redis) -> None:
    kept = [_connected(line) for _ in range(3)]
    line._idle += kept
    for one in kept:
        client.client_kill_filter(addr=":".join(map(str, one._sock.getsockname())))
    assert line.ask("LPUSH", "words", "one") == 1
    assert len(line._idle) == 1


def test_an_error_of_redis_is_raised_and_the_line_is_still_good(line: Line, client: redis.Redis) -> None:
    client.set("words", "no list")
    with pytest.raises(redis.ResponseError, match="WRONGTYPE"):
        line.ask("LPUSH", "words", "one")
    assert line.ask("LPUSH", "others", "one") == 1


def test_a_redis_that_refuses_is_an_error() -> None:
    with silent_server() as server:
        url = f"redis://127.0.0.1:{server.getsockname()[1]}/0"
    with pytest.raises(redis.ConnectionError):
        Line(url, socket_connect_timeout=0.5, socket_timeout=0.3).ask("PING")


def test_a_redis_that_hangs_is_asked_once() -> None:
    with silent_server() as server:
        line = Line(f"redis://127.0.0.1:{server.getsockname()[1]}/0", socket_connect_timeout=0.5, socket_timeout=0.3)
        with pytest.raises(redis.TimeoutError):
            line.ask("PING")
        assert not line._idle
        server.setblocking(False)
        server.accept()
        with pytest.raises(BlockingIOError):
            server.accept()


def test_a_child_of_the_process_speaks_on_a_connection_of_its_own(line: Line) -> None:
    first = line.ask("CLIENT", "ID")
    assert int(said_by_a_child(lambda: line.ask("CLIENT", "ID"))) != first
    assert line.ask("CLIENT", "ID") == first


def _connected(line: Line) -> Connection:
    made = line._pool.connection_class(**line._pool.connection_kwargs)
    made.connect()
    return made
