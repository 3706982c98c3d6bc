"""Meta's side of connecting a number: the token, the app secret, the number, and where its messages are posted.

https://developers.facebook.com/documentation/business-messaging/whatsapp/business-phone-numbers/phone-numbers
https://developers.facebook.com/documentation/business-messaging/whatsapp/embedded-signup/webhooks/override
"""

from __future__ import annotations

import hashlib
import hmac
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

import phonenumbers

from bots.whatsapp.accounts import AccountError, Number, Problem, ProviderAccount, State, account_error
from bots.whatsapp.base import WhatsAppError
from bots.whatsapp.meta import MetaClient

FIELDS = "id,display_phone_number,verified_name,status,webhook_configuration"
#: An argument is wrong: what that means depends on what was asked. Of an object: it is not there for this token.
INVALID = "100"

#: https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes
PROBLEMS: dict[str, Problem] = {
    "190": "wrong_credentials",
    "3": "not_allowed",
    "10": "not_allowed",
    "200": "not_allowed",
    "131005": "not_allowed",
    "368": "account_suspended",
    "131031": "account_suspended",
    "131042": "account_suspended",
    "2200": "callback_refused",
}
#: The status of a number; every other means that WhatsApp has taken it out of service.
STATES: dict[str, State] = {
    "CONNECTED": "ready",
    "FLAGGED": "ready",
    "PENDING": "pending",
    "UNVERIFIED": "pending",
    "MIGRATED": "not_in_account",
    "DELETED": "not_in_account",
}
#: The most particular of the addresses that are set is the one that counts.
LEVELS = ("phone_number", "whatsapp_business_account", "application")


class MetaAccount(ProviderAccount):
    """`address`: the phone number id; `account_id`: the WhatsApp Business Account's id, where it is known."""

    def check_credentials(self) -> None:
        """The token, and that the app secret is of the token's app: Meta refuses a proof that another secret made."""
        token, secret = self.credentials.get("access_token", ""), self.credentials.get("app_secret", "")
        proof = hmac.new(secret.encode(), token.encode(), hashlib.sha256).hexdigest()
        self._call("GET", f"me?{urlencode({'fields': 'id', 'appsecret_proof': proof})}", invalid="wrong_app_secret")

    def find_number(self) -> Number:
        if self._number is None:
            return Number(state="not_in_account")
        return Number(
            state=STATES.get(str(self._number.get("status") or "CONNECTED"), "offline"),
            name=str(self._number.get("verified_name") or "")[:80],
            phone=_e164(str(self._number.get("display_phone_number") or "")),
        )

    def read_webhook(self) -> str | None:
        set_there = (self._number or {}).get("webhook_configuration")
        if not isinstance(set_there, dict):
            return None
        return next((str(set_there[level]) for level in LEVELS if set_there.get(level)), "")

    def set_webhook(self, *, messages: str, statuses: str) -> None:
        """Meta has one address for both, and asks it for the verify token while it is set."""
        token = self.credentials.get("verify_token", "")
        if self.account_id:
            # Without this, nothing of the account reaches the app, wherever it is sent.
            self._call("POST", f"{self.account_id}/subscribed_apps", content={})
        override = {"override_callback_uri": messages, "verify_token": token}
        self._call("POST", self.address, content={"webhook_configuration": override}, invalid="callback_refused")
        self.__dict__.pop("_number", None)  # what was read before, if anything was

    @cached_property
    def _number(self) -> dict[str, Any] | None:
        """The number as the token sees it; None: it does not see it."""
        try:
            found = self._call("GET", f"{self.address}?fields={FIELDS}")
        except AccountError as error:
            if error.code != INVALID:
                raise
            return None
        return found if isinstance(found, dict) else {}

    def _call(
        self, method: str, path: str, *, content: dict[str, Any] | None = None, invalid: Problem = "refused"
    ) -> Any:
        """One call. `invalid`: what it means here that Meta finds an argument wrong."""
        client = MetaClient(
            address=self.address,
            account_id=self.account_id,
            credentials=self.credentials,
            api_base_url=self.api_base_url,
        )
        try:
            return client.call(method, path, content=content, timeout=self.seconds_left())
        except WhatsAppError as error:
            raise account_error(error, table={**PROBLEMS, INVALID: invalid}) from None


def _e164(shown: str) -> str:
    """`15550783881`, `+1 555-078-3881` as `+15550783881`; empty for what is no number."""
    try:
        number = phonenumbers.parse(shown if shown.startswith("+") else f"+{shown}")
    except phonenumbers.NumberParseException:
        return ""
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
