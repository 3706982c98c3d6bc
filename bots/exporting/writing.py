"""The worker's part: take an export up, write its file, say how it went.

A worker that dies leaves nothing but its lease: the next one begins the file anew.
"""

from __future__ import annotations

import logging
import os
import time
from dataclasses import dataclass, field
from datetime import timedelta
from tempfile import TemporaryFile
from uuid import UUID

from django.db.models import F, QuerySet

from bots.exporting import asking, filling, gathering, keeping
from bots.exporting.filling import CannotWriteError
from bots.exporting.picking import pick
from bots.models import Export
from bots.models.clock import database_time
from tenants.models import Tenant

logger = logging.getLogger(__name__)

State = Export.State
#: A few conversations take far less.
LEASE = timedelta(seconds=90)
#: Seconds between two words of it while files are copied.
PAUSE = 5.0
#: Workers that may die of a file before it is given up.
MOST_ATTEMPTS = 3
#: Seconds until it is asked again whether the tenant's other file is written.
LATER = 5.0
#: Conversations that a browser still shows well on one page.
MOST_READABLE = 2000
#: Of these scopes, what nobody has opened yet is fetched first.
SMALL = (Export.Scope.CONVERSATION, Export.Scope.CONTACT)
BROKEN = "Something went wrong here. It has been noted. Ask for it again."
GAVE_UP = "Writing it was cut short several times. Ask for it again, or for less."
TOO_LONG_TO_READ = (
    f"A page for reading holds up to {MOST_READABLE:,} conversations. Take JSON or CSV, or filter for fewer."
)


class LostError(Exception):
    """Nobody wants it any more, or another worker has it: it was deleted, or our lease ran out."""


@dataclass(slots=True)
class _Held:
    """An export while this attempt is the one that writes it."""

    export: Export
    told_at: float = field(default_factory=time.monotonic)

    def rows(self) -> QuerySet[Export]:
        return Export.objects.filter(pk=self.export.pk, state=State.WRITING, attempts=self.export.attempts)

    def tell(self, done: int | F, *, total: int | F) -> None:
        """How far it is, and that somebody is still at it. Raises `LostError`."""
        if not self.rows().update(done=done, total=total, lease_until=database_time() + LEASE):
            raise LostError
        self.told_at = time.monotonic()

    def keep(self) -> None:
        """Say that somebody is still at it, if it was not said a moment ago. Raises `LostError`."""
        if time.monotonic() - self.told_at > PAUSE:
            self.tell(F("done"), total=F("total"))


def write(pk: UUID, *, tenant: Tenant) -> float | None:
    """Write the export's file, if it is due. Returns the seconds after which to ask again, None: never."""
    others = Export.objects.filter(state=State.WRITING, lease_until__gte=database_time()).exclude(pk=pk)
    if others.exists() and asking.due(at=database_time()).filter(pk=pk).exists():
        return LATER
    held = _take(pk)
    if held is None:
        return None
    try:
        _write(held, tenant=tenant)
    except LostError:
        logger.info("Export %s is not wanted any more", pk)
    except CannotWriteError as error:
        held.rows().update(state=State.FAILED, error=str(error)[:300], lease_until=None)
    except Exception:
        logger.exception("Export %s failed", pk)
        held.rows().update(state=State.FAILED, error=BROKEN, lease_until=None)
    return None


def _take(pk: UUID) -> _Held | None:
    """Claim it; None: there is nothing to be written, or another worker is at it."""
    now = database_time()
    free = asking.due(at=now).filter(pk=pk)
    if not free.update(state=State.WRITING, attempts=F("attempts") + 1, lease_until=now + LEASE, done=0, error=""):
        return None
    export = Export.objects.filter(pk=pk).first()
    return _Held(export) if export else None


def _write(held: _Held, *, tenant: Tenant) -> None:
    export = held.export
    keeping.remove(export)
    if export.attempts > MOST_ATTEMPTS:
        raise CannotWriteError(GAVE_UP)
    picked = pick(export)
    if export.format == Export.Format.HTML and len(picked) > MOST_READABLE:
        raise CannotWriteError(TOO_LONG_TO_READ)
    held.tell(0, total=len(picked))
    if export.scope in SMALL and filling.wants_files(export):
        gathering.gather(picked, after_each=held.keep)
    with TemporaryFile() as content:
        ending = filling.fill(content, export=export, picked=picked, tenant=tenant, progress=held)
        size = content.seek(0, os.SEEK_END)
        content.seek(0)
        held.tell(len(picked), total=len(picked))
        name = keeping.store(export, content=content, ending=ending)
    values = {"file": name, "bytes": size, "lease_until": None, "expires_at": database_time() + asking.KEPT}
    if not held.rows().update(state=State.READY, **values):
        keeping.discard(name)
        raise LostError
