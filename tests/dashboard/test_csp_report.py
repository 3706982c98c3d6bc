"""What browsers report of the Content-Security-Policy, and what strangers send in their place."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest
from django.test import Client

from dashboard.views.csp_report import LONGEST, MOST
from tenants.models import Tenant

REPORT = {
    "document-uri": "https://acme.localhost/invitations/a-secret-token/?next=/team/",
    "violated-directive": "script-src-elem",
    "blocked-uri": "https://evil.test/steal.js?session=1",
}


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> Any:
    caplog.set_level(logging.INFO, logger="dashboard.views.csp_report")
    return lambda: [one.getMessage() for one in caplog.records if one.name == "dashboard.views.csp_report"]


def send(client: Client, content: Any) -> int:
    body = content if isinstance(content, str) else json.dumps({"csp-report": content})
    return client.post("/csp-report/", body, content_type="application/csp-report").status_code


def test_every_page_names_the_address_for_reports(tenant: Tenant, tenant_client: Client) -> None:
    policy = tenant_client.get("/accounts/login/")["Content-Security-Policy"]
    assert "report-uri /csp-report/" in policy


@pytest.mark.parametrize("host", ["tenant_client", "public_client"])
def test_a_violation_is_a_line_in_the_log_without_the_token_in_the_pages_address(
    host: str, tenant: Tenant, request: pytest.FixtureRequest, lines: Any
) -> None:
    client = request.getfixturevalue(host)
    page = "https://bots.example.com/account/" if host == "public_client" else REPORT["document-uri"]
    name = "account" if host == "public_client" else "invitation"
    assert send(client, {**REPORT, "document-uri": page}) == 204
    stopped = "The Content-Security-Policy stopped https://evil.test by script-src-elem on the page"
    assert lines() == [f"{stopped} {name}"]


def test_a_browser_without_a_token_of_ours_may_report(tenant: Tenant, lines: Any) -> None:
    browser = Client(headers={"host": "acme.localhost", "x-forwarded-proto": "https"}, enforce_csrf_checks=True)
    assert send(browser, {**REPORT, "blocked-uri": "inline"}) == 204
    assert "stopped inline by" in lines()[0]


@pytest.mark.parametrize(
    "content",
    ["", "[]", '"x"', '{"csp-report": 1}', "[" * 7000, {"document-uri": ["//["], "blocked-uri": "http://[", "x": {}}],
)
def test_what_is_no_report_breaks_nothing(content: Any, tenant: Tenant, tenant_client: Client, lines: Any) -> None:
    assert send(tenant_client, content) == 204
    assert len(lines()) == 1


def test_a_line_is_one_line_and_short_whatever_is_sent(tenant: Tenant, tenant_client: Client, lines: Any) -> None:
    forged = "script\n2026-01-01 INFO all is well\x1b[31m" + "x" * 500
    send(tenant_client, {**REPORT, "violated-directive": forged, "blocked-uri": forged})
    [line] = lines()
    assert line.isprintable()
    assert len(line) < 300


def test_neither_large_reports_nor_many_fill_the_log(tenant: Tenant, tenant_client: Client, lines: Any) -> None:
    assert send(tenant_client, {**REPORT, "padding": "x" * LONGEST}) == 204
    assert lines() == []
    for _ in range(MOST + 5):
        assert send(tenant_client, REPORT) == 204
    assert len(lines()) == MOST


def test_it_is_nothing_to_look_at(tenant: Tenant, tenant_client: Client) -> None:
    assert tenant_client.get("/csp-report/").status_code == 405
