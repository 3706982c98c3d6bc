"""How long the bot waits, remembers and is silent: seconds, as people say them."""

from __future__ import annotations

UNITS = ((86_400, "day"), (3600, "hour"), (60, "minute"))
#: `handover_pause_seconds`, where it is 0.
NO_END = "until a person gives it back"
#: `reply_delay_seconds`, where it is 0.
AT_ONCE = "not at all"


def in_words(seconds: float) -> str:
    """`15 minutes`, `1 hour 30 minutes`, `2 days`, `1.5 seconds`; `0 seconds`. Nothing is rounded away."""
    rest, parts = seconds, []
    for size, unit in UNITS:
        count, rest = divmod(rest, size)
        if count:
            parts.append(_counted(count, unit))
    if rest or not parts:
        parts.append(_counted(round(rest, 3), "second"))
    return " ".join(parts)


def _counted(count: float, unit: str) -> str:
    return f"{count:g} {unit}{'' if count == 1 else 's'}"
