"""What an export's file holds: the document, and the files beside it where it is to hold some."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from tempfile import TemporaryFile
from typing import IO, Protocol
from zipfile import ZipFile

from bots.exporting import as_csv, as_html, as_json, keeping
from bots.exporting.packing import KEPT, Pack
from bots.exporting.picking import Picked
from bots.exporting.records import About, Record, Spoken, contact_record, spoken
from bots.models import Contact, Export, MediaFile
from bots.models.clock import database_time
from tenants.context import release_connection
from tenants.models import Tenant

#: A format -> what writes it.
FORMATS: Mapping[str, Callable[[About, Iterable[Spoken]], Iterator[str]]] = {
    Export.Format.JSON: as_json.pieces,
    Export.Format.CSV: as_csv.pieces,
    Export.Format.HTML: as_html.pieces,
}


class CannotWriteError(Exception):
    """It makes no sense to try again. `str(error)` is a plain sentence for the member."""


class Progress(Protocol):
    """Whom it is told how far the file is; each raises when nobody wants it any more."""

    def tell(self, done: int, *, total: int) -> None: ...

    def keep(self) -> None:
        """Nothing new, and still at it."""


def fill(content: IO[bytes], *, export: Export, picked: Picked, tenant: Tenant, progress: Progress) -> str:
    """Write the document; an archive of it and its files where it is to hold some. Returns the ending of its name.

    Raises `CannotWriteError`, and whatever `progress` raises."""
    if not (wants_files(export) and _has_files(picked)):
        _write(
            content, about=_about(export, picked=picked, tenant=tenant, pack=Pack()), picked=picked, progress=progress
        )
        return str(export.format)
    with TemporaryFile() as document, ZipFile(content, "w") as archive:
        pack = Pack(archive, after_each=progress.keep)
        about = _about(export, picked=picked, tenant=tenant, pack=pack)
        _write(document, about=about, picked=picked, progress=progress)
        is_one = export.scope == Export.Scope.CONVERSATION
        pack.finish(document, name=f"conversation{'' if is_one else 's'}.{export.format}")
    return keeping.ARCHIVE


def wants_files(export: Export) -> bool:
    """Tables and programs' files name them; a page shows them, and all of a contact is all of it."""
    return export.format == Export.Format.HTML or export.scope == Export.Scope.CONTACT


def _has_files(picked: Picked) -> bool:
    kept = MediaFile.objects.filter(state__in=KEPT)
    return any(kept.filter(message__conversation__in=ids).exists() for ids in picked.in_batches(500))


def _about(export: Export, *, picked: Picked, tenant: Tenant, pack: Pack) -> About:
    return About(
        business=tenant.name,
        scope=export.get_scope_display(),
        format=Export.Format(export.format),
        made_at=database_time(),
        conversations=len(picked),
        pack=pack,
        contact=_contact(export),
    )


def _write(content: IO[bytes], *, about: About, picked: Picked, progress: Progress) -> None:
    def after_each(done: int) -> None:
        progress.tell(done, total=len(picked))
        # Somebody else may have it between two batches.
        release_connection()

    for piece in FORMATS[about.format](about, spoken(picked, pack=about.pack, after_each=after_each)):
        content.write(piece.encode("utf-8", "replace"))


def _contact(export: Export) -> Record | None:
    if export.scope != Export.Scope.CONTACT:
        return None
    rows = Contact.objects.select_related("channel").defer("channel__credentials")
    contact = rows.filter(pk=export.criteria["contact"]).first()
    if contact is None:
        raise CannotWriteError("This contact's data was erased.")
    return contact_record(contact)
