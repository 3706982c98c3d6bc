"""Ask a provider on the spot: does it take the key, which models has it, what does an answer look like?"""

from __future__ import annotations

import json
import time
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus

from django.conf import settings
from django.db import connection
from django.utils.crypto import salted_hmac

from bots import store
from bots.ai import build_adapter
from bots.ai.base import AIError, BaseAIAdapter, ChatMessage
from bots.connections import api_key_of
from bots.models import AIConfiguration
from tenants.context import release_connection
from tenants.secrets import SecretUnreadableError

#: Seconds for all of it: somebody waits at a page, and a thread of the web with them.
LONGEST = 12.0
LONGEST_LISTING = 5.0
#: Seconds that a list of models is good for.
REMEMBERED = 300
#: A list is shown in a page.
MOST_MODELS = 500
QUESTION = (
    ChatMessage(role="system", content="You greet a customer. Answer in one short sentence."),
    ChatMessage(role="user", content="Hello!"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What came of it. `error`: why there is no answer; `milliseconds`: how long the answer took."""

    models: list[str]
    answer: str = ""
    milliseconds: float = 0.0
    error: AIError | None = None


def check(configuration: AIConfiguration) -> Checked:
    """List the models and ask for one sentence, within `LONGEST` seconds. No database connection is held meanwhile.

    Raises `SecretUnreadableError`.
    """
    key = api_key_of(configuration)
    ends = time.monotonic() + LONGEST
    release_connection()
    models: list[str] = []
    try:
        models = _adapter(configuration, key=key, seconds=LONGEST_LISTING).list_models()[:MOST_MODELS]
        _remember(configuration, key=key, models=models)
    except AIError as error:
        # A restricted key may chat although it may not list the models, and some servers have no list.
        if error.permanent and error.status not in (HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND):
            return Checked(models=[], error=error)
    if not configuration.model_name and configuration.provider != "builtin":
        return Checked(models=models, error=AIError("no model is chosen", kind="configuration"))
    began = time.monotonic()
    adapter = _adapter(configuration, key=key, seconds=max(ends - began, 1.0))
    try:
        answer = str(adapter.send_message(QUESTION))
    except AIError as error:
        return Checked(models=models, error=error)
    return Checked(models=models, answer=answer, milliseconds=(time.monotonic() - began) * 1000)


def known_models(configuration: AIConfiguration | None) -> list[str]:
    """The provider's list for this key, if it was asked for within the last few minutes."""
    if configuration is None:
        return []
    with store.may_be_away(), suppress(SecretUnreadableError):
        kept = store.client().get(_name(configuration, key=api_key_of(configuration)))
        return list(json.loads(kept)) if kept else []
    return []


def _remember(configuration: AIConfiguration, *, key: str, models: list[str]) -> None:
    with store.may_be_away():
        store.client().set(_name(configuration, key=key), json.dumps(models), ex=REMEMBERED)


def _name(configuration: AIConfiguration, *, key: str) -> str:
    """Of this tenant and key alone: what a key may use is its owner's business."""
    of_key = salted_hmac(
        "bots.provider_check", f"{configuration.provider}\n{configuration.base_url}\n{key}"
    ).hexdigest()
    return f"models:{connection.schema_name}:{of_key}"  # type: ignore[attr-defined]


def _adapter(configuration: AIConfiguration, *, key: str, seconds: float) -> BaseAIAdapter:
    return build_adapter(
        provider=configuration.provider,
        api_key=key,
        model=configuration.model_name,
        base_url=configuration.base_url,
        max_tokens=configuration.max_tokens,
        temperature=configuration.temperature,
        timeout=seconds,
        private_hosts=frozenset(settings.PRIVATE_NETWORK_ALLOWLIST),
    )
