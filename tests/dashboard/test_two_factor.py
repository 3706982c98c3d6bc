"""The second step of signing in: an app's codes, passkeys, recovery codes."""

from __future__ import annotations

import re
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet, MultiFernet
from django.core import mail
from django.test import Client
from encrypted_model_fields import fields

from tenants import second_factors
from tenants.models import Tenant, User
from tests.dashboard.conftest import PASSWORD, SignIn
from tests.dashboard.totp import code, steady_code

pytestmark = pytest.mark.usefixtures("people")


@pytest.fixture(autouse=True)
def _committed(monkeypatch: pytest.MonkeyPatch) -> None:
    """What waits for the commit is done at once: a test's transaction has none."""
    monkeypatch.setattr("django.db.transaction.on_commit", lambda then, **_: then())


def confirmed(client: Client) -> Client:
    """Show again that it is them."""
    assert client.post("/accounts/reauthenticate/", {"password": PASSWORD}).status_code == 302
    return client


def set_up(client: Client) -> str:
    """Switch the app on as its page says; the key in base32."""
    page = confirmed(client).get("/accounts/2fa/app/activate/").text
    found = re.search(r"data-secret>([A-Z2-7]+)<", page)
    assert found
    done = client.post("/accounts/2fa/app/activate/", {"code": steady_code(found[1])})
    assert done["Location"] == "/accounts/2fa/recovery-codes/"
    return found[1]


def sign_in_by_password(client: Client, *, next_url: str = "") -> str:
    fields = {"login": "owner@people.test", "password": PASSWORD, "next": next_url}
    return client.post("/accounts/login/", fields)["Location"]


def is_in(client: Client) -> bool:
    return client.get("/").status_code == 200


def browser() -> Client:
    return Client(headers={"host": "acme.localhost", "x-forwarded-proto": "https"})


def test_with_the_app_a_password_alone_lets_nobody_in(sign_in: SignIn, tenant_client: Client) -> None:
    secret = set_up(sign_in(tenant_client, "owner"))
    visitor = browser()
    assert sign_in_by_password(visitor, next_url="/team/") == "/accounts/2fa/authenticate/"
    assert not is_in(visitor)
    wrong = visitor.post("/accounts/2fa/authenticate/", {"code": "000000"})
    assert "This code is not right." in wrong.text
    assert not is_in(visitor)
    right = visitor.post("/accounts/2fa/authenticate/", {"code": steady_code(secret)})
    assert right["Location"] == "/team/"
    assert is_in(visitor)


def test_a_code_that_was_used_does_not_work_again_on_any_host(sign_in: SignIn, tenant_client: Client) -> None:
    secret = set_up(sign_in(tenant_client, "owner"))
    seen = steady_code(secret, seconds=8)
    visitor = browser()
    sign_in_by_password(visitor)
    assert visitor.post("/accounts/2fa/authenticate/", {"code": seen}).status_code == 302
    for host in ("acme.localhost", "bravo.localhost", "bots.example.com"):
        thief = Client(headers={"host": host, "x-forwarded-proto": "https"})
        sign_in_by_password(thief)
        assert "This code is not right." in thief.post("/accounts/2fa/authenticate/", {"code": seen}).text


def test_guessing_codes_is_stopped_with_429(sign_in: SignIn, tenant_client: Client) -> None:
    secret = set_up(sign_in(tenant_client, "owner"))
    visitor = browser()
    sign_in_by_password(visitor)
    statuses = [visitor.post("/accounts/2fa/authenticate/", {"code": f"{n:06}"}).status_code for n in range(7)]
    assert statuses[0] == 200
    assert statuses[-1] == 429
    assert visitor.post("/accounts/2fa/authenticate/", {"code": steady_code(secret)}).status_code == 429


def test_a_recovery_code_lets_one_in_once(sign_in: SignIn, tenant_client: Client) -> None:
    client = sign_in(tenant_client, "owner")
    set_up(client)
    codes = re.findall(r"<code>(\d{8})</code>", client.get("/accounts/2fa/recovery-codes/").text)
    assert len(codes) == 10
    for expected in (True, False):
        visitor = browser()
        sign_in_by_password(visitor)
        visitor.post("/accounts/2fa/authenticate/", {"code": codes[0]})
        assert is_in(visitor) is expected
    assert "9 left" in client.get("/account/").text
    assert codes[1] in client.get("/accounts/2fa/recovery-codes/download/").text


@pytest.mark.parametrize(
    "path",
    [
        "/accounts/2fa/app/activate/",
        "/accounts/passkeys/add/",
        "/accounts/email/",
    ],
)
def test_changing_how_one_gets_in_asks_again_who_it_is(path: str, sign_in: SignIn, tenant_client: Client) -> None:
    client = sign_in(tenant_client, "owner")
    asked = client.post(path, {"email": "new@people.test", "action_add": "", "code": "1"})
    assert asked.status_code == 302
    assert asked["Location"].startswith("/accounts/reauthenticate/?next=")
    wrong = client.post(asked["Location"], {"password": "wrong"})
    assert "This is not your current password." in wrong.text


def test_recovery_codes_and_the_switch_off_ask_again_who_it_is(sign_in: SignIn, tenant_client: Client) -> None:
    set_up(sign_in(tenant_client, "owner"))
    client = browser()
    client.force_login(User.objects.get(email="owner@people.test"))
    for path in ("recovery-codes/", "recovery-codes/generate/", "recovery-codes/download/", "app/deactivate/"):
        asked = client.get(f"/accounts/2fa/{path}")
        assert (asked.status_code, asked["Location"].split("?")[0]) == (302, "/accounts/reauthenticate/")


def test_switching_it_off_takes_the_recovery_codes_with_it_and_is_told_by_mail(
    people: dict[str, User], sign_in: SignIn, tenant_client: Client
) -> None:
    client = sign_in(tenant_client, "owner")
    set_up(client)
    mail.outbox.clear()
    client.post("/accounts/2fa/app/deactivate/")
    assert not Authenticator.objects.filter(user=people["owner"]).exists()
    assert [message.subject for message in mail.outbox] == ["The authenticator app is off · Switchboard"]
    assert sign_in_by_password(browser()) == "/"


def test_the_key_of_the_app_is_encrypted_at_rest_and_on_no_page_once_it_is_on(
    people: dict[str, User], sign_in: SignIn, tenant_client: Client
) -> None:
    client = sign_in(tenant_client, "owner")
    secret = set_up(client)
    stored = Authenticator.objects.get(user=people["owner"], type="totp").data
    assert secret not in str(stored)
    assert second_factors.decrypted(stored["secret"]) == secret
    assert secret not in client.get("/account/").text
    assert client.get("/accounts/2fa/app/activate/")["Location"] == "/accounts/2fa/app/deactivate/"


def test_second_factors_are_encrypted_anew_under_a_new_key(people: dict[str, User], monkeypatch: Any) -> None:
    old, new = Fernet(Fernet.generate_key()), Fernet(Fernet.generate_key())
    monkeypatch.setattr(fields, "encrypt_str", lambda text: old.encrypt(text.encode()))
    mine = Authenticator.objects.create(
        user=people["owner"], type="totp", data={"secret": second_factors.encrypted("JBSWY3DPEHPK3PXP")}
    )
    lost = Authenticator.objects.create(user=people["admin"], type="totp", data={"secret": "gAAAAA-nobody-opens-this"})

    def either(token: str) -> str:
        return MultiFernet([new, old]).decrypt(token).decode()

    monkeypatch.setattr(fields, "encrypt_str", lambda text: new.encrypt(text.encode()))
    monkeypatch.setattr(fields, "decrypt_str", either)
    assert second_factors.rotate() == [lost.pk]
    mine.refresh_from_db()
    assert new.decrypt(mine.data["secret"]) == b"JBSWY3DPEHPK3PXP"


def test_a_passkey_is_asked_for_on_the_host_where_it_will_work(sign_in: SignIn, tenant_client: Client) -> None:
    page = confirmed(sign_in(tenant_client, "owner")).get("/accounts/passkeys/add/").text
    assert '"rp": {"name": "acme.localhost", "id": "acme.localhost"}' in page
    assert 'value="Passkey for acme.localhost"' in page


def test_a_made_up_passkey_lets_nobody_in(tenant_client: Client) -> None:
    for credential in (
        "",
        "{}",
        "[]",
        '{"response": {"userHandle": "MQ"}}',
        '{"id": "x", "rawId": "eA", "response": {}}',
    ):
        answer = tenant_client.post("/accounts/passkeys/login/", {"credential": credential})
        assert (answer.status_code, answer["Location"]) == (302, "/accounts/login/")
    assert not is_in(tenant_client)


def test_another_persons_passkey_is_not_there_to_rename_or_remove(
    people: dict[str, User], sign_in: SignIn, tenant_client: Client
) -> None:
    theirs = Authenticator.objects.create(user=people["admin"], type="webauthn", data={"name": "Key", "credential": {}})
    client = confirmed(sign_in(tenant_client, "owner"))
    for path in ("edit", "remove"):
        assert client.post(f"/accounts/passkeys/{theirs.pk}/{path}/", {"name": "Mine"}).status_code == 404
    assert Authenticator.objects.get(pk=theirs.pk).data["name"] == "Key"


def test_signing_in_half_way_is_no_way_around_a_tenant_that_requires_it(
    tenant: Tenant, sign_in: SignIn, tenant_client: Client
) -> None:
    set_up(sign_in(tenant_client, "owner"))
    Tenant.objects.filter(pk=tenant.pk).update(two_factor_required=True)
    visitor = browser()
    sign_in_by_password(visitor)
    assert visitor.get("/account/")["Location"].startswith("/accounts/login/")


def test_the_codes_are_those_of_the_standard() -> None:
    """RFC 6238, appendix B: the test's own app counts right."""
    assert code("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", at=59) == "287082"
    assert code("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", at=1234567890) == "005924"
