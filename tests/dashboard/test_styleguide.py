"""The style page as the server writes it, and the frame around every page."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from pytest_django import Settings

from tests.dashboard.conftest import SignIn


@pytest.fixture
def page(sign_in: SignIn, tenant_client: Client, settings: Settings) -> str:
    settings.ROOT_URLCONF = "tests.dashboard.styleguide_urls"
    response = sign_in(tenant_client, "owner").get("/styleguide/")
    assert response.status_code == 200
    return response.text


def test_it_exists_in_debug_only(sign_in: SignIn, tenant_client: Client, public_client: Client) -> None:
    assert sign_in(tenant_client, "owner").get("/styleguide/").status_code == 404
    assert sign_in(public_client, "staff").get("/styleguide/").status_code == 404


def test_no_id_is_given_twice(page: str) -> None:
    ids = re.findall(r'\sid="([^"]+)"', page)
    assert sorted(one for one in set(ids) if ids.count(one) > 1) == []


def test_no_template_language_is_left_on_the_page(page: str) -> None:
    assert re.findall(r"\{%[^\n]*|\{\{[^\n]*", page) == []


def test_a_mistake_is_tied_to_its_field(page: str) -> None:
    [field] = re.findall(r'<input[^>]*name="wrong-limit"[^>]*>', page)
    [ids] = re.findall(r'aria-describedby="([^"]+)"', field)
    assert 'aria-invalid="true"' in field
    assert [one for one in ids.split() if f'id="{one}"' not in page] == []


def test_a_secret_is_never_in_its_field(page: str) -> None:
    fields = re.findall(r'<input[^>]*type="password"[^>]*>', page)
    assert fields
    assert not any("value=" in field for field in fields)


def test_the_pager_keeps_the_other_parameters(sign_in: SignIn, tenant_client: Client, settings: Settings) -> None:
    settings.ROOT_URLCONF = "tests.dashboard.styleguide_urls"
    page = sign_in(tenant_client, "owner").get("/styleguide/?status=failed&page=2").text
    assert 'href="?status=failed&amp;page=3"' in page
    assert 'href="?status=failed&amp;page=1"' in page


def test_the_frame_says_where_one_is(sign_in: SignIn, tenant_client: Client) -> None:
    page = sign_in(tenant_client, "owner").get("/").text
    current = re.findall(r'<a class="navigation-link" href="([^"]+)" aria-current="page"', page)
    assert set(current) == {"/"}


def test_a_viewer_is_not_offered_the_team(sign_in: SignIn, tenant_client: Client) -> None:
    assert 'href="/team/"' not in sign_in(tenant_client, "viewer").get("/").text
    assert 'href="/team/"' in sign_in(tenant_client, "admin").get("/").text


@pytest.mark.parametrize(("path", "is_marked"), [("/team/", True), ("/ledger/", False)])
def test_the_bar_of_a_phone_marks_more_on_pages_that_it_has_no_link_to(
    path: str, is_marked: bool, sign_in: SignIn, tenant_client: Client
) -> None:
    page = sign_in(tenant_client, "owner").get(path).text
    assert ('commandfor="more" command="show-modal" aria-current="true"' in page) is is_marked


def test_the_health_dot_says_how_the_bot_is(sign_in: SignIn, tenant_client: Client) -> None:
    dot = sign_in(tenant_client, "viewer").get("/health/").text
    assert "status-warn" in dot
    assert "Set-up is not finished" in dot
    assert "<html" not in dot


@pytest.mark.parametrize("path", ["/accounts/login/", "/nowhere/"])
def test_pages_allow_no_script_and_no_style_but_our_files(path: str, tenant_client: Client, db: None) -> None:
    policy = tenant_client.get(path)["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert "form-action 'self'" in policy
