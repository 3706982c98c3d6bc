"""What a tenant's file leaves out the platform's own settings fill, and the platform's key goes to nobody's server."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.tenants.conftest import Manage
from tests.tenants.files import changed, written

PLATFORM = {
    "TWILIO_ACCOUNT_SID": "AC00000000000000000000000000platform",
    "TWILIO_AUTH_TOKEN": "platform-token-0123456789",
    "TWILIO_WHATSAPP_NUMBER": "whatsapp:+14155550177",
    "AI_PROVIDER": "openai",
    "AI_API_KEY": "sk-platform-key-0123456789",
    "AI_MODEL": "gpt-platform",
    "AI_MAX_TOKENS": "321",
    "CONVERSATION_TTL": "1234",
    "MAX_CONTEXT_MESSAGES": "5",
    "NEW_KEY": "sk-their-own-key-0123456789",
}
ASK = """
import json
from django_tenants.utils import schema_context
from bots.connections import api_key_of, client_of, credentials_of, is_complete
from bots.models import AIConfiguration, Channel
with schema_context("new_comer"):
    channel, ai = Channel.objects.get(), AIConfiguration.objects.get(is_active=True)
    print(json.dumps({
        "account": channel.account_id, "number": channel.address, "token": credentials_of(channel).get("auth_token"),
        "provider": ai.provider, "model": ai.model_name, "key": api_key_of(ai), "complete": is_complete(ai),
        "limits": [ai.max_tokens, ai.ttl_seconds, ai.max_context_messages], "own": [channel.credentials, ai.api_key],
    }))
"""
#: Nothing but who they are.
BARE = changed(owner__password_env=None, channel=None, ai=None, conversation=None, knowledge=None)


def onboarded(manage: Manage, folder: Path, contents: dict[str, Any]) -> dict[str, Any]:
    """What the tenant's bot works with, in a process of its own."""
    run = manage("onboard", str(written(folder, contents)), **PLATFORM)
    assert run.returncode == 0, run.stderr
    assert all(PLATFORM[name] not in run.stdout + run.stderr for name in ("TWILIO_AUTH_TOKEN", "AI_API_KEY", "NEW_KEY"))
    return json.loads(manage("shell", "-v", "0", "-c", ASK, **PLATFORM).stdout)


def test_a_file_that_sets_nothing_works_with_what_the_platform_has(manage: Manage, tmp_path: Path) -> None:
    assert onboarded(manage, tmp_path, BARE) == {
        "account": PLATFORM["TWILIO_ACCOUNT_SID"],
        "number": "+14155550177",
        "token": PLATFORM["TWILIO_AUTH_TOKEN"],
        "provider": "openai",
        "model": "gpt-platform",
        "key": PLATFORM["AI_API_KEY"],
        "complete": True,
        "limits": [321, 1234, 5],
        # The platform's secrets are not copied into the tenant's rows: they change in one place.
        "own": [{}, ""],
    }


def test_what_the_file_sets_wins(manage: Manage, tmp_path: Path) -> None:
    contents = changed(owner__password_env=None, channel=None, ai__max_tokens=7)
    found = onboarded(manage, tmp_path, contents)
    assert (found["model"], found["key"], found["limits"]) == ("gpt-4o-mini", PLATFORM["NEW_KEY"], [7, 600, 4])


@pytest.mark.parametrize(
    ("tables", "key"),
    [
        # The platform's key is neither for a server that the tenant names, nor for another provider.
        ({"ai": {"provider": "openai", "base_url": "https://evil.example.net/v1"}}, "ai.api_key_env"),
        ({"ai": {"provider": "anthropic", "model": "claude"}}, "ai.api_key_env"),
        ({"ai": {"provider": "anthropic"}}, "ai.model"),
        # The platform's token is for the platform's own account.
        ({"channel": {"account_sid": "AC-of-their-own"}}, "channel.auth_token_env"),
    ],
)
def test_what_the_platforms_secrets_are_not_for_is_missing(
    tables: dict[str, Any], key: str, manage: Manage, tmp_path: Path
) -> None:
    run = manage("onboard", str(written(tmp_path, {**BARE, **tables})), **PLATFORM)
    assert run.returncode != 0
    assert f"  {key}: is missing" in run.stderr
    assert PLATFORM["AI_API_KEY"] not in run.stderr


def test_a_custom_server_never_gets_the_platforms_key(manage: Manage, tmp_path: Path) -> None:
    ai = {"provider": "custom", "base_url": "https://llm.example.net/v1", "model": "theirs"}
    assert onboarded(manage, tmp_path, {**BARE, "ai": ai})["key"] == ""
