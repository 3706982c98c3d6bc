"""Templates at Twilio: content that WhatsApp approved, as the Content API describes it.

https://www.twilio.com/docs/content/content-api-resources#fetch-content-and-approval-status
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Protocol

from bots.whatsapp.base import Template

VARIABLE = re.compile(r"{{\s*([\w.-]+)\s*}}", re.ASCII)
LONGEST_LIST = 500


class Content(Protocol):
    """What the SDK gives for one content."""

    sid: Any
    friendly_name: Any
    language: Any
    variables: Any
    types: Any
    approval_requests: Any


def approved(contents: Iterable[Content]) -> list[Template]:
    """Those that WhatsApp approved and that have a text to show."""
    return [template for content in contents if (template := _template(content))]


def _template(content: Content) -> Template | None:
    approval = content.approval_requests if isinstance(content.approval_requests, dict) else {}
    types = content.types if isinstance(content.types, dict) else {}
    if approval.get("status") != "approved":
        return None
    body = next((part["body"] for part in types.values() if isinstance(part, dict) and part.get("body")), None)
    if not isinstance(body, str):
        return None
    # Also those that stand elsewhere than in the text: the address behind a button.
    named = content.variables if isinstance(content.variables, dict) else {}
    names = dict.fromkeys([*VARIABLE.findall(body), *sorted(map(str, named))])
    return Template(
        id=str(content.sid),
        name=str(approval.get("name") or content.friendly_name or content.sid),
        language=str(content.language or ""),
        body=body,
        variables=tuple(names),
        category=str(approval.get("category") or "").lower(),
    )
