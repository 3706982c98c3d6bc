"""Parameters that a model refuses, found out by asking and remembered while the process lives.

OpenAI's reasoning models take no temperature and no `max_tokens`; older servers know no `max_completion_tokens`; newer
Anthropic models take no temperature. Which is which changes faster than a table here could.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from bots.ai.errors import error_body, error_code, error_words

#: (base URL, model) -> the names it refused.
_refused: dict[tuple[str, str], frozenset[str]] = {}

REFUSAL_CODES = {"unsupported_parameter", "unsupported_value", "unknown_parameter"}
REFUSAL_STATUSES = {400, 422}
#: "max_tokens is too large: this model supports at most ..." is no refusal: only the admin may lift a limit.
REFUSAL_WORDS = re.compile(
    r"unsupported|(not|n't) support|deprecated|not (permitted|allowed)|unrecognized|unknown|unexpected|extra field",
    re.IGNORECASE,
)


def refused_parameters(*, base_url: str, model: str) -> frozenset[str]:
    return _refused.get((base_url, model), frozenset())


def learn_refusal(error: Exception, *, base_url: str, model: str, sent: Collection[str]) -> bool:
    """Whether the error refuses one of the parameters `sent`; then the next request goes without it."""
    if getattr(error, "status_code", None) not in REFUSAL_STATUSES:
        return False
    body = error_body(error)
    words = error_words(body)
    if error_code(body) not in REFUSAL_CODES and not REFUSAL_WORDS.search(words):
        return False
    blamed = body.get("param") if isinstance(body, dict) else None
    # "Use 'max_completion_tokens' instead" names two: the one refused is named first.
    named = sorted((at, name) for name in sent if (at := words.find(name)) >= 0)
    name = blamed if blamed in sent else (named[0][1] if named else None)
    if name is None:
        return False
    _refused[base_url, model] = refused_parameters(base_url=base_url, model=model) | {name}
    return True


def forget_refusals() -> None:
    _refused.clear()
