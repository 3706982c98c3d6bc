"""Lists of messages: the filters and pages of Twilio's Messages resource, newest first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from itertools import dropwhile, islice
from typing import Any
from urllib.parse import urlencode

from sandbox.twilio.messages import Message
from sandbox.twilio.resources import message_resource

_DAY = 24 * 3600
_MAX_PAGE = 1000


def page(messages: Iterator[Message], *, query: Mapping[str, str], path: str) -> dict[str, Any]:
    """One page of `messages` (newest first). A page token names the message before the page, so that new messages
    do not shift what follows."""
    size = min(max(_number(query.get("PageSize"), default=50), 1), _MAX_PAGE)
    index = _number(query.get("Page"), default=0)
    found: Iterator[Message] = (message for message in messages if _in_dates(message, query))
    token = query.get("PageToken", "").removeprefix("PA")
    if token:
        found = islice(dropwhile(lambda message: message.sid != token, found), 1, None)
    rows = list(islice(found, size + 1))
    more, rows = len(rows) > size, rows[:size]
    filters = {name: value for name, value in query.items() if name not in ("Page", "PageToken", "PageSize")}

    def uri(page_index: int, **more_query: str) -> str:
        return f"{path}?{urlencode(filters | {'PageSize': size, 'Page': page_index} | more_query)}"

    return {
        "end": index * size + max(len(rows) - 1, 0),
        "first_page_uri": uri(0),
        "messages": [message_resource(message) for message in rows],
        "next_page_uri": uri(index + 1, PageToken=f"PA{rows[-1].sid}") if more else None,
        "page": index,
        "page_size": size,
        "previous_page_uri": None,
        "start": index * size,
        "uri": uri(index),
    }


def _in_dates(message: Message, query: Mapping[str, str]) -> bool:
    """The SDK's `date_sent_after` arrives as `DateSent>=...`: whole seconds, the given one included."""
    at = int(message.sent if message.sent is not None else message.created)
    since, _ = _span(query.get("DateSent>"))
    _, until = _span(query.get("DateSent<"))
    first, last = _span(query.get("DateSent"))
    return max(since, first) <= at <= min(until, last)


def _span(text: str | None) -> tuple[float, float]:
    """The first and last second that `2026-11-12` or `2026-11-12T10:00:00Z` names; all time when neither."""
    for form, length in (("%Y-%m-%dT%H:%M:%SZ", 1), ("%Y-%m-%d", _DAY)):
        try:
            start = datetime.strptime(text or "", form).replace(tzinfo=UTC).timestamp()
        except ValueError:
            continue
        return start, start + length - 1
    return float("-inf"), float("inf")


def _number(text: str | None, *, default: int) -> int:
    return int(text) if text and text.isdigit() else default
