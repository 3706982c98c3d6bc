"""Files that a business sends: Twilio is told their addresses, and fetches them itself.

https://www.twilio.com/docs/whatsapp/guidance-whatsapp-media-messages
"""

from __future__ import annotations

import re
from urllib.parse import unquote

from sandbox.twilio.messages import MediaFile, Message, new_sid
from sandbox.twilio.network import Network
from sandbox.twilio.samples import kind_of
from sandbox.twilio.webhooks import Courier

#: https://www.twilio.com/docs/api/errors/63019
NOT_FETCHED = 63019
MOST_BYTES = 16 * 1024 * 1024
_NAME = re.compile(r"filename\*?=(?:utf-8'')?\"?([^\";]+)", re.IGNORECASE)


async def fetch(network: Network, courier: Courier, message: Message) -> bool:
    """Get the message's files; False where one of them could not be had."""
    for url in message.media_urls:
        response = await courier.fetch(number=network.numbers[message.number], url=url)
        if response is None or len(response.content) > MOST_BYTES:
            return False
        named = _NAME.search(response.headers.get("content-disposition", ""))
        file = MediaFile(
            sid=new_sid("ME"),
            name=unquote(named[1]) if named else "file",
            content_type=response.headers.get("content-type", "application/octet-stream").partition(";")[0],
            content=response.content,
        )
        network.media[file.sid] = file
        message.media.append(file.sid)
        message.kind = kind_of(file.content_type)
    return True
