"""What goes over the wire under Twilio's SDK."""

from __future__ import annotations

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, ClassVar

import pytest

from bots.whatsapp.twilio import PooledHttpClient

TWILIO = "https://api.twilio.com"


class Recorder(BaseHTTPRequestHandler):
    """Keeps what it is asked; says that everything is elsewhere, and hands out a cookie."""

    protocol_version = "HTTP/1.1"
    asked: ClassVar[list[dict[str, Any]]] = []

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        self.asked.append({"path": self.path, "body": body, **{k.lower(): v for k, v in self.headers.items()}})
        said = '{"text": "naïve"}'.encode()
        self.send_response(302)
        self.send_header("Location", "/elsewhere")
        self.send_header("Set-Cookie", "tenant=acme")
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    do_GET = do_POST

    def log_message(self, *_args: Any) -> None:
        """Says nothing."""


@pytest.fixture
def client() -> Iterator[PooledHttpClient]:
    Recorder.asked.clear()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Recorder)
    Thread(target=server.serve_forever, daemon=True).start()
    yield PooledHttpClient(f"http://127.0.0.1:{server.server_port}/")
    server.shutdown()
    server.server_close()


def test_a_form_its_credentials_and_its_answer(client: PooledHttpClient) -> None:
    answer = client.request(
        "post",
        f"{TWILIO}/Messages.json?a=b",
        data={"Body": "naïve & €", "MediaUrl": ["1", "2"]},
        headers={"Content-Type": "application/x-www-form-urlencoded"},
        auth=("AC1", "a:token"),
    )

    (asked,) = Recorder.asked
    assert asked["path"] == "/Messages.json?a=b"
    assert asked["body"] == "Body=na%C3%AFve+%26+%E2%82%AC&MediaUrl=1&MediaUrl=2"
    assert asked["authorization"] == "Basic QUMxOmE6dG9rZW4="
    assert json.loads(answer.text) == {"text": "naïve"}


def test_json_where_the_sdk_says_so_and_parameters_behind_those_of_the_address(client: PooledHttpClient) -> None:
    client.request("POST", f"{TWILIO}/v2", data={"a": [1]}, headers={"Content-Type": "application/json"})
    client.request("GET", f"{TWILIO}/v2?x=1", params={"To": "whatsapp:+49", "Page": 2})

    assert Recorder.asked[0]["body"] == '{"a": [1]}'
    assert Recorder.asked[1]["path"] == "/v2?x=1&To=whatsapp%3A%2B49&Page=2"


def test_no_redirect_is_followed_and_no_cookie_kept(client: PooledHttpClient) -> None:
    answers = [client.request("GET", f"{TWILIO}/here", allow_redirects=True) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [302, 302]
    assert [asked["path"] for asked in Recorder.asked] == ["/here", "/here"]
    assert "cookie" not in Recorder.asked[1]
