"""Twilio's side of connecting a number: the account, its WhatsApp senders, and where their messages are posted.

https://www.twilio.com/docs/whatsapp/api/senders, https://www.twilio.com/docs/iam/api/account
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from types import SimpleNamespace
from typing import Any

from bots.whatsapp import twilio
from bots.whatsapp.accounts import AccountError, Number, Problem, ProviderAccount, State, account_error
from bots.whatsapp.base import WhatsAppError
from bots.whatsapp.twilio_fields import PREFIX

#: The number of Twilio's sandbox: https://www.twilio.com/docs/whatsapp/sandbox. It belongs to Twilio, and its webhook
#: is set in the console alone.
SANDBOX_NUMBER = "+14155238886"
#: An account may have more senders than fit on a page.
MOST_SENDERS = 1000

#: https://www.twilio.com/docs/api/errors
PROBLEMS: dict[str, Problem] = {
    "20003": "wrong_credentials",
    "20005": "account_suspended",
    "10001": "account_suspended",
    "90010": "account_suspended",
    "20006": "not_allowed",
    "20008": "test_credentials",
    "20403": "not_allowed",
}
#: `Account.Status`.
ACCOUNT_STATUSES: dict[str, Problem] = {"suspended": "account_suspended", "closed": "account_closed"}
#: The status of a sender; every other means that the registration is not through yet.
SENDER_STATES: dict[str, State] = {
    "ONLINE": "ready",
    "ONLINE:UPDATING": "ready",
    "OFFLINE": "offline",
    "DRAFT": "not_a_sender",
    "STUBBED": "not_a_sender",
}
LONGEST_REASON = 200


class TwilioAccount(ProviderAccount):
    """`address`: the number in E.164; `account_id`: the AccountSid."""

    def check_credentials(self) -> None:
        with _errors():
            account = self._sdk.api.v2010.accounts(self.account_id).fetch()
        if problem := ACCOUNT_STATUSES.get(account.status):
            raise AccountError(problem)

    def find_number(self) -> Number:
        if self.address == SANDBOX_NUMBER:
            return Number(state="shared", name="Twilio Sandbox", phone=self.address)
        if sender := self._sender:
            profile = sender.profile if isinstance(sender.profile, dict) else {}
            return Number(
                state=SENDER_STATES.get(sender.status or "", "pending"),
                name=str(profile.get("name") or sender.friendly_name or "")[:80],
                phone=self.address,
                reason=_reason(sender),
            )
        return Number(state="not_a_sender" if self._owns_number() else "not_in_account", phone=self.address)

    def read_webhook(self) -> str | None:
        if self.address == SANDBOX_NUMBER:
            return None
        return str(_webhook(self._sender).get("callback_url") or "") if self._sender else ""

    def set_webhook(self, *, messages: str, statuses: str) -> None:
        if self.address == SANDBOX_NUMBER or self._sender is None:
            raise AccountError("cannot_set")
        wanted = {
            # What else is set there, such as a fallback, stays.
            **{name: value for name, value in _webhook(self._sender).items() if value},
            "callback_url": messages,
            "callback_method": "POST",
            "status_callback_url": statuses,
            "status_callback_method": "POST",
        }
        # The SDK's own request object would send null for the profile, which is none of ours to change.
        update = SimpleNamespace(to_dict=lambda: {"webhook": wanted})
        with _errors():
            self._sdk.messaging.v2.channels_senders(self._sender.sid).update(update)
        del self._sender  # what was read before

    @cached_property
    def _sender(self) -> Any | None:
        """The number's sender, whole: the list leaves parts of it out."""
        with _errors():
            senders = self._sdk.messaging.v2.channels_senders
            for listed in senders.stream(channel="whatsapp", limit=MOST_SENDERS):
                if listed.sender_id == PREFIX + self.address:
                    return senders(listed.sid).fetch()
        return None

    def _owns_number(self) -> bool:
        with _errors():
            return bool(self._sdk.incoming_phone_numbers.list(phone_number=self.address, limit=1))

    @property
    def _sdk(self) -> Any:
        http: Any = _InTime(self)
        return twilio.sdk_of(account_id=self.account_id, credentials=self.credentials, http_client=http)


class _InTime:
    """The process's connections to Twilio, each call of which ends with its visit."""

    def __init__(self, account: TwilioAccount) -> None:
        self.account = account

    def request(self, *args: Any, **kwargs: Any) -> Any:
        kwargs["timeout"] = self.account.seconds_left()
        return twilio.http(self.account.api_base_url).request(*args, **kwargs)


@contextmanager
def _errors() -> Iterator[None]:
    try:
        with twilio.errors():
            yield
    except WhatsAppError as error:
        raise account_error(error, table=PROBLEMS) from None


def _webhook(sender: Any) -> dict[str, Any]:
    return sender.webhook if sender and isinstance(sender.webhook, dict) else {}


def _reason(sender: Any) -> str:
    """Twilio's own sentence for why a sender is offline."""
    reasons = sender.offline_reasons if isinstance(sender.offline_reasons, list) else []
    first = reasons[0] if reasons and isinstance(reasons[0], dict) else {}
    return str(first.get("message") or "")[:LONGEST_REASON]
