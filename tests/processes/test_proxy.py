"""What the web answers to whoever comes, and comes not, through the proxy that ends TLS."""

from __future__ import annotations

import re
from collections.abc import Iterator

import httpx2
import pytest

from tests.processes.businesses import BOOKS
from tests.processes.platform import Platform

pytestmark = pytest.mark.process
THROUGH_PROXY = {"X-Forwarded-Proto": "https"}


@pytest.fixture
def http(platform: Platform) -> Iterator[httpx2.Client]:
    with httpx2.Client(base_url=platform.url, trust_env=False) as client:
        yield client


def test_plain_http_is_redirected_to_https(platform: Platform, http: httpx2.Client) -> None:
    answer = http.post("/api/whatsapp/webhook/", headers={"Host": "bots.example.com"}, data={"Body": "hello"})
    assert answer.status_code == 301
    assert answer.headers["Location"] == "https://bots.example.com/api/whatsapp/webhook/"


def test_a_business_s_sign_in_page_comes_with_its_stylesheets(platform: Platform, http: httpx2.Client) -> None:
    headers = {"Host": BOOKS.domain, **THROUGH_PROXY}
    page = http.get("/accounts/login/", headers=headers)
    assert page.status_code == 200
    assert "Orchard Books" in page.text
    stylesheets = re.findall(r'<link rel="stylesheet" href="([^"]+)"', page.text)
    assert stylesheets
    assert {http.get(path, headers=headers).status_code for path in stylesheets} == {200}


def test_a_host_of_nobody_is_not_found(platform: Platform, http: httpx2.Client) -> None:
    assert http.get("/", headers={"Host": "nobody.example.com", **THROUGH_PROXY}).status_code == 404


def test_health_is_told_to_machines_that_know_neither_host_nor_https(platform: Platform, http: httpx2.Client) -> None:
    assert [http.get(path).status_code for path in ("/healthz", "/readyz", "/metrics")] == [200, 200, 200]
