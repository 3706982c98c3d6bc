"""What a provider said when it was asked about a channel, as the channel keeps it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any, Literal

from bots.whatsapp.accounts import AccountError, Problem, ProviderAccount, State


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """Empty where nobody asked yet. `code`: the provider's own word for the problem there is."""

    asked_at: datetime | None = None
    credentials: Problem | Literal["", "good"] = ""
    number: State | Literal[""] = ""
    number_name: str = ""
    number_reason: str = ""
    number_problem: Problem | Literal[""] = ""
    #: Where the number's messages are posted; empty: nowhere. None: the provider does not tell.
    webhook: str | None = None
    webhook_problem: Problem | Literal[""] = ""
    code: str = ""

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "asked_at": self.asked_at.isoformat() if self.asked_at else None}

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Findings:
        """What an older version kept is understood as far as it goes."""
        known = {spec.name: kept[spec.name] for spec in fields(cls) if spec.name in kept}
        if asked_at := known.get("asked_at"):
            known["asked_at"] = datetime.fromisoformat(asked_at)
        return cls(**known)


@dataclass(frozen=True, slots=True)
class Visited:
    """The findings, and what else a visit brought: the number in E.164, where the provider tells it."""

    findings: Findings
    phone: str = ""


def ask(account: ProviderAccount, *, now: datetime) -> Visited:
    """Ask for all there is to know, as far as it goes: without good credentials nothing else can be asked."""
    try:
        account.check_credentials()
    except AccountError as error:
        return Visited(Findings(asked_at=now, credentials=error.problem, code=error.code))
    try:
        number = account.find_number()
    except AccountError as error:
        return Visited(Findings(asked_at=now, credentials="good", number_problem=error.problem, code=error.code))
    about_number = {
        "asked_at": now,
        "number": number.state,
        "number_name": number.name,
        "number_reason": number.reason,
    }
    try:
        webhook = account.read_webhook()
    except AccountError as error:
        failed = {"webhook_problem": error.problem, "code": error.code}
        return Visited(Findings(credentials="good", **about_number, **failed), number.phone)  # type: ignore[arg-type]
    return Visited(Findings(credentials="good", **about_number, webhook=webhook), number.phone)  # type: ignore[arg-type]
