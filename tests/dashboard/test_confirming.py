"""Being asked again who one is: when, and what becomes of a form that comes too late."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import pytest
from django.conf import settings
from django.test import Client

from bots import drafts
from bots.models import Channel, KnowledgeSettings
from dashboard.confirming import AGAIN, UNSENT
from tests.dashboard.conftest import PASSWORD, SignIn

KEY = "/bot/keys/api_key/"
SETTINGS = "/knowledge/settings/"
SECRET = "sk-secret-that-is-kept-nowhere"


@pytest.fixture
def owner(people: Any, tenant_client: Client) -> Client:
    """Signed in by the form, a moment ago."""
    signed_in = tenant_client.post("/accounts/login/", {"login": "owner@people.test", "password": PASSWORD})
    assert (signed_in.status_code, signed_in["Location"]) == (302, "/")
    return tenant_client


@pytest.fixture
def late(owner: Client) -> Client:
    """Signed in longer ago than counts."""
    session = owner.session
    for record in session["account_authentication_methods"]:
        record["at"] -= settings.ACCOUNT_REAUTHENTICATION_TIMEOUT + 1
    session.save()
    return owner


def confirm(client: Client, asked: Any) -> str:
    """Give the password where one was sent to; where that leads."""
    assert asked["Location"].startswith("/accounts/reauthenticate/?")
    assert "Nothing was changed yet." in client.get(asked["Location"]).text
    return str(client.post(asked["Location"], {"password": PASSWORD})["Location"])


@pytest.mark.parametrize("path", [KEY, SETTINGS, "/accounts/2fa/app/activate/"])
def test_whoever_signed_in_a_moment_ago_is_not_asked_again(path: str, owner: Client) -> None:
    assert owner.get(path).status_code == 200


@pytest.mark.parametrize("path", [KEY, SETTINGS, "/accounts/2fa/app/activate/"])
def test_whoever_signed_in_longer_ago_is_asked_once(path: str, late: Client) -> None:
    asked = late.get(path)
    assert asked["Location"] == f"/accounts/reauthenticate/?{urlencode({'next': path})}"
    page = late.get(asked["Location"]).text
    assert "enter the password of <strong><bdi>owner@people.test</bdi></strong> again." in page
    assert page.count("autofocus") == 1
    late.post(asked["Location"], {"password": PASSWORD})
    assert late.get(path).status_code == 200


def test_a_session_that_never_showed_who_it_is_is_asked(sign_in: SignIn, tenant_client: Client) -> None:
    assert sign_in(tenant_client, "owner").get(KEY)["Location"].startswith("/accounts/reauthenticate/")


def test_somebody_elses_sign_in_in_the_same_session_does_not_count(people: Any, owner: Client) -> None:
    session = owner.session
    session["account_authentication_methods_user"] = str(people["admin"].pk)
    session.save()
    assert owner.get(KEY)["Location"].startswith("/accounts/reauthenticate/")


@pytest.mark.parametrize("page", ["", "https://evil.test/"])
def test_a_key_that_came_too_late_leads_back_to_its_form_which_asks_for_it_again(page: str, late: Client) -> None:
    back = confirm(late, late.post(KEY, {"key": SECRET}, headers={"referer": page}))
    assert back == KEY
    text = late.get(back).text
    assert AGAIN in text
    assert SECRET not in text
    assert AGAIN not in late.get(back).text, "said once"
    late.post(KEY, {"key": SECRET})
    assert drafts.draft().api_key == SECRET


def test_what_is_no_secret_is_still_in_the_form_and_the_secret_was_kept_nowhere(late: Client) -> None:
    filled = {"by_meaning": "on", "base_url": "https://vectors.test/v1", "model": "bge-m3", "api_key": SECRET}
    asked = late.post(SETTINGS, filled)
    assert late.session[UNSENT]["fields"] == {name: filled[name] for name in ("by_meaning", "base_url", "model")}
    assert SECRET not in str(dict(late.session.items()))
    form = late.get(confirm(late, asked))
    assert AGAIN in form.text
    assert [form.context["form"][name].value() for name in ("base_url", "model")] == [filled["base_url"], "bge-m3"]
    assert form.context["form"]["by_meaning"].value()
    assert UNSENT not in late.session
    assert not KnowledgeSettings.objects.filter(by_meaning=True).exists()


def test_a_switch_that_was_turned_off_stays_off_in_the_form(late: Client) -> None:
    KnowledgeSettings.objects.update_or_create(pk=1, defaults={"by_meaning": True, "model": "bge-m3"})
    form = late.get(confirm(late, late.post(SETTINGS, {"model": "bge-m3"})))
    assert not form.context["form"]["by_meaning"].value()


def test_other_credentials_of_a_number_that_came_too_late_by_htmx(late: Client) -> None:
    path = f"/channels/{Channel.objects.get().pk}/credentials/"
    sid = "AC" + "1" * 32
    asked = late.post(path, {"account_sid": sid, "auth_token": SECRET}, headers={"HX-Request": "true"})
    assert asked["HX-Redirect"] == f"/accounts/reauthenticate/?{urlencode({'next': path})}"
    late.post(asked["HX-Redirect"], {"password": PASSWORD})
    form = late.get(path)
    assert form.context["form"]["account_sid"].value() == sid
    assert AGAIN in form.text
    assert SECRET not in form.text


def test_a_form_that_came_too_late_says_nothing_on_other_pages(late: Client) -> None:
    late.post(KEY, {"key": SECRET})
    late.post("/accounts/reauthenticate/", {"password": PASSWORD})
    assert AGAIN not in late.get(SETTINGS).text
