"""The fixed texts that a tenant may word itself: their keys, what they are by default, what may stand in them. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from bots import texts
from bots.commands import ENGLISH, Command, to_type
from bots.media.sentences import NOT_TAKEN, SENTENCES
from bots.variables import fill

Group = Literal["closed", "trouble", "commands", "files"]
#: Characters. What is longer comes as several messages.
LONGEST = 1000
#: The words in braces that the greeting may hold.
OF_GREETING = ("business", "hours")


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A fixed text. `when`: what has happened, for the page; `variables`: the words in braces that it may hold."""

    group: Group
    when: str
    default: str
    variables: tuple[str, ...] = ()


_COMMANDS = texts.COMMAND_REPLIES[ENGLISH]
_HELP = _COMMANDS["help"].replace("{name}", "{business}")
_TO_TYPE = ("business", "stop", "start", "reset", "human")

#: Key -> text. A tenant's own are kept under these keys (`AIConfiguration.texts`).
TEXTS: Mapping[str, Text] = {
    "closed": Text(
        group="closed",
        when="Somebody writes outside your hours, and the bot does not answer",
        default=texts.CLOSED,
        variables=("business", "opens", "hours"),
    ),
    "closed_note": Text(
        group="closed",
        when="Somebody writes outside your hours, and the bot answers all the same",
        default=texts.CLOSED_NOTE,
        variables=("business", "opens", "hours"),
    ),
    "ai_unavailable": Text(group="trouble", when="The AI provider cannot be reached", default=texts.AI_UNAVAILABLE),
    "timeout": Text(group="trouble", when="An answer takes very long", default=texts.TIMEOUT),
    "invalid_configuration": Text(
        group="trouble", when="The AI provider refuses the key or the model", default=texts.INVALID_CONFIGURATION
    ),
    "rate_limited": Text(group="trouble", when="Somebody writes too much in a minute", default=texts.RATE_LIMITED),
    "no_words": Text(group="files", when="A message holds no words", default=texts.WORDS_ONLY),
    "not_taken": Text(
        group="files",
        when="A file of a kind that the bot does not open",
        default=NOT_TAKEN,
        variables=("files", "taken"),
    ),
    "too_large": Text(group="files", when="A file is too large", default=SENTENCES["too_large"], variables=("it",)),
    "gone": Text(group="files", when="WhatsApp no longer has the file", default=SENTENCES["gone"], variables=("it",)),
    "unavailable": Text(
        group="files", when="A file cannot be fetched just now", default=SENTENCES["unavailable"], variables=("it",)
    ),
    "not_heard": Text(
        group="files", when="A voice note cannot be listened to", default=SENTENCES["not_heard"], variables=("it",)
    ),
    "unreadable": Text(group="files", when="A file is damaged", default=SENTENCES["unreadable"], variables=("it",)),
    "locked": Text(group="files", when="A file has a password", default=SENTENCES["locked"], variables=("it",)),
    "empty": Text(group="files", when="A file holds no words", default=SENTENCES["empty"], variables=("it",)),
    "help": Text(
        group="commands",
        when="Somebody writes HELP",
        default=_HELP,
        variables=_TO_TYPE,
    ),
    "human": Text(group="commands", when="Somebody asks for a person", default=_COMMANDS["human"], variables=_TO_TYPE),
    "reset": Text(group="commands", when="Somebody starts over", default=_COMMANDS["reset"]),
    "stop": Text(group="commands", when="Somebody writes STOP", default=_COMMANDS["stop"], variables=_TO_TYPE),
    "start": Text(group="commands", when="Somebody writes START", default=_COMMANDS["start"], variables=_TO_TYPE),
}
_KEYS = {text.default: key for key, text in TEXTS.items()}


def worded(text: str, *, own: Mapping[str, str], known: Mapping[str, str]) -> str:
    """A fixed text as the tenant words it, with its variables filled in."""
    return fill(own.get(_KEYS.get(text, "")) or text, known=known)


def reply_to(command: Command, *, own: Mapping[str, str], business: str) -> str:
    """What is answered to a command. The tenant's own words hold in every language."""
    if mine := own.get(command.name):
        known: dict[str, str] = {str(name): word for name, word in to_type(command.language).items()}
        return fill(mine, known={**known, "business": business})
    return texts.reply_to(command.name, language=command.language, tenant_name=business)
