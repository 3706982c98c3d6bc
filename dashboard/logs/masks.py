"""What a request held, without the phone numbers in it: those of known fields, and whatever looks like one."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from dashboard import masking

#: Fields that hold an address, as Twilio and Meta call them, in small letters.
ADDRESSES = frozenset(
    {"from", "to", "waid", "wa_id", "recipient_id", "display_phone_number", "externaluserid", "user_id", "phone", "id"}
    | {"recipient_user_id", "from_user_id", "parent_user_id"}
)
NAMES = frozenset({"profilename", "name", "formatted_name", "first_name", "last_name"})
NUMBER = re.compile(r"\+?\d[\d ().-]{6,18}\d")
FEWEST_DIGITS, MOST_DIGITS = 8, 15
PREFIX = "whatsapp:"


def opened(value: Any) -> Any:
    """Texts that are JSON as what they say: providers put JSON into fields of forms, and we into the log."""
    match value:
        case dict():
            return {name: opened(inside) for name, inside in value.items()}
        case list():
            return [opened(inside) for inside in value]
        case str() if value[:1] in ("{", "["):
            try:
                return opened(json.loads(value))
            except (ValueError, RecursionError):
                return value
        case _:
            return value


def masked(value: Any) -> Any:
    """The same value for whoever may not see numbers. Ids of messages and accounts stay: they lead to nobody."""
    known = {digits for digits in _known(value) if len(digits) >= FEWEST_DIGITS}
    return _masked(value, name="", known=known)


def _known(value: Any, name: str = "") -> Iterator[str]:
    """The digits of the numbers in fields of which we know that they hold one."""
    match value:
        case dict():
            for key, inside in value.items():
                yield from _known(inside, str(key).lower())
        case list():
            for inside in value:
                yield from _known(inside, name)
        case str() if name in ADDRESSES and NUMBER.fullmatch(value.removeprefix(PREFIX)):
            yield re.sub(r"\D", "", value)


def _masked(value: Any, *, name: str, known: set[str]) -> Any:
    match value:
        case dict():
            return {
                _text(str(key), known=known): _masked(inside, name=str(key).lower(), known=known)
                for key, inside in value.items()
            }
        case list():
            return [_masked(inside, name=name, known=known) for inside in value]
        case str():
            return _word(value, name=name, known=known)
        case int() if len(str(value)) >= FEWEST_DIGITS and str(value) in known:
            return masking.HIDDEN
        case _:
            return value


def _word(value: str, *, name: str, known: set[str]) -> str:
    if name in NAMES and value:
        return masking.contact_name(profile_name=value, phone="")
    return _address(value, known=known) if name in ADDRESSES else _text(value, known=known)


def _address(value: str, *, known: set[str]) -> str:
    bare = value.removeprefix(PREFIX)
    digits = re.sub(r"\D", "", bare)
    if NUMBER.fullmatch(bare) and FEWEST_DIGITS <= len(digits) <= MOST_DIGITS:
        return value[: len(value) - len(bare)] + masking.masked_number(f"+{digits}")
    if re.fullmatch(r"[A-Z]{2}\.\S+", bare):
        return value[: len(value) - len(bare)] + masking.masked_number(bare)
    return _text(value, known=known)


def _text(value: str, *, known: set[str]) -> str:
    """A text with its numbers masked: those with a plus, and those that a field of this request names."""

    def replaced(found: re.Match[str]) -> str:
        digits = re.sub(r"\D", "", found[0])
        is_number = found[0].startswith("+") and FEWEST_DIGITS <= len(digits) <= MOST_DIGITS
        return masking.masked_number(f"+{digits}") if is_number or digits in known else found[0]

    return NUMBER.sub(replaced, value)


def masked_headers(headers: Mapping[str, str]) -> dict[str, str]:
    return {name: _text(value, known=set()) for name, value in headers.items()}
