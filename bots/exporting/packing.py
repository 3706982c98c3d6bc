"""The files that go along: copied one by one into an archive beside the document, up to a bound.

Whatever is left out is named in the document, with the reason.
"""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from typing import IO
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from bots.exporting.file_names import file_name
from bots.media import keeping
from bots.models import MediaFile

FOLDER = "files"
#: Of one export: more is nothing that a member would download and look at.
MOST_FILES = 5000
MOST_BYTES = 1024**3
BOUND = f"An export holds up to {MOST_FILES:,} files and {MOST_BYTES // 1024**3} GB of them."
#: The files' states in which there is something to be held.
KEPT = (MediaFile.State.KEPT, MediaFile.State.READ)
#: Why a file is not in an export.
NAMED_ONLY = "This export names files and does not hold them."
NOT_FETCHED = "Nobody has opened it yet, so it is still with WhatsApp."
NOT_GIVEN = "It could not be fetched from WhatsApp."
NO_LONGER_KEPT = "It is no longer kept: its time is over."
NOT_THERE = "It is not on the server any more."
CHUNK = 256 * 1024


class Pack:
    """What of the files is held. `archive`: where they go; None: nowhere. `after_each` is called after each copy."""

    def __init__(self, archive: ZipFile | None = None, *, after_each: Callable[[], None] = lambda: None) -> None:
        self.archive, self.after_each = archive, after_each
        self.held = self.bytes = 0
        #: A reason -> files that were left out for it.
        self.left_out: Counter[str] = Counter()

    @property
    def holds_files(self) -> bool:
        return self.archive is not None

    def take(self, row: MediaFile | None, *, at: datetime) -> tuple[str, str]:
        """Put a file into the archive; its path there, or "" and why not. `row`: None where it was never asked for;
        `at`: when it came."""
        reason = self._refusal(row)
        if row is not None and not reason:
            path = f"{FOLDER}/{file_name(self.held + 1, name=row.name, content_type=row.content_type)}"
            if self._copy(row, path=path, at=at):
                return path, ""
            reason = NOT_THERE
        self.left_out[reason] += 1
        return "", reason

    def finish(self, document: IO[bytes], *, name: str) -> None:
        """Put the document, which is written by now, beside its files."""
        assert self.archive
        document.seek(0)
        info = _entry(name, at=datetime.now(UTC), compression=ZIP_DEFLATED)
        with self.archive.open(info, "w", force_zip64=True) as entry:
            shutil.copyfileobj(document, entry, CHUNK)

    def _refusal(self, row: MediaFile | None) -> str:
        """Why the file cannot be held; empty where it can."""
        if row is None or row.state == MediaFile.State.FETCHING:
            return NOT_FETCHED
        if row.state not in KEPT:
            return NO_LONGER_KEPT if row.state == MediaFile.State.EXPIRED else NOT_GIVEN
        if self.archive is None:
            return NAMED_ONLY
        return BOUND if self.held >= MOST_FILES or self.bytes + row.bytes > MOST_BYTES else ""

    def _copy(self, row: MediaFile, *, path: str, at: datetime) -> bool:
        """Whether it was there. What people send is compressed already."""
        assert self.archive
        try:
            content = keeping.open_file(row)
        except FileNotFoundError:
            return False
        with content, self.archive.open(_entry(path, at=at, compression=ZIP_STORED), "w") as entry:
            shutil.copyfileobj(content, entry, CHUNK)
        self.held += 1
        self.bytes += row.bytes
        self.after_each()
        return True


def _entry(path: str, *, at: datetime, compression: int) -> ZipInfo:
    info = ZipInfo(path, date_time=at.astimezone(UTC).timetuple()[:6])
    info.compress_type = compression
    return info
