"""What the contact is told of files that were not opened: honest, and what to do instead."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bots.media.abilities import Abilities, listed
from bots.media.files import Problem
from bots.media.telling import SOMETHING, OpenedFile
from bots.variables import fill

PLURALS = {SOMETHING: "messages of this kind", "file": "files of this kind"}
#: {files}: "videos or stickers"; {taken}: "text and photos".
NOT_TAKEN = "I can't open {files} yet. You can send me {taken}."
#: The problems that another try, or the person, can mend. {it}: "your photo".
SENTENCES: dict[Problem, str] = {
    "too_large": "I couldn't open {it}: it is too large for me.",
    "gone": "I couldn't get {it}: WhatsApp no longer has it. Please send it again.",
    "unavailable": "I couldn't open {it} just now. Please send it again in a moment.",
    "not_heard": "I couldn't listen to {it} just now. Please try again in a moment, or write to me.",
    "unreadable": "I couldn't read {it}: it seems to be damaged, or not what its name says.",
    "locked": "I couldn't read {it}: it is protected by a password.",
    "empty": "I found no words in {it}. Please try again, or write to me.",
}


def sentences(files: Sequence[OpenedFile], *, abilities: Abilities, own: Mapping[str, str]) -> str:
    """One text for all the files that were not opened; empty where there are none. `own`: the tenant's own words."""
    said = []
    if not_taken := list(dict.fromkeys(file.noun for file in files if file.problem == "not_taken")):
        nouns = listed([PLURALS.get(noun, f"{noun}s") for noun in not_taken], last="or")
        known = {"files": nouns, "taken": abilities.for_the_contact()}
        said.append(fill(own.get("not_taken") or NOT_TAKEN, known=known))
    for file in files:
        if file.problem and file.problem != "not_taken":
            said.append(fill(own.get(file.problem) or SENTENCES[file.problem], known={"it": f"your {file.noun}"}))
    return "\n".join(dict.fromkeys(said))
