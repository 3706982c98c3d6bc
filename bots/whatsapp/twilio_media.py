"""Files of messages at Twilio: at its API with the account's credentials, from there to its CDN without them.

https://www.twilio.com/docs/messaging/api/media-resource
"""

from __future__ import annotations

import re
from base64 import b64encode
from typing import BinaryIO
from urllib.parse import urlsplit

from bots.whatsapp.downloads import Hosts, Limits, MediaError
from bots.whatsapp.downloads import fetch as fetch_from

API = {"api.twilio.com": "/2010-04-01/Accounts/"}
#: Where the API redirects to: a signed address that holds for four hours, or the older open one.
#: https://help.twilio.com/articles/223183748
CDN = {
    "mms.twiliocdn.com": "/",
    "media.twiliocdn.com": "/",
    "s3-external-1.amazonaws.com": "/media.twiliocdn.com/",
}
MOST_REDIRECTS = 3


def fetch(url: str, *, account_id: str, auth_token: str, api_base_url: str, limits: Limits, into: BinaryIO) -> str:
    """See `WhatsAppClient.fetch_media`. The credentials go to this account's own files at the API, nowhere else."""
    own = re.compile(rf"/2010-04-01/Accounts/{re.escape(account_id)}/Messages/\w+/Media/\w+", re.ASCII)
    checked = Hosts(paths=API, base_url=api_base_url).checked(url)
    if not own.fullmatch(urlsplit(checked).path) or urlsplit(checked).query:
        raise MediaError("The file's address is none of this account's files", kind="refused")
    secret = b64encode(f"{account_id}:{auth_token}".encode()).decode()
    return fetch_from(
        url,
        hosts=Hosts(paths={**API, **CDN}, base_url=api_base_url),
        headers={"Authorization": f"Basic {secret}"},
        limits=limits,
        into=into,
        redirects=MOST_REDIRECTS,
    )
