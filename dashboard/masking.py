"""Numbers and names that a page shows without giving them away."""

from __future__ import annotations

import phonenumbers

HIDDEN = "***"
#: Digits of a national number that stay hidden at the least.
FEWEST_HIDDEN = 3
LONGEST_NAME = 28
#: Fewer digits than this are no phone number.
FEWEST_DIGITS = 7


def whole_number(address: str) -> str:
    """`+14155238886` as `+1 415-523-8886`; what is no phone number as it stands."""
    number = _parsed(address)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL) if number else address


def masked_number(address: str) -> str:
    """`+14155238886` as `+1 415 *** 8886`; of anything else no more than its two ends."""
    number = _parsed(address)
    if number is None:
        return f"{address[:2]}{HIDDEN}{address[-2:]}" if len(address) > 2 * 4 else HIDDEN
    digits = phonenumbers.national_significant_number(number)
    tail = min(4, max(0, len(digits) - FEWEST_HIDDEN))
    head = min(3, max(0, len(digits) - tail - FEWEST_HIDDEN))
    shown = [f"+{number.country_code}", digits[:head], HIDDEN, digits[len(digits) - tail :]]
    return " ".join(part for part in shown if part)


def contact_name(*, profile_name: str, phone: str) -> str:
    """How a contact is called in a list: `Ada L.`, else the masked phone number, else what they are."""
    words = profile_name.split()
    if sum(character.isdigit() for character in profile_name) >= FEWEST_DIGITS:
        return masked_number("".join(words))
    if words:
        name = words[0] if len(words) == 1 else f"{words[0]} {words[-1][0]}."
        return name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1]}…"
    return masked_number(phone) if phone else "WhatsApp user"


def _parsed(address: str) -> phonenumbers.PhoneNumber | None:
    """The number that a destination names, with or without its `whatsapp:`."""
    try:
        number = phonenumbers.parse(address.removeprefix("whatsapp:"))
    except phonenumbers.NumberParseException:
        return None
    return number if phonenumbers.is_possible_number(number) else None
