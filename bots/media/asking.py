"""A file that nobody fetched and somebody wants to see: a worker fetches it, and whoever waits asks how things stand.

No web process waits for a provider. The file's row says it all: on its way, there, or `failed` and why.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

from django.db import connection

from bots import bell, limits, store
from bots.media import fetching
from bots.models import MediaFile, Message
from bots.models.clock import database_time
from tenants.models import Tenant

logger = logging.getLogger(__name__)

TASK = "bots.tasks.fetch_file"
State = MediaFile.State
#: A bell is good for a minute, a fetch takes half of one at the most: what is not here by then does not come any more.
LONGEST_WAIT = timedelta(seconds=bell.GOOD_FOR + fetching.LONGEST_FETCH)
#: Files of a tenant's. A page asks for those that somebody sees.
MOST_A_MINUTE = 120


def ask(*, message: Message, index: int, tenant: Tenant) -> MediaFile:
    """Tell a worker of the message's file `index`, unless one was told or the file is there; its row then. One that
    failed is tried again. Raises `IndexError` where the message has no such file."""
    found = MediaFile.objects.filter(message=message, index=index).first()
    if found is not None and found.state != State.FAILED:
        return look(found)
    # Before the row changes: from then on others look for it.
    _remember(message, index)
    row, is_ours = fetching.row_of(message=message, index=index)
    failed = MediaFile.objects.filter(pk=row.pk, state=State.FAILED)
    is_ours = is_ours or failed.update(state=State.FETCHING, error="") == 1
    if is_ours and not (limits.within(MOST_A_MINUTE, "files", tenant.schema_name) and ring(row.pk, tenant=tenant)):
        _give_up(row.pk)
    row.refresh_from_db()
    return row


def look(row: MediaFile) -> MediaFile:
    """How things stand, for whoever waits: what did not come within `LONGEST_WAIT` is given up."""
    if row.state == State.FETCHING and not _is_remembered(row):
        _give_up(row.pk)
        row.refresh_from_db()
    return row


def fetch(pk: UUID, *, sleep: Callable[[float], None] = time.sleep) -> None:
    """The worker's part: fetch the file if it is still to come. Takes up to `fetching.LONGEST_FETCH` seconds."""
    rows = MediaFile.objects.select_related("message__conversation__contact__channel")
    row = rows.filter(pk=pk, state=State.FETCHING).first()
    if row is None:
        return
    try:
        fetching.fetch(message=row.message, index=row.index, sleep=sleep)
    except Exception:
        logger.exception("File %s could not be fetched", pk)
        _give_up(pk)


def ring(pk: UUID, *, tenant: Tenant, delay: float = 0.0) -> bool:
    """Tell a worker of the file in `delay` seconds. False: nobody heard it."""
    return bell.ring_for(TASK, tenant_id=tenant.pk, row_id=pk, delay=delay)


def _give_up(pk: UUID) -> None:
    MediaFile.objects.filter(pk=pk, state=State.FETCHING).update(state=State.FAILED, error="unavailable")


def _remember(message: Message, index: int) -> None:
    with store.may_be_away():
        store.client().set(_key(message.pk, index), "asked", ex=LONGEST_WAIT)


def _is_remembered(row: MediaFile) -> bool:
    """Whether it was asked for within `LONGEST_WAIT`, or the bot's turn began to fetch it."""
    with store.may_be_away():
        if store.client().exists(_key(row.message_id, row.index)):
            return True
    return row.created_at > database_time() - LONGEST_WAIT


def _key(message: UUID, index: int) -> str:
    return f"{connection.schema_name}:file-asked:{message}:{index}"  # type: ignore[attr-defined]
