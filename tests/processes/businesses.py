"""The businesses on the platform under test: what their onboarding files say, and the secrets that these name."""

from __future__ import annotations

import json
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Business:
    """One tenant. `reply_delay` in seconds, `rate_limit` in messages a minute."""

    slug: str
    number: str
    account_sid: str
    auth_token: str
    provider: str
    model: str
    api_key: str
    system_prompt: str
    reply_delay: float = 0.0
    rate_limit: int = 100
    #: Whether voice notes are written down, by the server that plays the AI provider.
    listens: bool = False

    @property
    def schema(self) -> str:
        return self.slug.replace("-", "_")

    @property
    def domain(self) -> str:
        return f"{self.slug}.example.com"

    def secrets(self) -> dict[str, str]:
        """The environment variables that the file names."""
        name = self.schema.upper()
        return {
            f"{name}_PASSWORD": f"hard to guess {self.auth_token[::-2]}",
            f"{name}_TOKEN": self.auth_token,
            f"{name}_KEY": self.api_key,
        }

    def file(self, *, ai_url: str) -> str:
        """The onboarding file. `ai_url`: the origin of the server that plays the AI provider."""
        password, token, key = self.secrets()
        transcription = f'[transcription]\nbase_url = "{ai_url}/v1"\napi_key_env = "{key}"' if self.listens else ""
        return f"""
            [tenant]
            slug = "{self.slug}"
            name = "{self.slug.replace("-", " ").title()}"
            domain = "{self.domain}"
            [owner]
            email = "owner@{self.domain}"
            password_env = "{password}"
            [channel]
            provider = "twilio"
            number = "{self.number}"
            account_sid = "{self.account_sid}"
            auth_token_env = "{token}"
            [ai]
            provider = "{self.provider}"
            model = "{self.model}"
            api_key_env = "{key}"
            base_url = "{ai_url}{"" if self.provider == "anthropic" else "/v1"}"
            system_prompt = {json.dumps(self.system_prompt)}
            {transcription}
            [conversation]
            rate_limit_per_minute = {self.rate_limit}
            reply_delay_seconds = {self.reply_delay}
        """


#: Its key looks like a key; the other's looks like nothing that a mask would know.
BOOKS = Business(
    slug="orchard-books",
    number="+14155550131",
    account_sid="AC" + "0b" * 16,
    auth_token="b00c5f3e9a7d41286c0e5f9b13d7a264",
    provider="openai",
    model="gpt-4o-mini",
    api_key="sk-orchard-7f3b9c1d5e8a2046",
    system_prompt="You recommend novels for Orchard Books.",
)
FERRIES = Business(
    slug="tern-ferries",
    number="+442071838751",
    account_sid="AC" + "0f" * 16,
    auth_token="fe44135a0c9e8b7d62f1a3c5e7094b8d",
    provider="anthropic",
    model="claude-haiku-4-5",
    api_key="tern.9d2c4b6a8e0f1735.secret",
    system_prompt="You tell when the ferries of Tern sail.",
    reply_delay=1.0,
    listens=True,
)
#: The one whose file changes.
PRINTS = Business(
    slug="quill-prints",
    number="+33755530132",
    account_sid="AC" + "0c" * 16,
    auth_token="9417c2e8d05b3f6a8e1c7d9240ab5f63",
    provider="openai",
    model="gpt-4o-mini",
    api_key="sk-quill-0a1b2c3d4e5f6071",
    system_prompt="You explain paper sizes for Quill Prints.",
    rate_limit=3,
)
EVERYONE = (BOOKS, FERRIES, PRINTS)
