"""The worker's part: take an export up, write its file, say how it went.

A worker that dies leaves nothing but its lease: the next one begins the file anew.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from tempfile import TemporaryFile
from uuid import UUID

from django.db.models import F, QuerySet

from bots.exporting import as_csv, as_html, as_json, asking, keeping
from bots.exporting.picking import Picked, pick
from bots.exporting.records import About, Record, Spoken, contact_record, spoken
from bots.models import Contact, Export
from bots.models.clock import database_time
from tenants.context import release_connection
from tenants.models import Tenant

logger = logging.getLogger(__name__)

State = Export.State
#: A few conversations take far less.
LEASE = timedelta(seconds=90)
#: Workers that may die of a file before it is given up.
MOST_ATTEMPTS = 3
#: Seconds until it is asked again whether the tenant's other file is written.
LATER = 5.0
#: Conversations that a browser still shows well on one page.
MOST_READABLE = 2000
#: A format -> what writes it.
FORMATS: Mapping[str, Callable[[About, Iterable[Spoken]], Iterator[str]]] = {
    Export.Format.JSON: as_json.pieces,
    Export.Format.CSV: as_csv.pieces,
    Export.Format.HTML: as_html.pieces,
}
BROKEN = "Something went wrong here. It has been noted. Ask for it again."
GAVE_UP = "Writing it was cut short several times. Ask for it again, or for less."
TOO_LONG_TO_READ = (
    f"A page for reading holds up to {MOST_READABLE:,} conversations. Take JSON or CSV, or filter for fewer."
)


class LostError(Exception):
    """Nobody wants it any more, or another worker has it: it was deleted, or our lease ran out."""


class CannotWriteError(Exception):
    """It makes no sense to try again. `str(error)` is a plain sentence for the member."""


@dataclass(frozen=True, slots=True)
class _Held:
    """An export while this attempt is the one that writes it."""

    export: Export

    def rows(self) -> QuerySet[Export]:
        return Export.objects.filter(pk=self.export.pk, state=State.WRITING, attempts=self.export.attempts)

    def tell(self, done: int, *, total: int) -> None:
        """How far it is, and that somebody is still at it. Raises `LostError`."""
        if not self.rows().update(done=done, total=total, lease_until=database_time() + LEASE):
            raise LostError


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
    if export.attempts > MOST_ATTEMPTS:
        raise CannotWriteError(GAVE_UP)
    picked = pick(export)
    if export.format == Export.Format.HTML and len(picked) > MOST_READABLE:
        raise CannotWriteError(TOO_LONG_TO_READ)
    held.tell(0, total=len(picked))
    with TemporaryFile() as content:
        for piece in FORMATS[export.format](_about(export, picked=picked, tenant=tenant), _told(held, picked)):
            content.write(piece.encode("utf-8", "replace"))
        size = content.tell()
        content.seek(0)
        held.tell(len(picked), total=len(picked))
        name = keeping.store(export, content=content)
    values = {"file": name, "bytes": size, "lease_until": None, "expires_at": database_time() + asking.KEPT}
    if not held.rows().update(state=State.READY, **values):
        keeping.remove(Export(file=name))
        raise LostError


def _told(held: _Held, picked: Picked) -> Iterator[Spoken]:
    def after_each(done: int) -> None:
        held.tell(done, total=len(picked))
        # Somebody else may have it between two batches.
        release_connection()

    return spoken(picked, after_each=after_each)


def _about(export: Export, *, picked: Picked, tenant: Tenant) -> About:
    return About(
        business=tenant.name,
        scope=export.get_scope_display(),
        made_at=database_time(),
        conversations=len(picked),
        contact=_contact(export),
    )


def _contact(export: Export) -> Record | None:
    if export.scope != Export.Scope.CONTACT:
        return None
    rows = Contact.objects.select_related("channel").defer("channel__credentials")
    contact = rows.filter(pk=export.criteria["contact"]).first()
    if contact is None:
        raise CannotWriteError("This contact's data was erased.")
    return contact_record(contact)
