"""The client that the SDKs are given does what httpx would do for them."""

from __future__ import annotations

from collections.abc import Callable

import httpx2
import pytest

from bots.ai.plain_client import PlainClient

URL = "http://ai.example/v1/chat?of=ada"
HEADERS = [("Authorization", "Bearer sk-1"), ("Accept", "application/json")]


@pytest.fixture
def asked() -> list[httpx2.Request]:
    return []


@pytest.fixture
def client(asked: list[httpx2.Request]) -> PlainClient:
    def answer(request: httpx2.Request) -> httpx2.Response:
        asked.append(request)
        if request.url.path == "/moved":
            return httpx2.Response(302, headers={"location": URL, "set-cookie": "who=ada"})
        return httpx2.Response(200, content=iter([b'{"ok":', b"true}"]))

    return PlainClient(transport=httpx2.MockTransport(answer), headers={"Accept-Encoding": "identity"})


def test_what_an_sdk_asks_for_is_what_is_sent(client: PlainClient, asked: list[httpx2.Request]) -> None:
    request = client.build_request("POST", URL, headers=HEADERS, content=b"{}", timeout=httpx2.Timeout(3.0), json=None)

    assert client.send(request).json() == {"ok": True}
    (sent,) = asked
    assert (sent.method, str(sent.url), sent.read()) == ("POST", URL, b"{}")
    assert sent.extensions["timeout"] == httpx2.Timeout(3.0).as_dict()
    assert dict(sent.headers) == {
        "host": "ai.example",
        "authorization": "Bearer sk-1",
        "accept": "application/json",
        "accept-encoding": "identity",
        "content-length": "2",
    }


def test_a_stream_is_left_to_whoever_asked_for_it(client: PlainClient) -> None:
    request = client.build_request("POST", URL, headers=HEADERS, content=b"{}", timeout=3.0)
    response = client.send(request, stream=True)

    assert not response.is_closed
    assert response.read() == b'{"ok":true}'


@pytest.mark.parametrize(
    ("call", "shown"),
    [
        (lambda client: client.get(URL, auth=("ada", "secret")), ("authorization", "Basic YWRhOnNlY3JldA==")),
        (lambda client: client.post(URL, json={"a": 1}), ("content-type", "application/json")),
        (lambda client: client.get(URL, headers={"X-One": "1"}), ("x-one", "1")),
    ],
    ids=["authentication", "JSON", "headers by name"],
)
def test_what_no_sdk_asks_for_works_as_with_httpx(
    client: PlainClient,
    asked: list[httpx2.Request],
    call: Callable[[PlainClient], httpx2.Response],
    shown: tuple[str, str],
) -> None:
    assert call(client).status_code == httpx2.codes.OK
    assert asked[0].headers[shown[0]] == shown[1]


def test_a_redirect_is_followed_for_nobody_but_who_asks_for_it(
    client: PlainClient, asked: list[httpx2.Request]
) -> None:
    assert client.get("http://ai.example/moved").status_code == httpx2.codes.FOUND
    assert len(asked) == 1
    assert client.get("http://ai.example/moved", follow_redirects=True).status_code == httpx2.codes.OK
    assert [str(one.url) for one in asked[1:]] == ["http://ai.example/moved", URL]
