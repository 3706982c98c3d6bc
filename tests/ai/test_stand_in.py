"""The stand-in for the providers, steered over HTTP as another process would."""

from __future__ import annotations

import httpx2
import pytest


@pytest.fixture
def http(far_end):
    with httpx2.Client(base_url=f"http://127.0.0.1:{far_end.port}", trust_env=False) as client:
        yield client


def chat(http: httpx2.Client, *, key: str = "sk-right", **headers: str) -> httpx2.Response:
    body = {"model": "m", "messages": [{"role": "user", "content": "hi"}]}
    return http.post("/v1/chat/completions", json=body, headers={"authorization": f"Bearer {key}", **headers})


def test_a_request_can_be_read_back_and_forgotten(http):
    chat(http)

    (seen,) = http.get("/sandbox/requests").json()
    assert (seen["method"], seen["path"], seen["key"]) == ("POST", "/v1/chat/completions", "sk-right")
    assert seen["body"]["messages"] == [{"role": "user", "content": "hi"}]
    assert http.delete("/sandbox/requests").status_code == 204
    assert http.get("/sandbox/requests").json() == []


def test_a_fault_holds_for_as_many_requests_as_it_says(http):
    http.post("/sandbox/faults", json={"mode": "status", "status": 503, "times": 2, "retry_after": 4})

    answers = [chat(http) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [503, 503, 200]
    assert answers[0].headers["retry-after"] == "4"


def test_a_fault_can_be_for_one_key(http):
    http.post("/sandbox/settings", json={"keys": ["sk-a", "sk-b"]})
    http.post("/sandbox/faults", json={"mode": "status", "status": 500, "times": None, "key": "sk-a"})

    assert [chat(http, key=key).status_code for key in ("sk-b", "sk-a", "sk-b", "sk-c")] == [200, 500, 200, 401]
    http.delete("/sandbox/faults")
    assert chat(http, key="sk-a").status_code == 200


@pytest.mark.parametrize("fault", [{"mode": "explode"}, {"status": 500}, {"mode": "status", "colour": "red"}])
def test_a_fault_that_does_not_exist_is_refused(http, fault):
    assert http.post("/sandbox/faults", json=fault).status_code == 400
    assert http.get("/sandbox/faults").json() == []


def test_scripted_replies_are_said_once_each(http):
    http.post("/sandbox/settings", json={"replies": ["one", "two"]})

    said = [chat(http).json()["choices"][0]["message"]["content"] for _ in range(3)]
    assert said == ["one", "two", "echo: hi"]


def test_a_reset_takes_everything_back(http):
    http.post("/sandbox/settings", json={"models": ["x"], "replies": ["y"]})
    http.post("/sandbox/faults", json={"mode": "hang"})
    http.delete("/sandbox")

    assert chat(http, key="any").json()["choices"][0]["message"]["content"] == "echo: hi"
    assert len(http.get("/sandbox/requests").json()) == 1
