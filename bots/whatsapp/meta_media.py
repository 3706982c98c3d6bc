"""Files of messages at Meta: an id's object at the Graph API names the address of the file, for five minutes.

https://developers.facebook.com/docs/whatsapp/cloud-api/reference/media
"""

from __future__ import annotations

import json
import re
from io import BytesIO
from typing import TYPE_CHECKING, BinaryIO
from urllib.parse import urlsplit

from bots.whatsapp.base import OutgoingFile, WhatsAppError
from bots.whatsapp.downloads import Hosts, Limits, MediaError
from bots.whatsapp.downloads import fetch as fetch_from
from bots.whatsapp.meta_fields import GRAPH, VERSION

if TYPE_CHECKING:
    from bots.whatsapp.meta import MetaClient

API = {"graph.facebook.com": "/"}
FILES = {"lookaside.fbsbx.com": "/"}
#: Bytes of the object that describes a file.
LONGEST_DESCRIPTION = 64 * 1024
#: Seconds between two signs of life while a file goes up, and for all of it: 100 MB at 10 MBit/s take 80.
UPLOAD_TIMEOUT, LONGEST_UPLOAD = 10.0, 90.0


def fetch(url: str, *, access_token: str, api_base_url: str, limits: Limits, into: BinaryIO) -> str:
    """See `WhatsAppClient.fetch_media`. The token goes to Meta's own hosts, nowhere else."""
    media_id = urlsplit(url).path.rpartition("/")[2]
    if not url.startswith(f"{GRAPH}/") or not re.fullmatch(r"[\w.-]{1,200}", media_id, re.ASCII) or ".." in media_id:
        raise MediaError("The file's address is not the provider's", kind="refused")
    headers = {"Authorization": f"Bearer {access_token}"}
    described = BytesIO()
    fetch_from(
        f"{GRAPH}/{VERSION}/{media_id}",
        hosts=Hosts(paths=API, base_url=api_base_url),
        headers=headers,
        limits=Limits(most_bytes=LONGEST_DESCRIPTION, ends=limits.ends),
        into=described,
    )
    address, said = _described(described.getvalue())
    served = fetch_from(
        address, hosts=Hosts(paths=FILES, base_url=api_base_url), headers=headers, limits=limits, into=into
    )
    return said or served


def upload(client: MetaClient, file: OutgoingFile) -> str:
    """Hand the file to Meta; returns its id there. Nothing is sent by that. Raises `WhatsAppError`."""
    with file.open() as content:
        answer = client.call(
            "POST",
            f"{client.address}/media",
            form={
                "messaging_product": (None, "whatsapp"),
                "type": (None, file.content_type),
                "file": (file.name or "file", content, file.content_type),
            },
            timeout=UPLOAD_TIMEOUT,
        )
    try:
        return str(answer["id"])
    except (LookupError, TypeError):
        raise WhatsAppError("Meta's answer names no file", retry_after=5.0) from None


def _described(content: bytes) -> tuple[str, str]:
    """The file's address and content type. Raises `MediaError`."""
    try:
        found = json.loads(content)
        return str(found["url"]), str(found.get("mime_type", ""))
    except (ValueError, LookupError, TypeError, RecursionError, AttributeError):
        raise MediaError("Meta's answer names no file", kind="unavailable") from None
