"""A tenant from a file: made whole, with nothing of its secrets said."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django_tenants.utils import schema_context

from bots import knowledge
from bots.models import AIConfiguration, Channel
from bots.onboarding import onboard
from tenants.models import AuditEntry, Domain, Membership, Route, Tenant, User
from tests.databases import SECRETS, TENANTS
from tests.tenants.files import ENVIRONMENT, apply, changed, everything, invitation, printed, toml, written
from tests.webhooks.posting import deliver, messages, payload

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)


def test_a_file_makes_a_tenant_with_all_that_belongs_to_it(tmp_path: Path) -> None:
    apply(tmp_path, changed())
    newcomer = Tenant.objects.get(slug="new-comer")
    assert (newcomer.name, newcomer.status, newcomer.schema_name) == ("Newcomer", "active", "new_comer")
    assert Domain.objects.get(tenant=newcomer).domain == "new.localhost"
    owner = User.objects.get(email="owner@new.test")
    assert owner.check_password(ENVIRONMENT["NEW_PASSWORD"])
    assert not owner.is_staff
    assert Membership.objects.get(user=owner, tenant=newcomer).role == "owner"
    with schema_context("new_comer"):
        channel, active = Channel.objects.get(), AIConfiguration.objects.get(is_active=True)
        assert [passage.title for passage in knowledge.search("croissant")] == ["Prices"]
    assert (channel.provider, channel.address) == ("twilio", "+14155550123")
    assert channel.account_id == "AC0000000000000000000000000000newc"
    assert channel.credentials == {"auth_token": ENVIRONMENT["NEW_TOKEN"]}
    route = Route.objects.get(tenant=newcomer)
    assert (route.provider, route.address, route.channel_id) == ("twilio", "+14155550123", channel.pk)
    assert (active.version, active.provider, active.model_name) == (1, "openai", "gpt-4o-mini")
    assert active.api_key == ENVIRONMENT["NEW_KEY"]
    assert (active.max_tokens, active.temperature, active.system_prompt) == (500, 0.2, "You sell bread.")
    assert (active.ttl_seconds, active.max_context_messages) == (600, 4)
    assert (active.rate_limit_per_minute, active.reply_delay_seconds) == (7, 2.5)
    assert AuditEntry.objects.get(tenant=newcomer).action == "tenant.onboarded"


def test_a_new_tenant_takes_messages_at_once(tmp_path: Path) -> None:
    apply(tmp_path, changed())
    fields = payload("text", To="whatsapp:+14155550123", AccountSid="AC0000000000000000000000000000newc")
    assert deliver(fields, token=ENVIRONMENT["NEW_TOKEN"]).status_code == 200
    assert [len(messages("new_comer")), len(messages("acme"))] == [1, 0]


@pytest.mark.parametrize("slug", ["acme", "bravo"])
def test_the_tests_own_tenants_are_as_their_files_say(slug: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    before = everything()
    assert onboard(TENANTS / f"{slug}.toml").changes == []
    assert everything() == before


def test_no_secret_is_printed_or_written_down(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    text = printed(tmp_path, changed())
    text += printed(tmp_path, changed(ai__model="gpt-5"))
    with pytest.raises(CommandError) as raised:
        printed(tmp_path, changed(channel__number="+14155238886", ai__temperature=9))
    streams = capfd.readouterr()
    noted = repr(list(AuditEntry.objects.values_list("detail", flat=True)))
    for value in ENVIRONMENT.values():
        assert value not in f"{text}{raised.value}{streams.out}{streams.err}{noted}"


def test_a_secret_written_into_the_file_is_not_echoed(tmp_path: Path) -> None:
    """Somebody will paste the token itself where the variable's name belongs, or under a name of their own."""
    with pytest.raises(CommandError) as raised:
        printed(tmp_path, changed(channel__auth_token="the-pasted-secret", ai__max_tokens="the-pasted-secret"))
    assert "channel.auth_token: is not a known key" in str(raised.value)
    assert "the-pasted-secret" not in str(raised.value)


def test_without_a_password_an_invitation_is_printed_that_works_once(tmp_path: Path) -> None:
    file = changed(owner__password_env=None)
    link = invitation(printed(tmp_path, file))
    assert link.startswith("https://new.localhost/invitations/")
    path = link.removeprefix("https://new.localhost")
    browser = Client(headers={"host": "new.localhost", "x-forwarded-proto": "https"})
    assert browser.get(path).status_code == 200
    assert browser.post(path, {"name": "Olga Owner", "password": "a-password-they-chose"}).status_code == 302
    assert User.objects.get(email="owner@new.test").check_password("a-password-they-chose")
    assert browser.get("/").status_code == 200

    again = Client(headers={"host": "new.localhost", "x-forwarded-proto": "https"})
    assert again.post(path, {"name": "Thief", "password": "a-thief's-password"}).status_code == 410
    assert User.objects.get(email="owner@new.test").check_password("a-password-they-chose")
    assert invitation(printed(tmp_path, file)) == "", "who chose a password needs no invitation"


def test_the_invitation_of_somebody_who_never_came_is_printed_again(tmp_path: Path) -> None:
    file = changed(owner__password_env=None)
    first, second = printed(tmp_path, file), printed(tmp_path, file)
    assert invitation(first)
    assert invitation(second)
    assert "nothing to change" in second


def test_several_files_are_applied_in_order(tmp_path: Path) -> None:
    first = written(tmp_path, changed())
    second = tmp_path / "second.toml"
    second.write_text(
        toml(changed(tenant__slug="second", tenant__domain="second.localhost", channel__number="+14155550124"))
    )
    call_command("onboard", str(first), str(second))
    assert Tenant.objects.filter(slug__in=["new-comer", "second"]).count() == 2


def test_onboarding_leaves_the_connection_in_the_schema_it_was_in(tmp_path: Path) -> None:
    with schema_context("acme"):
        apply(tmp_path, changed())
        assert connection.schema_name == "acme"
