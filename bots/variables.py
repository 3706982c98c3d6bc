"""Words in braces that an admin's text may hold, filled in when it is used: pure.

`{business}` is a variable; `{ "a": 1 }`, `{}` and `{Two words}` are braces like any others. What is filled in is not
looked through again: a contact who is called "{time}" stays so.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from datetime import datetime

from bots import hours

#: What may stand in the instructions -> what it becomes, for the page.
OF_INSTRUCTIONS: Mapping[str, str] = {
    "business": "your business's name",
    "contact_name": "what the person calls themselves on WhatsApp",
    "today": "the date, such as 22 November 2026",
    "weekday": "the day of the week",
    "time": "the time, such as 14:05",
    "hours": "your opening hours",
    "open_now": "“open” or “closed”, by your opening hours",
}
#: In English, whatever the process's locale is.
MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
#: Characters of a name. Whoever writes to a bot chooses theirs freely, and it is told to the model.
LONGEST_NAME = 60
NAMELESS = "the person who writes"
VARIABLE = re.compile(r"\{([a-z][a-z_]*)\}")


def fill(text: str, *, known: Mapping[str, str]) -> str:
    """The text with each variable's value; what is not `known` stays as it is written."""
    return VARIABLE.sub(lambda found: known.get(found[1], found[0]), text)


def unknown(text: str, *, known: Collection[str]) -> list[str]:
    """The variables in the text that are not `known`, each once."""
    return [name for name in dict.fromkeys(VARIABLE.findall(text)) if name not in known]


def of_instructions(
    *, business: str, contact_name: str, at: datetime, time_zone: str, week: hours.Week
) -> dict[str, str]:
    """The values of `OF_INSTRUCTIONS`, for a question that was asked at this moment (aware)."""
    there = at.astimezone(hours.zone(time_zone))
    return {
        "business": business,
        "contact_name": _name(contact_name) or NAMELESS,
        "today": f"{there.day} {MONTHS[there.month - 1]} {there.year}",
        "weekday": hours.DAYS[hours.KEYS[there.weekday()]],
        "time": f"{there:%H:%M}",
        "hours": hours.in_words(week) or "not stated",
        "open_now": "open" if not week or hours.is_open(week, at=at, time_zone=time_zone) else "closed",
    }


def _name(name: str) -> str:
    """On one line and short, so that nobody's name becomes a paragraph of instructions."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in name).split())[:LONGEST_NAME]
