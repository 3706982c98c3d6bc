"""Templates at Meta: what a WhatsApp Business Account has, and how one is filled.

https://developers.facebook.com/docs/graph-api/reference/whats-app-business-account/message_templates/
https://developers.facebook.com/docs/whatsapp/cloud-api/guides/send-message-templates
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from bots.whatsapp.base import Template

VARIABLE = re.compile(r"{{\s*(\w+)\s*}}", re.ASCII)
FIELDS = "id,name,language,status,category,components"


def approved(listed: Any) -> list[Template]:
    """Those that words alone can fill: one with a picture above it, or with a button whose address varies, needs more
    than that."""
    data = listed.get("data") if isinstance(listed, dict) else None
    found = data if isinstance(data, list) else []
    return [template for one in found if isinstance(one, dict) and (template := _template(one))]


def content(template: Template, *, variables: Mapping[str, str]) -> dict[str, Any]:
    """The part of a send that says which template, with what in its places."""
    parameters = [
        # Numbered places are filled in their order, named ones by name.
        {"type": "text", "text": variables[name]} | ({} if name.isdigit() else {"parameter_name": name})
        for name in template.variables
    ]
    body = [{"type": "body", "parameters": parameters}] if parameters else []
    return {"name": template.name, "language": {"code": template.language}, "components": body}


def _template(one: dict[str, Any]) -> Template | None:
    if str(one.get("status", "")).upper() != "APPROVED":
        return None
    components = [part for part in one.get("components") or () if isinstance(part, dict)]
    body = next((part.get("text") for part in components if part.get("type") == "BODY"), None)
    if not isinstance(body, str) or any(_needs_more(part) for part in components):
        return None
    return Template(
        id=str(one.get("id") or one.get("name")),
        name=str(one.get("name", "")),
        language=str(one.get("language", "")),
        body=body,
        variables=tuple(dict.fromkeys(VARIABLE.findall(body))),
        category=str(one.get("category", "")).lower(),
    )


def _needs_more(component: dict[str, Any]) -> bool:
    if component.get("type") == "BODY":
        return False
    if component.get("type") == "HEADER" and component.get("format", "TEXT") != "TEXT":
        return True
    return VARIABLE.search(str(component)) is not None
