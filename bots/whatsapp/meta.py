"""Meta's Cloud API: sends as one phone number id, over plain HTTP: there is no SDK for it.

https://developers.facebook.com/docs/whatsapp/cloud-api/reference/messages
"""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any, BinaryIO

from requests import RequestException, Response, Session
from requests.exceptions import ConnectTimeout

from bots.whatsapp import meta_media, meta_templates
from bots.whatsapp.base import OutgoingFile, Template, WhatsAppClient, WhatsAppError
from bots.whatsapp.downloads import Limits
from bots.whatsapp.meta_fields import GRAPH, VERSION
from bots.whatsapp.sessions import shared_by_threads

logger = logging.getLogger(__name__)

#: Seconds.
TIMEOUT = 10.0

#: https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes: the token or the account is refused:
#: every call fails until an admin mends it.
CREDENTIALS = {
    "0",  # the token could not be authenticated
    "3",  # the app lacks the capability
    "10",  # the app lacks the permission
    "190",  # the token has expired
    "200",  # the app lacks the permission
    "131005",  # access denied
    "131031",  # the account is locked
    "131042",  # the account cannot be billed
}
#: Too many requests, of one kind or another -> seconds to wait, and how many times longer after each failure.
LIMITS = {
    "4": (5.0, 1.0),  # the app's calls
    "80007": (5.0, 1.0),  # the account's calls
    "130429": (5.0, 1.0),  # the number's throughput
    "131056": (1.0, 4.0),  # this number to this user: Meta asks for 4^n seconds
}
#: Meta is out of order; the message was not taken.
PASSING = {"2", "131016", "131057"}
TOO_MANY, UNAUTHORIZED, SERVER_ERROR = 429, 401, 500


class MetaClient(WhatsAppClient):
    """Sends as one number (`address` is its phone number id) with one access token.

    Meta has no list of sent messages. Each send carries our message's id instead, which comes back with its statuses.
    """

    max_length = 4096
    lists_sent = False
    quotes = True
    longest_file = meta_media.LONGEST_UPLOAD + 2 * TIMEOUT

    def send_message(self, to: str, message: str, *, status_callback: str = "", quoted: str = "") -> str:
        content = {
            "type": "text",
            "text": {"body": message, "preview_url": False},
            **({"context": {"message_id": quoted}} if quoted else {}),
        }
        return self._send(to, content, status_callback=status_callback)

    def send_file(self, to: str, file: OutgoingFile, *, caption: str = "", status_callback: str = "") -> str:
        began = time.monotonic()
        media_id = meta_media.upload(self, file)
        if time.monotonic() - began > meta_media.LONGEST_UPLOAD:
            # Nothing is sent yet, and somebody else may be about to.
            raise WhatsAppError("The file took too long to hand over to Meta", permanent=True)
        described = {
            "id": media_id,
            **({"caption": caption} if caption else {}),
            **({"filename": file.name} if file.kind == "document" and file.name else {}),
        }
        return self._send(to, {"type": file.kind, file.kind: described}, status_callback=status_callback)

    def send_template(
        self, to: str, template: Template, *, variables: Mapping[str, str], status_callback: str = ""
    ) -> str:
        content = {"type": "template", "template": meta_templates.content(template, variables=variables)}
        return self._send(to, content, status_callback=status_callback)

    def _send(self, to: str, content: dict[str, Any], *, status_callback: str) -> str:
        # Statuses go to the app's one webhook, so only the last part of the address is of use: our message's id.
        carried = status_callback.rstrip("/").rpartition("/")[2]
        content = {
            "messaging_product": "whatsapp",
            "recipient_type": "individual",
            **({"to": to} if to.startswith("+") else {"recipient": to}),
            **content,
            **({"biz_opaque_callback_data": carried} if carried else {}),
        }
        answer = self.call("POST", f"{self.address}/messages", content=content, sends=True)
        try:
            external_id = answer["messages"][0]["id"]
        except (LookupError, TypeError):
            external_id = None
        if not external_id:
            raise WhatsAppError("Meta's answer names no message", uncertain=True)
        return str(external_id)

    def list_templates(self) -> list[Template]:
        if not self.account_id:
            return []  # nobody told us the account that has them
        listed = self.call("GET", f"{self.account_id}/message_templates?fields={meta_templates.FIELDS}&limit=500")
        return meta_templates.approved(listed)

    def find_sent(self, to: str, message: str, *, since: datetime, with_file: bool = False) -> list[str]:
        return []

    def send_typing_indicator(self, to: str, *, message_id: str) -> None:
        content = {
            "messaging_product": "whatsapp",
            "status": "read",
            "message_id": message_id,
            "typing_indicator": {"type": "text"},
        }
        self.call("POST", f"{self.address}/messages", content=content)

    def fetch_media(self, url: str, *, limits: Limits, into: BinaryIO) -> str:
        return meta_media.fetch(
            url,
            access_token=self.credentials.get("access_token", ""),
            api_base_url=self.api_base_url,
            limits=limits,
            into=into,
        )

    def validate_credentials(self) -> bool:
        try:
            self.call("GET", f"{self.address}?fields=id")
        except WhatsAppError as error:
            if error.credentials:
                return False
            raise
        return True

    def call(
        self,
        method: str,
        path: str,
        *,
        content: dict[str, Any] | None = None,
        form: dict[str, Any] | None = None,
        sends: bool = False,
        timeout: float | None = None,
    ) -> Any:
        """One call, of JSON (`content`) or of a form with a file (`form`: name -> what `requests` takes for `files`);
        Meta's answer. Texts of errors name codes, never the address or the content: those hold people."""
        token = self.credentials.get("access_token") or "missing"
        try:
            response = http().request(
                method,
                f"{self.api_base_url.rstrip('/') or GRAPH}/{VERSION}/{path}",
                json=content,
                files=form,
                headers={"Authorization": f"Bearer {token}".encode()},
                timeout=timeout or TIMEOUT,
                allow_redirects=False,
            )
            answer = _json(response)
        except ConnectTimeout:
            raise WhatsAppError("Meta could not be reached in time") from None
        except RequestException as error:
            raise WhatsAppError(f"Meta did not answer ({type(error).__name__})", uncertain=sends) from None
        except Exception as error:  # noqa: BLE001 (whatever breaks below, the caller has a message to settle)
            logger.error("A call to Meta raised %s", type(error).__name__)
            raise WhatsAppError(f"The call broke ({type(error).__name__})", uncertain=sends) from None
        if response.status_code != 200:  # noqa: PLR2004
            raise _refused(status=response.status_code, answer=answer, sends=sends)
        return answer


def _json(response: Response) -> Any:
    """The answer; None where it is no JSON, as a gateway's may be."""
    try:
        return response.json()
    except (ValueError, RecursionError):
        return None


def _refused(*, status: int, answer: Any, sends: bool) -> WhatsAppError:
    error = answer.get("error") if isinstance(answer, dict) else None
    code = str(error.get("code", ""))[:40] if isinstance(error, dict) else ""
    text = f"Meta answered {status}" + (f" with error {code}" if code else "")
    if status == UNAUTHORIZED or code in CREDENTIALS:
        return WhatsAppError(
            f"{text}: the token or the account is refused", code=code, permanent=True, credentials=True
        )
    if code in LIMITS or (status == TOO_MANY and not code):
        wait, factor = LIMITS.get(code, (5.0, 1.0))
        return WhatsAppError(f"{text}: too many requests", code=code, retry_after=wait, retry_factor=factor)
    if code in PASSING:
        return WhatsAppError(text, code=code, retry_after=5.0)
    if status >= SERVER_ERROR:
        return WhatsAppError(text, code=code, uncertain=sends)
    return WhatsAppError(text, code=code, permanent=True)


@lru_cache(maxsize=1)
def http() -> Session:
    """One connection pool a process: it holds no credentials, those come with each request."""
    return shared_by_threads(Session())
