"""Signing in and out, and passwords."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core import mail
from django.test import Client

from tenants.invitations import password_path
from tenants.models import User
from tests.dashboard.conftest import PASSWORD, SignIn

pytestmark = pytest.mark.usefixtures("people")
TEMPLATES = Path(settings.BASE_DIR) / "templates"


def sign_in_by_form(client: Client, *, password: str = PASSWORD, next_url: str = "") -> str:
    """Post the form; where it leads, or the page that says what is wrong."""
    response = client.post("/accounts/login/", {"login": "owner@people.test", "password": password, "next": next_url})
    return response["Location"] if response.status_code == 302 else response.text


def test_the_sign_in_leads_to_the_page_that_was_asked_for(tenant_client: Client) -> None:
    assert 'value="/?range=week"' in tenant_client.get("/accounts/login/?next=/%3Frange%3Dweek").text
    assert sign_in_by_form(tenant_client, next_url="/?range=week") == "/?range=week"


def test_signing_in_never_leads_to_another_tenants_host(tenant_client: Client, settings: Any) -> None:
    settings.ALLOWED_HOSTS = [".localhost"]
    assert sign_in_by_form(tenant_client, next_url="https://bravo.localhost/") == "/"
    assert tenant_client.get("/").status_code == 200


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.test/", "//evil.test/", "/\\evil.test", "javascript:alert(1)", "https:evil.test"]
)
def test_the_sign_in_never_leads_to_another_site(elsewhere: str, tenant_client: Client) -> None:
    assert sign_in_by_form(tenant_client, next_url=elsewhere) == "/"


def test_a_wrong_password_is_told_plainly_and_tells_nothing_else(tenant_client: Client) -> None:
    known = sign_in_by_form(tenant_client, password="wrong")
    assert "This email address and password do not match." in known
    assert PASSWORD not in known


def attempt(client: Client, *, login: str = "owner@people.test", **headers: str) -> int:
    """The status of a sign-in with a wrong password."""
    fields = {"login": login, "password": "wrong"}
    return client.post("/accounts/login/", fields, headers=headers).status_code


def test_guessing_at_one_account_is_stopped_with_429_and_a_sentence(tenant_client: Client) -> None:
    assert [attempt(tenant_client) for _ in range(5)] == [200] * 5
    stopped = tenant_client.post("/accounts/login/", {"login": "owner@people.test", "password": PASSWORD})
    assert stopped.status_code == 429
    assert "Too many attempts. Wait a few minutes" in stopped.text
    assert 'name="password"' in stopped.text, "the form is still there"


def test_guesses_at_an_account_are_counted_over_all_hosts_together(
    tenant_client: Client, public_client: Client
) -> None:
    assert {attempt(tenant_client) for _ in range(3)} == {200}
    assert {attempt(public_client) for _ in range(2)} == {200}
    bravo = Client(headers={"host": "bravo.localhost", "x-forwarded-proto": "https"})
    assert attempt(bravo) == 429


def test_many_sign_ins_from_one_address_are_stopped_with_our_own_page(tenant_client: Client) -> None:
    for number in range(40):
        fields = {"login": f"{number}@b.test", "password": "wrong"}
        response = tenant_client.post("/accounts/login/", fields, headers={"x-forwarded-for": "198.51.100.7"})
        if "<h1>Too many attempts</h1>" in response.text:
            break
    assert response.status_code == 429
    assert "<h1>Too many attempts</h1>" in response.text
    assert attempt(tenant_client, **{"x-forwarded-for": "198.51.100.8"}) == 200, "somebody else is not stopped"


def test_an_address_that_a_client_claims_for_itself_counts_for_nothing(tenant_client: Client) -> None:
    """The proxy appends the address that it saw; what stands before is the client's own word."""
    statuses = [
        attempt(tenant_client, login=f"{n}@b.test", **{"x-forwarded-for": f"203.0.113.{n}, 198.51.100.9"})
        for n in range(40)
    ]
    assert 429 in statuses


def test_nobody_signs_up_by_themselves(tenant_client: Client) -> None:
    before = User.objects.count()
    fields = {"email": "new@people.test", "password1": "a-fine-long-password"}
    for response in (tenant_client.get("/accounts/signup/"), tenant_client.post("/accounts/signup/", fields)):
        assert "Accounts come by invitation" in response.text
    assert User.objects.count() == before


@pytest.mark.parametrize(
    "path", ["confirm-email/", "login/code/confirm/", "phone/change/", "signup/passkey/", "2fa/trust/"]
)
def test_pages_of_the_library_that_are_not_in_use_do_not_exist(path: str, tenant_client: Client) -> None:
    assert tenant_client.get(f"/accounts/{path}").status_code == 404


def test_signing_out_takes_a_click_and_ends_the_session(sign_in: SignIn, tenant_client: Client) -> None:
    client = sign_in(tenant_client, "owner")
    assert "Sign out?" in client.get("/accounts/logout/").text
    assert client.get("/").status_code == 200
    response = client.post("/accounts/logout/", follow=True)
    assert "You are signed out." in response.text
    assert client.get("/").status_code == 302


def test_every_form_that_signs_somebody_out_deletes_what_their_browser_keeps() -> None:
    """By static/js/signing-out.js. Whoever starts again in the midst of signing in has written nothing yet."""
    forms = {
        str(file.relative_to(TEMPLATES)): found[0]
        for file in TEMPLATES.rglob("*.html")
        if (found := re.findall(r"<form[^>]*{% url 'account_logout' %}[^>]*>", file.read_text()))
    }
    assert {name for name, form in forms.items() if " data-sign-out" not in form} == {"mfa/authenticate.html"}
    assert len(forms) == 5


def test_a_page_says_whose_browser_it_is_and_asks_before_it_deletes(
    sign_in: SignIn, tenant_client: Client, people: dict[str, User]
) -> None:
    client = sign_in(tenant_client, "owner")
    for path in ("/", "/accounts/logout/"):
        page = client.get(path).text
        assert f'data-sign-out data-member="{people["owner"].pk}"' in page
        assert page.count('id="sign-out"') == 1
        assert "js/signing-out.js" in page


def test_a_forgotten_password_is_replaced_by_the_mailed_link_once(tenant_client: Client) -> None:
    done = tenant_client.post("/accounts/password/reset/", {"email": "owner@people.test"}, follow=True)
    assert "Check your email" in done.text
    [message] = mail.outbox
    assert message.subject == "Choose a new password for Acme · Switchboard"
    link = re.search(r"https://acme\.localhost(/accounts/password/reset/key/\S+)", str(message.body))
    assert link
    form = tenant_client.get(link[1], follow=True)
    assert "Choose your password" in form.text
    fields = {"password1": "another-fine-password", "password2": "another-fine-password"}
    saved = tenant_client.post(form.request["PATH_INFO"], fields, follow=True)
    assert "Your password is saved" in saved.text
    assert sign_in_by_form(tenant_client, password="another-fine-password") == "/"
    tenant_client.cookies.clear()
    assert "This link does not work any more" in tenant_client.get(link[1]).text


def test_an_address_without_account_gets_the_same_page_and_no_offer_to_sign_up(tenant_client: Client) -> None:
    done = tenant_client.post("/accounts/password/reset/", {"email": "stranger@people.test"}, follow=True)
    assert "Check your email" in done.text
    assert "There is no account with the address stranger@people.test" in str(mail.outbox[0].body)
    assert "signup" not in str(mail.outbox[0].body)


def test_a_link_to_choose_a_password_opens_the_same_form(people: dict[str, User], tenant_client: Client) -> None:
    form = tenant_client.get(password_path(people["viewer"]), follow=True)
    assert "Choose your password" in form.text


def test_a_password_is_changed_by_whoever_knows_the_old_one(sign_in: SignIn, tenant_client: Client) -> None:
    client = sign_in(tenant_client, "owner")
    new = {"password1": "another-fine-password", "password2": "another-fine-password"}
    wrong = client.post("/accounts/password/change/", {"oldpassword": "nope", **new})
    assert "This is not your current password." in wrong.text
    right = client.post("/accounts/password/change/", {"oldpassword": PASSWORD, **new})
    assert right.status_code == 302


def test_an_account_that_is_switched_off_is_told_so(people: dict[str, User], tenant_client: Client) -> None:
    User.objects.filter(pk=people["owner"].pk).update(is_active=False)
    assert sign_in_by_form(tenant_client) == "/accounts/inactive/"
    assert "This account is switched off" in tenant_client.get("/accounts/inactive/").text
