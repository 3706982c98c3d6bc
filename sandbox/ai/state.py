"""What the stand-in was told to do, and what it saw."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Any

MODELS = ["echo-large", "echo-small"]
REMEMBERED_REQUESTS = 10_000


@dataclass(kw_only=True)
class Fault:
    """Something that goes wrong with the next `times` requests (None: with all). See `sandbox/ai/faults.py`.

    With a `key`, only with the requests that carry it.
    """

    mode: str
    times: int | None = 1
    key: str | None = None
    status: int = 500
    code: str = ""
    message: str = ""
    param: str | None = None
    retry_after: str | int | None = None
    seconds: float = 600.0
    headers: dict[str, str] = field(default_factory=dict)
    body: str | None = None


@dataclass
class State:
    """`keys` None: any key is taken. `replies` are given once each, in order; then questions are echoed. `transcripts`
    are what is heard in recordings, in the same way; then their size is."""

    keys: set[str] | None = None
    models: list[str] = field(default_factory=lambda: list(MODELS))
    replies: deque[str] = field(default_factory=deque)
    transcripts: deque[str] = field(default_factory=deque)
    faults: list[Fault] = field(default_factory=list)
    requests: deque[dict[str, Any]] = field(default_factory=lambda: deque(maxlen=REMEMBERED_REQUESTS))

    def takes(self, key: str) -> bool:
        return bool(key) if self.keys is None else key in self.keys

    def next_fault(self, key: str) -> Fault | None:
        for fault in self.faults:
            if fault.key in (None, key):
                if fault.times is not None:
                    fault.times -= 1
                    if fault.times <= 0:
                        self.faults.remove(fault)
                return fault
        return None

    def reply_to(self, messages: list[dict[str, Any]]) -> str:
        """The next scripted reply, or an echo of the last thing that the user said."""
        if self.replies:
            return self.replies.popleft()
        said = [text_of(message) for message in messages if message.get("role") == "user"]
        return f"echo: {said[-1]}" if said else "echo:"


def text_of(message: dict[str, Any]) -> str:
    """A message's text; both APIs also take it as a list of typed parts."""
    content = message.get("content")
    if isinstance(content, list):
        return "".join(part.get("text", "") for part in content if part.get("type") == "text")
    return str(content or "")


def pieces(text: str) -> list[str]:
    """The text as a stream brings it: word by word, nothing lost."""
    words = text.split(" ")
    return [word + " " for word in words[:-1]] + words[-1:]


def count_tokens(text: str) -> int:
    """A word is a token here: a number that a test can foretell."""
    return len(text.split())
