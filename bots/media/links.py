"""Addresses by which a provider fetches a file that is being sent to somebody: signed, for one file, for an hour.

Twilio takes no files, only addresses: https://www.twilio.com/docs/messaging/api/message-resource#create-a-message-resource
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.core import signing
from django.db import connection

from bots.models import MediaFile

#: Seconds. It is fetched within moments; each further try of a send has an address of its own.
GOOD_FOR = 3600
SALT = "bots.media.links"


@dataclass(frozen=True, slots=True)
class Link:
    """What an address leads to: a `MediaFile` in the schema of a tenant."""

    schema_name: str
    file_id: UUID


def token_of(row: MediaFile) -> str:
    """The last part of the file's address, good from now on. Of the tenant in whose schema this runs."""
    return signing.dumps([connection.schema_name, row.id.hex], salt=SALT)  # type: ignore[attr-defined]


def opened(token: str) -> Link | None:
    """None: not of ours, or too old."""
    try:
        schema_name, file_id = signing.loads(token, salt=SALT, max_age=GOOD_FOR)
    except signing.BadSignature:
        return None
    return Link(schema_name, UUID(file_id))
