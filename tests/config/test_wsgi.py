"""What the server is given: a whole answer at once, and a file piece by piece."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from django.http import HttpResponse, StreamingHttpResponse

from config import wsgi

closed: list[str] = []


class Whole(HttpResponse):
    def close(self) -> None:
        closed.append("whole")
        super().close()


def pieces() -> Iterator[bytes]:
    yield b"one "
    yield b"two"


def given(monkeypatch: pytest.MonkeyPatch, answer: Iterable[bytes]) -> Iterable[bytes]:
    monkeypatch.setattr(wsgi, "_django", lambda environ, start_response: answer)
    return wsgi.application({}, lambda *_: None)


@pytest.fixture(autouse=True)
def _nothing_closed() -> None:
    closed.clear()


def test_a_whole_answer_is_a_list_and_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    assert given(monkeypatch, Whole("all of it")) == [b"all of it"]
    assert closed == ["whole"]


def test_an_answer_in_pieces_is_handed_on_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    answer = StreamingHttpResponse(pieces())
    assert given(monkeypatch, answer) is answer
    assert b"".join(answer) == b"one two"


def test_a_file_of_the_servers_own_is_handed_on_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the server brings a wrapper for files, Django answers with that."""
    file = io.BytesIO(b"a file")
    assert given(monkeypatch, file) is file


@pytest.mark.django_db
def test_django_answers_through_it(environ: dict[str, Any]) -> None:
    said: list[str] = []
    assert wsgi.application(environ, lambda status, *_: said.append(status)) == [b"ok"]
    assert said == ["200 OK"]


@pytest.fixture
def environ() -> dict[str, Any]:
    """A look at /healthz."""
    return {
        "REQUEST_METHOD": "GET",
        "SCRIPT_NAME": "",
        "PATH_INFO": "/healthz",
        "QUERY_STRING": "",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "8000",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.input": io.BytesIO(),
        "wsgi.errors": sys.stderr,
        "wsgi.url_scheme": "http",
    }


def test_a_variable_of_the_servers_own_environment_is_no_header(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wsgi, "_NO_HEADERS", {"HTTP_PROXY": "http://user:password@proxy", "HTTP_HOST": "ours"})
    seen: list[dict[str, Any]] = []
    monkeypatch.setattr(wsgi, "_django", lambda environ, _: seen.append(environ) or [])
    wsgi.application({"HTTP_PROXY": "http://user:password@proxy", "HTTP_HOST": "theirs"}, lambda *_: None)
    assert seen == [{"HTTP_HOST": "theirs"}]
