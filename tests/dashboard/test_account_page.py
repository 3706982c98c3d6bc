"""One's own account: name, address, password, and where one is signed in."""

from __future__ import annotations

import re
from pathlib import Path

import allauth
import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.core import mail
from django.template.loader import get_template
from django.test import Client

from tenants import second_factors
from tenants.models import User
from tests.dashboard.conftest import PASSWORD, SignIn
from tests.dashboard.urls import Page, pages

pytestmark = pytest.mark.usefixtures("people")
#: Mails about signing up and about codes instead of links, which do not exist here.
NEVER_SENT = {"account_already_exists", "email_confirmation_signup", "login_code", "password_reset_code"}
NEW = {"password1": "another-fine-password", "password2": "another-fine-password"}


def browser() -> Client:
    return Client(headers={"host": "acme.localhost", "x-forwarded-proto": "https"})


def signed_in(password: str = PASSWORD, email: str = "owner@people.test") -> Client:
    """A browser that went through the sign-in page."""
    client = browser()
    answer = client.post("/accounts/login/", {"login": email, "password": password})
    assert answer.status_code == 302, answer.text
    return client


def is_in(client: Client) -> bool:
    return client.get("/").status_code == 200


def change_address(client: Client, *, email: str) -> str:
    """Ask for another address; the link in the mail that went to it."""
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    client.post("/accounts/email/", {"email": email, "action_add": ""})
    message = mail.outbox[-1]
    assert message.to == [email]
    found = re.search(r"https://acme\.localhost(/accounts/confirm-email/\S+)", str(message.body))
    assert found
    return found[1]


def test_a_new_address_counts_when_its_link_was_followed_and_not_before() -> None:
    client = signed_in()
    link = change_address(client, email="fresh@people.test")
    assert "Waiting for the link that went to" in client.get("/account/").text
    assert User.objects.filter(email="owner@people.test").exists()
    assert client.get(link).status_code == 200
    assert not User.objects.filter(email="fresh@people.test").exists(), "a program that looks at links confirms nothing"
    mail.outbox.clear()
    client.post(link)
    assert User.objects.filter(email="fresh@people.test").exists()
    assert [message.to for message in mail.outbox] == [["owner@people.test"]], "the old address is told"
    assert is_in(signed_in(email="fresh@people.test"))


def test_an_address_of_somebody_else_is_not_taken_over() -> None:
    client = signed_in()
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    client.post("/accounts/email/", {"email": "admin@people.test", "action_add": ""})
    [link] = re.findall(r"https://acme\.localhost(/accounts/confirm-email/\S+)", str(mail.outbox[0].body))
    assert "in use by another account" in client.get(link).text
    client.post(link)
    assert User.objects.filter(email__in=["owner@people.test", "admin@people.test"]).count() == 2
    assert not EmailAddress.objects.filter(email="admin@people.test", user__email="owner@people.test", verified=True)


def test_a_changed_password_ends_every_other_session_and_is_told_by_mail() -> None:
    here, elsewhere = signed_in(), signed_in()
    assert here.post("/accounts/password/change/", {"oldpassword": PASSWORD, **NEW})["Location"] == "/account/"
    assert is_in(here)
    assert not is_in(elsewhere)
    assert [message.subject for message in mail.outbox] == ["Your password was changed · Switchboard"]


def test_one_signs_out_everywhere_else_with_one_button() -> None:
    here, elsewhere = signed_in(), signed_in()
    page = here.get("/accounts/sessions/").text
    assert page.count('class="account-session"') == 2
    assert page.count("This device") == 1
    assert "2 devices" in here.get("/account/").text
    here.post("/accounts/sessions/")
    assert is_in(here)
    assert not is_in(elsewhere)
    assert "1 device<" in here.get("/account/").text


def test_one_signs_out_in_one_other_place_and_nobody_elses() -> None:
    here, elsewhere, third, stranger = signed_in(), signed_in(), signed_in(), browser()
    stranger.post("/accounts/login/", {"login": "admin@people.test", "password": PASSWORD})
    rows = {one: UserSession.objects.get(session_key=one.session.session_key).pk for one in (here, elsewhere, stranger)}
    page = here.get("/accounts/sessions/").text
    assert f"/accounts/sessions/{rows[elsewhere]}/end/" in page
    assert f"/accounts/sessions/{rows[here]}/end/" not in page, "here, signing out is what ends it"

    done = here.post(f"/accounts/sessions/{rows[elsewhere]}/end/")
    assert (done.status_code, done["Location"]) == (302, "/accounts/sessions/")
    assert not is_in(elsewhere)
    assert is_in(third)
    for pk in (rows[here], rows[stranger], rows[elsewhere]):
        assert here.post(f"/accounts/sessions/{pk}/end/").status_code == 404
    assert is_in(here)
    assert is_in(stranger)


def test_the_list_of_sessions_shows_the_address_that_the_proxy_saw() -> None:
    client = browser()
    fields = {"login": "owner@people.test", "password": PASSWORD}
    agent = "<i>Browser</i>"
    client.post(
        "/accounts/login/", fields, headers={"x-forwarded-for": "203.0.113.1, 198.51.100.7", "user-agent": agent}
    )
    page = client.get("/accounts/sessions/").text
    assert "198.51.100.7" in page
    assert "203.0.113.1" not in page
    assert agent not in page
    assert "&lt;i&gt;Browser&lt;/i&gt;" in page


def test_signing_in_gives_the_browser_a_new_session() -> None:
    client = browser()
    client.get("/accounts/password/reset/key/1-set-password/")
    session = client.session
    session["planted"] = True
    session.save()
    client.cookies["__Host-sessionid"] = str(session.session_key)
    client.post("/accounts/login/", {"login": "owner@people.test", "password": PASSWORD})
    assert client.cookies["__Host-sessionid"].value != session.session_key


def test_cookies_belong_to_the_one_host_that_set_them() -> None:
    """The prefix makes browsers insist on Secure, on the path / and on no Domain: no tenant plants one for another."""
    client = browser()
    client.get("/accounts/login/")
    client.post("/accounts/login/", {"login": "owner@people.test", "password": PASSWORD})
    assert {"__Host-sessionid", "__Host-csrftoken"} <= set(client.cookies)
    for name, cookie in client.cookies.items():
        assert name.startswith("__Host-")
        assert (cookie["domain"], cookie["path"], cookie["secure"], cookie["samesite"]) == ("", "/", True, "Lax")
    assert client.cookies["__Host-sessionid"]["httponly"]
    assert settings.SESSION_COOKIE_DOMAIN is None


@pytest.mark.parametrize("path", ["login", "reauthenticate", "logout", "password/change"])
@pytest.mark.parametrize(
    "elsewhere", ["https://evil.test/", "//evil.test/", "/\\evil.test", "https://bravo.localhost/"]
)
def test_no_page_leads_to_another_host_whatever_next_says(path: str, elsewhere: str, sign_in: SignIn) -> None:
    client = browser() if path == "login" else sign_in(browser(), "owner")
    fields = {"login": "owner@people.test", "password": PASSWORD, "oldpassword": PASSWORD, **NEW, "next": elsewhere}
    answer = client.post(f"/accounts/{path}/", fields)
    assert answer.status_code == 302
    assert answer["Location"].startswith("/")
    assert not answer["Location"].startswith(("//", "/\\"))


def test_asking_for_a_new_password_looks_the_same_whoever_exists() -> None:
    answers = []
    for email in ("owner@people.test", "stranger@people.test"):
        client = browser()
        answer = client.post("/accounts/password/reset/", {"email": email})
        page = client.get(answer["Location"]).text
        answers.append((answer.status_code, answer["Location"], re.sub(r'"[\w-]{60,}"|value="\w+"', "", page)))
    assert answers[0] == answers[1]
    assert len(mail.outbox) == 2, "both get a mail, so that neither is quicker to answer"


def test_a_new_password_by_mail_is_no_way_around_the_second_step(people: dict[str, User]) -> None:
    secret = second_factors.encrypted("JBSWY3DPEHPK3PXP")
    Authenticator.objects.create(user=people["owner"], type="totp", data={"secret": secret})
    client = browser()
    client.post("/accounts/password/reset/", {"email": "owner@people.test"})
    link = re.search(r"https://acme\.localhost(/accounts/password/reset/key/\S+)", str(mail.outbox[0].body))
    assert link
    form = client.get(link[1], follow=True)
    client.post(form.request["PATH_INFO"], NEW)
    assert not is_in(client)
    fields = {"login": "owner@people.test", "password": NEW["password1"]}
    assert client.post("/accounts/login/", fields)["Location"] == "/accounts/2fa/authenticate/"


@pytest.mark.parametrize("page", [page for page in pages(settings.ROOT_URLCONF) if page.admits == "signed in"], ids=str)
def test_every_page_about_oneself_is_ours(page: Page) -> None:
    client = signed_in()
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    answer = client.get(page.path)
    assert answer.status_code in (200, 302, 404, 405)
    if answer.status_code == 200:
        assert "· Switchboard</title>" in answer.text
        assert "no-store" in answer["Cache-Control"]


@pytest.mark.parametrize("folder", ["account/email", "mfa/email"])
def test_every_mail_of_the_library_that_is_in_use_has_our_words_in_both_forms(folder: str) -> None:
    theirs = Path(allauth.__file__).parent / "templates" / folder
    prefixes = {file.name.removesuffix("_subject.txt") for file in theirs.glob("*_subject.txt")}
    for prefix in prefixes - NEVER_SENT:
        for ending in ("subject.txt", "message.txt", "message.html"):
            origin = get_template(f"{folder}/{prefix}_{ending}").origin
            assert Path(str(origin)).is_relative_to(settings.BASE_DIR), f"{folder}/{prefix}_{ending}"


def test_mails_have_a_text_and_an_html_form(people: dict[str, User]) -> None:
    browser().post("/accounts/password/reset/", {"email": "owner@people.test"})
    [message] = mail.outbox
    [(html, kind)] = message.alternatives  # type: ignore[attr-defined]
    assert kind == "text/html"
    for form in (str(message.body), str(html)):
        assert "https://acme.localhost/accounts/password/reset/key/" in form
