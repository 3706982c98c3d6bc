"""Onboarding files for tests, and what applying them leads to."""

from __future__ import annotations

import copy
import re
from io import StringIO
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.db import connection
from django_tenants.utils import schema_context

from bots.models import AIConfiguration, Channel
from bots.onboarding import onboard
from tenants.models import AuditEntry, Route, Tenant, User

#: A complete file of a tenant who is not there yet.
NEWCOMER: dict[str, Any] = {
    "tenant": {"slug": "new-comer", "name": "Newcomer", "domain": "new.localhost"},
    "owner": {"email": "owner@new.test", "password_env": "NEW_PASSWORD"},
    "channel": {
        "provider": "twilio",
        "number": "+14155550123",
        "account_sid": "AC0000000000000000000000000000newc",
        "auth_token_env": "NEW_TOKEN",
    },
    "ai": {
        "provider": "openai",
        "model": "gpt-4o-mini",
        "api_key_env": "NEW_KEY",
        "max_tokens": 500,
        "temperature": 0.2,
        "system_prompt": "You sell bread.",
    },
    "conversation": {
        "ttl_seconds": 600,
        "max_context_messages": 4,
        "rate_limit_per_minute": 7,
        "reply_delay_seconds": 2.5,
    },
    "knowledge": [{"title": "Prices", "text": "Croissant: 2 euro"}],
}
#: What it names.
ENVIRONMENT = {
    "NEW_PASSWORD": "a-password-of-theirs",
    "NEW_TOKEN": "token-0123456789abcdef",
    "NEW_KEY": "sk-key-0123456789abcdef",
}


def changed(**changes: Any) -> dict[str, Any]:
    """The newcomer's file with other values: `changed(ai__model="x")`; None takes a key or a table away."""
    file = copy.deepcopy(NEWCOMER)
    for path, value in changes.items():
        *tables, key = path.split("__")
        place = file
        for table in tables:
            place = place.setdefault(table, {})
        if value is None:
            del place[key]
        else:
            place[key] = value
    return file


def toml(contents: dict[str, Any]) -> str:
    """The few kinds of values that onboarding files hold, as TOML."""

    def value(of: Any) -> str:
        match of:
            case bool():
                return str(of).lower()
            case str():
                escaped = of.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\0", "\\u0000")
                return f'"{escaped}"'
            case list():
                return f"[{', '.join(value(one) for one in of)}]"
            case dict():
                return f"{{{', '.join(f'{key} = {value(one)}' for key, one in of.items())}}}"
            case _:
                return str(of)

    lines = [f"{key} = {value(of)}" for key, of in contents.items() if not isinstance(of, dict | list)]
    for table, keys in contents.items():
        for row in keys if isinstance(keys, list) else [keys] if isinstance(keys, dict) else []:
            lines.append(f"[[{table}]]" if isinstance(keys, list) else f"[{table}]")
            lines += [f"{key} = {value(of)}" for key, of in row.items()]
    return "\n".join(lines) + "\n"


def written(folder: Path, contents: dict[str, Any] | str) -> Path:
    file = folder / "tenant.toml"
    file.write_text(contents if isinstance(contents, str) else toml(contents), encoding="utf-8")
    return file


def apply(folder: Path, contents: dict[str, Any]) -> list[str]:
    """The changes that the file made."""
    return onboard(written(folder, contents)).changes


def printed(folder: Path, contents: dict[str, Any]) -> str:
    """What the command writes, on both streams."""
    out = StringIO()
    call_command("onboard", str(written(folder, contents)), stdout=out, stderr=out)
    return out.getvalue()


def invitation(text: str) -> str:
    """The link in what a command printed; empty without one."""
    found = re.search(r"https://\S+", text)
    return found.group() if found else ""


def schemas() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nspname FROM pg_namespace WHERE nspname !~ '^(pg_|information_schema)'")
        return {name for (name,) in cursor.fetchall()}


def everything() -> dict[str, Any]:
    """All rows that onboarding writes, in all schemas, with their ids: equal where nothing was changed."""
    with schema_context("public"):
        found: dict[str, Any] = {
            "schemas": schemas(),
            "tenants": list(Tenant.objects.order_by("pk").values()),
            "users": list(User.objects.order_by("pk").values()),
            "routes": list(Route.objects.order_by("pk").values()),
            "audit": list(AuditEntry.objects.order_by("pk").values()),
            "domains": sorted(Tenant.objects.values_list("domains__domain", "domains__is_primary", "pk")),
        }
        names = [tenant["schema_name"] for tenant in found["tenants"] if tenant["schema_name"] != "public"]
    for name in names:
        with schema_context(name):
            found[name] = [
                list(Channel.objects.values()),
                list(AIConfiguration.objects.order_by("version").values()),
                list(AIConfiguration._meta.apps.get_model("bots", "KnowledgeSource").objects.values()),
            ]
    return found
