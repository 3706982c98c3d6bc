"""What is asked of a provider about an account itself, one file each: does it take the credentials, has it the number,
where do the number's messages go.

Plain values in and out, like `bots.whatsapp.base`; the dashboard has a sentence for each `Problem` and `State`.
"""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Literal, cast

from bots.whatsapp.base import WhatsAppError

#: What a channel calls a provider -> the dotted path of its account. One line for each of `bots.whatsapp.PROVIDERS`.
ACCOUNTS = {
    "twilio": "bots.whatsapp.twilio_account.TwilioAccount",
    "meta": "bots.whatsapp.meta_account.MetaAccount",
}

Problem = Literal[
    "wrong_credentials",
    "test_credentials",
    "wrong_app_secret",
    "account_suspended",
    "account_closed",
    "not_allowed",
    "callback_refused",
    "cannot_set",
    "too_many_requests",
    "unreachable",
    "refused",
]
#: A number at its provider. `ready`: WhatsApp carries its messages. `shared`: the provider's own number for trying out,
#: which no account owns.
State = Literal["ready", "shared", "pending", "offline", "not_a_sender", "not_in_account"]

#: Seconds for all calls of one visit together, and for any one of them: somebody waits at the screen.
BUDGET, LONGEST_CALL, SHORTEST_CALL = 9.0, 5.0, 0.05


class AccountError(Exception):
    """The provider said no, or nothing. `code`: its own word for why, where it has one."""

    def __init__(self, problem: Problem, *, code: str = "") -> None:
        super().__init__(f"{problem} {code}".strip())
        self.problem: Problem = problem
        self.code = code


@dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    """What the provider says of a number. `name`: as WhatsApp shows it; `phone`: E.164, where the provider tells it;
    `reason`: the provider's own words for why it is not ready."""

    state: State
    name: str = ""
    phone: str = ""
    reason: str = ""


class ProviderAccount(ABC):
    """One visit to a provider, on behalf of one channel: the calls share a budget of `BUDGET` seconds."""

    def __init__(
        self, *, address: str, account_id: str, credentials: Mapping[str, str], api_base_url: str = ""
    ) -> None:
        self.address = address
        self.account_id = account_id
        self.credentials = credentials
        self.api_base_url = api_base_url
        self._ends = time.monotonic() + BUDGET

    @abstractmethod
    def check_credentials(self) -> None:
        """Return when the provider takes the credentials and the account is in order. Raises `AccountError`."""

    @abstractmethod
    def find_number(self) -> Number:
        """The channel's number, as the account has it. Raises `AccountError`."""

    @abstractmethod
    def read_webhook(self) -> str | None:
        """The URL that the number's messages are posted to; empty: none is set; None: the provider does not tell.

        Raises `AccountError`.
        """

    @abstractmethod
    def set_webhook(self, *, messages: str, statuses: str) -> None:
        """Have messages, and reports of messages, posted to these URLs. Raises `AccountError`, with the problem
        `cannot_set` where only a person can do it."""

    def seconds_left(self) -> float:
        """How long the next call may take; never 0, so that a call that comes too late fails as one that timed out."""
        return max(SHORTEST_CALL, min(LONGEST_CALL, self._ends - time.monotonic()))


def account_of(
    *, provider: str, address: str, account_id: str, credentials: Mapping[str, str], api_base_url: str = ""
) -> ProviderAccount:
    """A visit to one channel's account. Cheap; no network is touched. Raises `KeyError` for an unknown provider."""
    module, _, name = ACCOUNTS[provider].rpartition(".")
    account = cast(type[ProviderAccount], getattr(import_module(module), name))
    return account(address=address, account_id=account_id, credentials=credentials, api_base_url=api_base_url)


def account_error(error: WhatsAppError, *, table: Mapping[str, Problem]) -> AccountError:
    """A failed call in our words. `table`: the provider's codes that mean something of their own here."""
    if problem := table.get(error.code):
        return AccountError(problem, code=error.code)
    if error.credentials:
        return AccountError("wrong_credentials", code=error.code)
    if error.retry_after is not None:
        return AccountError("too_many_requests", code=error.code)
    return AccountError("refused" if error.permanent else "unreachable", code=error.code)
