"""How the inbox calls a contact: in full, for whoever answers them calls them so."""

from __future__ import annotations

from bots.models import Contact
from dashboard import masking


def contact_name(contact: Contact) -> str:
    """The name as they gave it on WhatsApp, unless it gives a number away; else their masked number."""
    name = " ".join(contact.profile_name.split())
    if name and sum(character.isdigit() for character in name) < masking.FEWEST_DIGITS:
        return name
    return masking.contact_name(profile_name=contact.profile_name, phone=contact.phone)
