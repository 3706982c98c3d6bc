"""What a tenant's file leaves out the platform's own settings fill, and the platform's key goes to nobody's server."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.databases import PROJECT
from tests.tenants.files import changed, toml

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
#: Applies each file that it is given and says what the tenant's bot then works with, or what is wrong with the file.
PROGRAM = """
import json, sys
import django
django.setup()
from pathlib import Path
from django_tenants.utils import schema_context
from bots.connections import api_key_of, credentials_of, is_complete
from bots.models import AIConfiguration, Channel
from bots.onboarding import onboard
from tenants.onboarding import OnboardingError

def works_with(path):
    try:
        onboard(Path(path))
    except OnboardingError as error:
        return {"mistakes": error.mistakes}
    with schema_context("new_comer"):
        channel, ai = Channel.objects.get(), AIConfiguration.objects.get(is_active=True)
        return {
            "account": channel.account_id, "number": channel.address, "token": credentials_of(channel).get("auth_token"),
            "provider": ai.provider, "model": ai.model_name, "key": api_key_of(ai), "complete": is_complete(ai),
            "limits": [ai.max_tokens, ai.ttl_seconds, ai.max_context_messages], "own": [channel.credentials, ai.api_key],
        }

print(json.dumps([works_with(path) for path in sys.argv[1:]]))
"""
#: Nothing but who they are.
BARE = changed(owner__password_env=None, channel=None, ai=None, conversation=None, knowledge=None)
MISSING = {
    # The platform's key is neither for a server that the tenant names, nor for another provider.
    "ai.api_key_env of a server of theirs": {"ai": {"provider": "openai", "base_url": "https://evil.example.net/v1"}},
    "ai.api_key_env of another provider": {"ai": {"provider": "anthropic", "model": "claude"}},
    "ai.model of another provider": {"ai": {"provider": "anthropic"}},
    # The platform's token is for the platform's own account.
    "channel.auth_token_env of an account of theirs": {"channel": {"account_sid": "AC-of-their-own"}},
}
CUSTOM = {"provider": "custom", "base_url": "https://llm.example.net/v1", "model": "theirs"}


def test_the_platforms_settings_fill_what_files_leave_out(own_database: str, tmp_path: Path) -> None:
    """One process applies one file after the other, as the platform's owner would."""
    files: list[dict[str, Any]] = [
        BARE,
        changed(owner__password_env=None, channel=None, ai__max_tokens=7),
        {**BARE, "ai": CUSTOM},
        *({**BARE, **tables} for tables in MISSING.values()),
    ]
    paths = [tmp_path / f"{number}.toml" for number in range(len(files))]
    for path, file in zip(paths, files, strict=True):
        path.write_text(toml(file))
    environment = {"DJANGO_SETTINGS_MODULE": "config.settings", "DATABASE_URL": own_database, **PLATFORM}
    run = subprocess.run(
        [sys.executable, "-c", PROGRAM, *map(str, paths)],
        cwd=PROJECT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    bare, given, custom, *missing = json.loads(run.stdout)
    assert bare == {
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
    assert (given["model"], given["key"], given["limits"]) == ("gpt-4o-mini", PLATFORM["NEW_KEY"], [7, 600, 4])
    assert (custom["provider"], custom["key"], custom["complete"]) == ("custom", "", True)
    for wrong, found in zip(MISSING, missing, strict=True):
        named = [mistake.partition(": is missing")[0] for mistake in found["mistakes"]]
        assert wrong.partition(" of ")[0] in named, wrong
        assert PLATFORM["AI_API_KEY"] not in repr(found)
    assert not [value for name, value in PLATFORM.items() if name.endswith(("KEY", "TOKEN")) and value in run.stderr]
