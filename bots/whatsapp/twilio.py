"""Twilio's REST API. The one home of its SDK.

https://www.twilio.com/docs/whatsapp/api
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, BinaryIO

from twilio.base.exceptions import TwilioException, TwilioRestException, TwilioServiceException
from twilio.http import HttpClient
from twilio.http.response import Response
from twilio.rest import Client
from urllib3.exceptions import ConnectTimeoutError, HTTPError

from bots.whatsapp import twilio_content, twilio_media, twilio_received
from bots.whatsapp.base import OutgoingFile, Received, Template, WhatsAppClient, WhatsAppError
from bots.whatsapp.downloads import Limits
from bots.whatsapp.twilio_fields import OPTED_OUT, PREFIX
from bots.whatsapp.twilio_http import Wire

logger = logging.getLogger(__name__)

#: Seconds; the SDK's default is to wait for ever.
TIMEOUT = 10.0
LONGEST_LIST = 200

#: The account or its token is refused, every call fails until an admin mends it. https://www.twilio.com/docs/api/errors
CREDENTIALS = {"20003", "20005"}
DAILY_LIMIT = "63038"
NOT_FOUND = "20404"


class TwilioClient(WhatsAppClient):
    """Sends as one WhatsApp number of one Twilio account."""

    max_length = 1600

    def send_message(self, to: str, message: str, *, status_callback: str = "", quoted: str = "") -> str:
        return self._send(to, body=message, status_callback=status_callback)

    def send_file(self, to: str, file: OutgoingFile, *, caption: str = "", status_callback: str = "") -> str:
        content = {"body": caption} if caption else {}
        return self._send(to, media_url=[file.url], **content, status_callback=status_callback)

    def send_template(
        self, to: str, template: Template, *, variables: Mapping[str, str], status_callback: str = ""
    ) -> str:
        filled = {"content_variables": json.dumps(dict(variables))} if variables else {}
        return self._send(to, content_sid=template.id, **filled, status_callback=status_callback)

    def _send(self, to: str, *, status_callback: str, **content: Any) -> str:
        optional = {"status_callback": status_callback} if status_callback else {}
        with errors(sends=True):
            sent = self._sdk.messages.create(to=to, from_=PREFIX + self.address, **content, **optional)
        if not sent.sid:
            raise WhatsAppError("Twilio's answer names no message", uncertain=True)
        return str(sent.sid)

    def list_templates(self) -> list[Template]:
        with errors():
            contents = self._sdk.content.v1.content_and_approvals.list(limit=twilio_content.LONGEST_LIST)
        return twilio_content.approved(contents)

    def find_sent(self, to: str, message: str, *, since: datetime, with_file: bool = False) -> list[str]:
        with errors():
            listed = self._sdk.messages.list(
                to=to, from_=PREFIX + self.address, date_sent_after=since.astimezone(UTC), limit=LONGEST_LIST
            )
        # The filter counts whole days on some of Twilio's servers.
        since = since.replace(microsecond=0)
        same = [
            (found.date_created or since, str(found.sid))
            for found in listed
            if (found.body or "") == message
            and (found.num_media not in (None, "0")) == with_file
            and (found.date_created or since) >= since
        ]
        return [external_id for _, external_id in sorted(same)]

    def find_received(self, external_id: str) -> Received | None:
        try:
            with errors():
                return twilio_received.find(self._sdk, external_id=external_id, address=self.address)
        except WhatsAppError as error:
            if error.code == NOT_FOUND:
                return None
            raise

    def send_typing_indicator(self, to: str, *, message_id: str) -> None:
        with errors():
            self._sdk.messaging.v2.typing_indicator.create(channel="whatsapp", message_id=message_id)

    def fetch_media(self, url: str, *, limits: Limits, into: BinaryIO) -> str:
        return twilio_media.fetch(
            url,
            account_id=self.account_id,
            auth_token=self.credentials.get("auth_token", ""),
            api_base_url=self.api_base_url,
            limits=limits,
            into=into,
        )

    def validate_credentials(self) -> bool:
        try:
            with errors():
                return self._sdk.api.v2010.accounts(self.account_id).fetch().status == "active"
        except WhatsAppError as error:
            if error.credentials:
                return False
            raise

    @property
    def _sdk(self) -> Client:
        return sdk_of(account_id=self.account_id, credentials=self.credentials, http_client=http(self.api_base_url))


def sdk_of(*, account_id: str, credentials: Mapping[str, str], http_client: HttpClient) -> Client:
    """The SDK's client of one account. A given environment keeps it from reading credentials and regions from the
    process's own."""
    return Client(
        account_id or "missing",
        credentials.get("auth_token") or "missing",
        http_client=http_client,
        environment={"TWILIO_EDGE": ""},
    )


@contextmanager
def errors(*, sends: bool = False) -> Iterator[None]:
    """Twilio's errors in our words. Texts name codes, never the URL or the parameters: those hold people."""
    try:
        yield
    except (TwilioRestException, TwilioServiceException) as error:
        raise _refused(status=int(error.status or 0), code=str(error.code or ""), sends=sends) from None
    except ConnectTimeoutError:
        raise WhatsAppError("Twilio could not be reached in time") from None
    except HTTPError as error:
        unanswered = f"Twilio did not answer ({type(error).__name__})"
        raise WhatsAppError(unanswered, uncertain=sends) from None
    except TwilioException as error:
        if refusal := _refused_page(error):
            raise refusal from None
        raise WhatsAppError(f"Twilio's answer was not understood ({type(error).__name__})", uncertain=sends) from None
    except Exception as error:  # noqa: BLE001 (whatever breaks in the SDK, the caller has a message to settle)
        logger.error("Twilio's SDK raised %s", type(error).__name__)
        raise WhatsAppError(f"The call broke ({type(error).__name__})", uncertain=sends) from None


def _refused_page(error: TwilioException) -> WhatsAppError | None:
    """Lists say no in an exception of their own, that holds the answer unread."""
    answer = next((part for part in error.args if isinstance(part, Response)), None)
    if answer is None or answer.ok:
        return None
    try:
        code = str(json.loads(answer.text).get("code") or "")
    except (ValueError, AttributeError):
        code = ""
    return _refused(status=answer.status_code, code=code, sends=False)


def _refused(*, status: int, code: str, sends: bool) -> WhatsAppError:
    text = f"Twilio answered {status}" + (f" with error {code}" if code else "")
    if status == 401 or code in CREDENTIALS:  # noqa: PLR2004
        return WhatsAppError(
            f"{text}: the account or its token is refused", code=code, permanent=True, credentials=True
        )
    if code == DAILY_LIMIT:
        return WhatsAppError(f"{text}: the daily limit of messages is reached", code=code, permanent=True)
    if status == 429 or code in ("20429", "63018"):  # noqa: PLR2004
        return WhatsAppError(f"{text}: too many requests", code=code, retry_after=5.0)
    if status >= 500:  # noqa: PLR2004
        return WhatsAppError(text, code=code, uncertain=sends)
    # No retry helps the rest, such as 63016: outside the 24 h window only templates may be sent.
    return WhatsAppError(text, code=code, permanent=True, opted_out=code == OPTED_OUT)


@lru_cache(maxsize=4)
def http(api_base_url: str) -> PooledHttpClient:
    """One pool of connections a process: it holds no credentials, those come with each request."""
    return PooledHttpClient(api_base_url)


class PooledHttpClient(HttpClient):
    """Bounded in time. The SDK's own client has `requests` prepare each request: a send takes 0.35 ms of CPU with this
    one, 0.67 ms with that.

    https://www.twilio.com/docs/libraries/reference/twilio-python/#using-a-custom-http-client
    """

    def __init__(self, api_base_url: str) -> None:
        super().__init__(logger, is_async=False, timeout=TIMEOUT)
        self._wire = Wire(api_base_url=api_base_url)

    def request(  # noqa: PLR0917 (the SDK's own signature)
        self,
        method: str,
        uri: str,
        params: Mapping[str, Any] | None = None,
        data: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,
        allow_redirects: bool = False,
    ) -> Response:
        """Called by the SDK. Raises `urllib3.exceptions.HTTPError`."""
        status, text, answered = self._wire.exchange(
            method,
            uri,
            params=params or {},
            data=data or {},
            headers=headers or {},
            auth=auth,
            timeout=timeout or TIMEOUT,
        )
        return Response(status, text, answered)
