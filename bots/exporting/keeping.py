"""The files: in a folder of their own in the tenant's part of the media storage, for some days."""

from __future__ import annotations

from datetime import timedelta
from typing import IO

from django.core.files.base import File
from django.core.files.storage import default_storage

from bots.models import Export
from bots.models.clock import database_time

FOLDER = "exports"
#: The ending of a document with files beside it.
ARCHIVE = "zip"
#: A file that no row names is somebody's who was cancelled, unless its row is about to name it.
ORPHANED_AFTER = timedelta(hours=1)
MOST_AT_ONCE = 500


def store(export: Export, *, content: IO[bytes], ending: str) -> str:
    """Keep what this attempt wrote; its name, which nobody can guess. `ending`: the format, or `ARCHIVE`."""
    return default_storage.save(_name(export, attempt=export.attempts, ending=ending), File(content))


def holds_files(export: Export) -> bool:
    """Whether its file is an archive: of the document, and what people sent beside it."""
    return export.file.endswith(f".{ARCHIVE}")


def open_file(export: Export) -> IO[bytes]:
    """Raises `FileNotFoundError` where it is not kept (any more)."""
    if not export.file or export.expires_at <= database_time():
        raise FileNotFoundError(export.pk)
    return default_storage.open(export.file)


def remove(export: Export) -> None:
    """Delete what this and any earlier attempt left, also one whose worker died."""
    for attempt in range(1, export.attempts + 1):
        for ending in (export.format, ARCHIVE):
            default_storage.delete(_name(export, attempt=attempt, ending=ending))


def discard(name: str) -> None:
    """Delete what was stored and is not wanted any more."""
    default_storage.delete(name)


def expire() -> int:
    """Delete the files whose time is over; returns how many.

    The file goes first: a row whose file is left over would never be looked at again.
    """
    due = Export.objects.filter(state=Export.State.READY, expires_at__lt=database_time())
    rows = list(due.order_by("expires_at")[:MOST_AT_ONCE])
    for row in rows:
        remove(row)
    due.filter(pk__in=[row.pk for row in rows]).update(state=Export.State.EXPIRED, file="")
    return len(rows)


def delete_orphans() -> int:
    """Delete the files that no row names; returns how many."""
    try:
        names = default_storage.listdir(FOLDER)[1]
    except FileNotFoundError:
        return 0
    known = set(Export.objects.exclude(file="").values_list("file", flat=True))
    before = database_time() - ORPHANED_AFTER
    unknown = [name for name in (f"{FOLDER}/{name}" for name in names) if name not in known]
    orphans = [name for name in unknown if default_storage.get_modified_time(name) < before][:MOST_AT_ONCE]
    for name in orphans:
        default_storage.delete(name)
    return len(orphans)


def _name(export: Export, *, attempt: int, ending: str) -> str:
    return f"{FOLDER}/{export.pk.hex}-{attempt}.{ending}"
