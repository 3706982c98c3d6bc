"""What the demo's stand-ins for Twilio and Meta are told: the numbers, the people who write to them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import KW_ONLY, dataclass
from pathlib import Path
from shlex import quote as quoted
from typing import Any

from sandbox.addresses import write_private
from sandbox.demo.surroundings import HERE, Surroundings

#: The people on the phones. Grace hides her number behind a username.
USERS = [
    {"phone": "+15551230001", "name": "Ada"},
    {"phone": "+447700900123", "name": "Ben"},
    {"user_id": "US.13491208655302741918", "name": "Grace"},
]
#: A second number of each business's Twilio account, which leads nowhere until somebody connects it on the dashboard.
SPARE_NUMBERS = {
    "lumen-bakery": {"number": "+14155550142", "name": "Lumen Bakery Orders"},
    "harbor-clinic": {"number": "+442079460142", "name": "Harbor Clinic Front Desk"},
}
#: The clinic's number at Meta, connected already.
META_NUMBER = {
    "phone_number_id": "106540352240188",
    "name": "Harbor Clinic Line",
    "display": "442079460188",
    "business_account": "102290129340399",
}
CHANNEL = re.compile(r"^\[channel\]\n.*?(?=^\[)", re.DOTALL | re.MULTILINE)


def has_second_number(file: Path) -> bool:
    return _channel_beside(file).exists()


def second_number(file: Path) -> Path:
    """The tenant's file once more, with its number at Meta: a file describes one number at each provider."""
    text, channel = file.read_text(), _channel_beside(file).read_text()
    second = file.with_name(f"{file.stem}-meta.toml")
    second.write_text(CHANNEL.sub(lambda _: f"{channel}\n", text))
    return second


def _channel_beside(file: Path) -> Path:
    return HERE / "tenants" / f"{file.stem}.meta-channel.toml"


@dataclass(frozen=True, slots=True)
class FarEnds:
    """Both stand-ins, as commands, their configurations written."""

    surroundings: Surroundings
    _: KW_ONLY
    environment: Mapping[str, str]
    tenants: Sequence[dict[str, Any]]

    def twilio_command(self) -> str:
        config = self.surroundings.data / "phone.json"
        numbers = [self._number(tenant) for tenant in self.tenants]
        numbers += [self._spare_number(tenant) for tenant in self.tenants]
        write_private(config, text=json.dumps({"numbers": numbers, "users": USERS}))
        state = self.surroundings.data / "phone"
        port = self.surroundings.phone_port
        return f"python -m sandbox.twilio --port {port} --config {quoted(str(config))} --state {quoted(str(state))}"

    def meta_command(self) -> str:
        config = self.surroundings.data / "meta.json"
        number = {
            **META_NUMBER,
            "access_token": self.environment["DEMO_CLINIC_META_TOKEN"],
            "app_secret": self.environment["DEMO_CLINIC_META_APP_SECRET"],
            "webhook_url": self._webhook_url(),
            "deliver_to": self._web(),
        }
        write_private(config, text=json.dumps({"numbers": [number], "users": USERS}))
        state = self.surroundings.data / "meta"
        port = self.surroundings.meta_port
        return f"python -m sandbox.meta --port {port} --config {quoted(str(config))} --state {quoted(str(state))}"

    def _number(self, tenant: dict[str, Any]) -> dict[str, str]:
        return {
            "number": tenant["channel"]["number"],
            "name": tenant["tenant"]["name"],
            "account_sid": tenant["channel"]["account_sid"],
            "auth_token": self.environment[tenant["channel"]["auth_token_env"]],
            # The fragment makes Twilio repeat whatever fails; it is neither sent nor signed.
            "webhook_url": f"{self._webhook_url()}#rc=5&rp=all",
            "deliver_to": self._web(),
        }

    def _spare_number(self, tenant: dict[str, Any]) -> dict[str, str]:
        return {**self._number(tenant), **SPARE_NUMBERS[tenant["tenant"]["slug"]], "webhook_url": ""}

    def _webhook_url(self) -> str:
        return f"{self.surroundings.public_url}/api/whatsapp/webhook/"

    def _web(self) -> str:
        return f"http://127.0.0.1:{self.surroundings.web_port}"
