"""What every provider's account does, whoever it is: the same questions, asked of each far end by the true client."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from bots.whatsapp import PROVIDERS
from bots.whatsapp.accounts import ACCOUNTS, BUDGET, AccountError, Number, ProviderAccount, account_of
from tests.whatsapp.conftest import ACCOUNT, PHONE_NUMBER_ID, TOKEN, FarEnd

WEBHOOK = "https://bots.example.com/api/whatsapp/webhook/#rc=5&rp=all"
STATUSES = "https://bots.example.com/api/whatsapp/status/"
ELSEWHERE = "https://elsewhere.example.com/hook"
#: How each far end knows the number, and what it counts the two first questions as.
CARRIED: dict[str, dict[str, str]] = {
    "twilio": {"number": "+14155550123", "name": "Bakery", "account_sid": ACCOUNT, "auth_token": TOKEN},
    "meta": {
        "phone_number_id": PHONE_NUMBER_ID,
        "name": "Bakery",
        "display": "14155550123",
        "access_token": TOKEN,
        "app_secret": "the-apps-secret",
    },
}
ABOUT_CREDENTIALS = {"twilio": "account.fetch", "meta": "me"}
ABOUT_NUMBER = {"twilio": "senders.list", "meta": "account.fetch"}
ADDRESS = {"twilio": "+14155550123", "meta": PHONE_NUMBER_ID}
NOT_OURS = {"twilio": "+14155550199", "meta": "999999"}
Visit = Callable[..., ProviderAccount]
Carry = Callable[..., None]


@pytest.fixture
def carry(provider: str, far_end: FarEnd) -> Iterator[Carry]:
    """Set the number anew at its provider."""

    def carry(**changes: str) -> None:
        far_end.phone.add_number(**{**CARRIED[provider], "webhook_url": ELSEWHERE, **changes})

    carry()
    yield carry
    carry(deliver_to="http://127.0.0.1:9")


@pytest.fixture
def visit(provider: str, far_end: FarEnd, carry: Carry) -> Visit:
    def visit(**changes: Any) -> ProviderAccount:
        given = {
            "address": ADDRESS[provider],
            "account_id": far_end.account_id,
            "credentials": far_end.credentials,
            "api_base_url": far_end.phone.url,
        }
        return account_of(provider=provider, **(given | changes))

    return visit


def problem(call: Callable[[], object]) -> str:
    with pytest.raises(AccountError) as caught:
        call()
    return caught.value.problem


def test_every_provider_has_an_account() -> None:
    assert sorted(ACCOUNTS) == sorted(PROVIDERS)


def test_good_credentials_of_an_account_in_order_pass(visit: Visit) -> None:
    visit().check_credentials()


def test_a_wrong_token_is_told_from_everything_else(visit: Visit, far_end: FarEnd) -> None:
    wrong = visit(credentials={**far_end.credentials, **far_end.wrong_credentials})
    assert problem(wrong.check_credentials) == "wrong_credentials"


def test_credentials_that_are_missing_are_wrong(visit: Visit) -> None:
    assert problem(visit(credentials={}).check_credentials) == "wrong_credentials"


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ({"mode": "drop"}, "unreachable"),
        ({"mode": "status", "status": 500}, "unreachable"),
        ({"mode": "status", "status": 429}, "too_many_requests"),
        ({"mode": "status", "status": 400, "code": 99999}, "refused"),
    ],
)
def test_a_provider_out_of_order_is_no_wrong_token(
    visit: Visit, far_end: FarEnd, provider: str, fault: dict[str, Any], expected: str
) -> None:
    far_end.fails(ABOUT_CREDENTIALS[provider], **fault)
    assert problem(visit().check_credentials) == expected


def test_a_call_after_the_visits_time_is_over_fails_at_once(visit: Visit, far_end: FarEnd, provider: str) -> None:
    far_end.fails(ABOUT_CREDENTIALS[provider], mode="delay", seconds=1)
    account = visit()
    account._ends -= BUDGET
    assert problem(account.check_credentials) == "unreachable"


def test_no_call_may_take_longer_than_what_is_left_of_the_visit(visit: Visit) -> None:
    account = visit()
    assert account.seconds_left() == 5
    account._ends -= BUDGET - 1
    assert 0 < account.seconds_left() <= 1


def test_the_number_is_found_with_the_name_that_people_see(visit: Visit) -> None:
    assert visit().find_number() == Number(state="ready", name="Bakery", phone="+14155550123")


def test_a_number_that_the_account_does_not_have_is_not_in_it(visit: Visit, provider: str) -> None:
    assert visit(address=NOT_OURS[provider]).find_number().state == "not_in_account"


@pytest.mark.parametrize(
    ("provider", "status", "state"),
    [
        ("twilio", "ONLINE:UPDATING", "ready"),
        ("twilio", "OFFLINE", "offline"),
        ("twilio", "VERIFYING", "pending"),
        ("twilio", "PENDING_VERIFICATION", "pending"),
        ("twilio", "DRAFT", "not_a_sender"),
        ("twilio", "", "not_a_sender"),
        ("meta", "PENDING", "pending"),
        ("meta", "BANNED", "offline"),
        ("meta", "FLAGGED", "ready"),
    ],
)
def test_the_providers_words_for_a_number_become_ours(visit: Visit, carry: Carry, status: str, state: str) -> None:
    carry(status=status)
    assert visit().find_number().state == state


def test_a_failure_while_looking_for_the_number_is_not_taken_for_its_absence(
    visit: Visit, far_end: FarEnd, provider: str
) -> None:
    far_end.fails(ABOUT_NUMBER[provider], mode="status", status=503)
    assert problem(visit().find_number) == "unreachable"


def test_the_webhook_that_is_set_is_read_back(visit: Visit, carry: Carry) -> None:
    assert visit().read_webhook() == ELSEWHERE
    carry(webhook_url="")
    assert visit().read_webhook() == ""


@pytest.mark.parametrize("provider", ["twilio"])
def test_twilios_webhook_is_set_and_read_back_in_the_same_visit(visit: Visit, far_end: FarEnd) -> None:
    account = visit()
    assert account.read_webhook() == ELSEWHERE
    account.set_webhook(messages=WEBHOOK, statuses=STATUSES)
    assert account.read_webhook() == WEBHOOK
    assert far_end.phone.requests()["calls"]["senders.update"] == 1


class _KnowsTheToken(BaseHTTPRequestHandler):
    """An application that answers Meta's verification when it is asked with its own verify token."""

    def do_GET(self) -> None:
        asked = parse_qs(urlsplit(self.path).query)
        knows = asked["hub.verify_token"] == ["our-verify-token"] and asked["hub.mode"] == ["subscribe"]
        self.send_response(200 if knows else 403)
        self.end_headers()
        self.wfile.write(asked["hub.challenge"][0].encode())

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@pytest.fixture
def application() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _KnowsTheToken) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


@pytest.mark.parametrize("provider", ["meta"])
def test_metas_webhook_is_set_when_the_address_knows_the_token(
    visit: Visit, carry: Carry, far_end: FarEnd, application: str
) -> None:
    carry(deliver_to=application)
    known = {**far_end.credentials, "verify_token": "our-verify-token"}
    account = visit(account_id="102290129340398", credentials=known)
    account.set_webhook(messages=WEBHOOK, statuses=STATUSES)
    assert account.read_webhook() == WEBHOOK
    assert far_end.phone.requests()["calls"]["subscribed_apps"] == 1


@pytest.mark.parametrize("provider", ["meta"])
def test_metas_webhook_is_not_set_where_another_token_is_known(visit: Visit, carry: Carry, application: str) -> None:
    carry(deliver_to=application)
    account = visit()
    assert problem(lambda: account.set_webhook(messages=WEBHOOK, statuses=STATUSES)) == "callback_refused"
    assert account.read_webhook() == ELSEWHERE


@pytest.mark.parametrize("provider", ["meta"])
def test_an_app_secret_of_another_app_is_found_at_once(visit: Visit, far_end: FarEnd) -> None:
    other = visit(credentials={**far_end.credentials, "app_secret": "another-apps"})
    assert problem(other.check_credentials) == "wrong_app_secret"


@pytest.mark.parametrize(("status", "expected"), [("suspended", "account_suspended"), ("closed", "account_closed")])
@pytest.mark.parametrize("provider", ["twilio"])
def test_a_twilio_account_that_is_out_of_order_is_named(
    visit: Visit, carry: Carry, far_end: FarEnd, status: str, expected: str
) -> None:
    # Its own account, so that the other number of the far end does not speak for it.
    carry(account_sid="AC" + "0b" * 16, account_status=status)
    account = visit(account_id="AC" + "0b" * 16)
    assert problem(account.check_credentials) == expected
    assert problem(account.find_number) == "account_suspended"


@pytest.mark.parametrize(
    ("code", "expected"), [(20005, "account_suspended"), (20008, "test_credentials"), (20006, "not_allowed")]
)
@pytest.mark.parametrize("provider", ["twilio"])
def test_twilios_codes_for_an_account_become_our_words(visit: Visit, far_end: FarEnd, code: int, expected: str) -> None:
    far_end.fails("account.fetch", mode="status", status=403, code=code)
    with pytest.raises(AccountError) as caught:
        visit().check_credentials()
    assert (caught.value.problem, caught.value.code) == (expected, str(code))


@pytest.mark.parametrize("provider", ["twilio"])
def test_why_a_sender_is_offline_is_told_in_twilios_own_sentence(visit: Visit, carry: Carry) -> None:
    carry(status="OFFLINE", offline_reason="The business account was disabled by Meta.")
    assert visit().find_number().reason == "The business account was disabled by Meta."


@pytest.mark.parametrize("provider", ["twilio"])
def test_twilios_sandbox_number_is_shared_and_only_a_person_can_set_its_webhook(visit: Visit) -> None:
    sandbox = visit(address="+14155238886")
    assert sandbox.find_number().state == "shared"
    assert sandbox.read_webhook() is None
    assert problem(lambda: sandbox.set_webhook(messages=WEBHOOK, statuses=STATUSES)) == "cannot_set"


@pytest.mark.parametrize("provider", ["twilio"])
def test_a_webhook_cannot_be_set_for_a_number_without_whatsapp(visit: Visit, carry: Carry) -> None:
    carry(status="")
    assert problem(lambda: visit().set_webhook(messages=WEBHOOK, statuses=STATUSES)) == "cannot_set"
