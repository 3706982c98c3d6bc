"""What mails say: where they come from, what happened, and what to do if it was somebody else."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.core import mail
from django.template.loader import render_to_string
from django.test import Client, RequestFactory
from django.utils import timezone

from dashboard.templatetags.words import with_article
from tests.dashboard.conftest import PASSWORD, SignIn

pytestmark = pytest.mark.usefixtures("people")
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"
RESET = "https://acme.localhost/accounts/password/reset/"
CHANGES = [
    str(file.relative_to(settings.BASE_DIR / "templates"))
    for folder in ("account", "mfa")
    for file in sorted((Path(settings.BASE_DIR) / "templates" / folder / "email").glob("*_message.*"))
    if "account_change" in file.read_text()
]


def forms(message: mail.EmailMessage) -> tuple[str, str]:
    """The text and the HTML of a mail."""
    [(html, _)] = message.alternatives  # type: ignore[attr-defined]
    return str(message.body), str(html)


def test_a_changed_password_is_told_with_the_browser_and_a_way_back_in(tenant_client: Client, sign_in: SignIn) -> None:
    client = sign_in(tenant_client, "owner")
    fields = {"oldpassword": PASSWORD, "password1": "another-fine-password", "password2": "another-fine-password"}
    client.post("/accounts/password/change/", fields, headers={"user-agent": FIREFOX})
    text, html = forms(mail.outbox[-1])
    assert "Firefox on Windows" in text
    assert "Firefox on Windows" in html
    assert "Gecko" not in text + html
    assert re.search(rf"Wasn't you\? Reset your password now.*\n{RESET}$", text, re.MULTILINE)
    assert f'Wasn\'t you? <a href="{RESET}"' in html
    assert tenant_client.get(RESET).status_code == 200


def test_an_old_address_is_told_to_ask_the_owner_because_it_cannot_sign_in_any_more(
    tenant_client: Client, sign_in: SignIn
) -> None:
    client = sign_in(tenant_client, "owner")
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    client.post("/accounts/email/", {"email": "fresh@people.test", "action_add": ""})
    asked, _ = forms(mail.outbox[-1])
    assert "The link works once, for 3 days." in asked
    [link] = re.findall(r"https://acme\.localhost(/accounts/confirm-email/\S+)", asked)
    client.post(link)
    assert mail.outbox[-1].to == ["owner@people.test"]
    for form in forms(mail.outbox[-1]):
        assert "This address can no longer sign in. Tell the owner of Acme now." in form
        assert "password" not in form


@pytest.mark.parametrize("template", CHANGES)
def test_every_mail_about_an_account_says_when_from_where_and_what_to_do(template: str) -> None:
    known = {"ip": "198.51.100.7", "user_agent": FIREFOX, "timestamp": timezone.now(), "host": "acme.localhost"}
    form = render_to_string(template, known, RequestFactory().get("/", headers={"host": "acme.localhost"}))
    assert "198.51.100.7, Firefox on Windows" in form
    assert form.count("Wasn't you?") == 1


def test_all_eleven_mails_about_an_account_are_looked_at_in_both_forms() -> None:
    assert len(CHANGES) == 2 * 11


def test_a_mail_with_a_new_password_says_how_long_its_link_works(tenant_client: Client) -> None:
    tenant_client.post("/accounts/password/reset/", {"email": "owner@people.test"})
    for form in forms(mail.outbox[-1]):
        assert "The link works once, for 3 days." in form


@pytest.mark.parametrize(("role", "said"), [("agent", "as an agent."), ("viewer", "as a viewer.")])
def test_an_invitation_names_the_role_as_people_do(
    role: str, said: str, tenant_client: Client, sign_in: SignIn
) -> None:
    client = sign_in(tenant_client, "owner")
    client.post("/account/", {"name": "Ann O'Neil"})
    client.post("/team/invite/", {"email": "new@people.test", "role": role})
    text, html = forms(mail.outbox[-1])
    assert f"Ann O'Neil invites you to Acme on Switchboard, {said}" in text
    assert said in html


def test_a_role_has_the_article_that_people_say_before_it() -> None:
    assert [with_article(role) for role in ("owner", "admin", "agent", "viewer")] == [
        "an owner",
        "an admin",
        "an agent",
        "a viewer",
    ]
