"""The list of exports: each row's words, its state, what can be done with it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from bots.exporting import asking, keeping
from bots.models import Export
from bots.models.clock import database_time
from dashboard.exports import words

#: Of all exports, the newest are shown.
MOST_SHOWN = 50
State = Export.State
STATES: Mapping[str, tuple[str, str]] = {
    State.WAITING: ("calm", "Waits for a worker"),
    State.WRITING: ("live", "Is written"),
    State.READY: ("good", "Ready"),
    State.FAILED: ("bad", "Failed"),
    State.EXPIRED: ("calm", "Its file is gone"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    export: Export
    about: str
    #: `HTML and files (ZIP)`.
    kind: str
    tone: str
    word: str
    is_pending: bool
    is_ready: bool
    #: It can be asked for again.
    is_over: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportList:
    """`seen` changes whenever what the rows show does."""

    rows: list[Row]
    is_pending: bool
    seen: str


def listed() -> ExportList:
    exports = list(Export.objects.order_by("-created_at")[:MOST_SHOWN])
    names = words.names_in(export.criteria for export in exports)
    now = database_time()
    rows = [_row(export, about=words.about(export.scope, export.criteria, names=names), now=now) for export in exports]
    told = "|".join(f"{row.export.pk}{row.word}{row.export.done}{row.export.total}" for row in rows)
    return ExportList(
        rows=rows,
        is_pending=any(row.is_pending for row in rows),
        seen=hashlib.sha256(told.encode()).hexdigest()[:16],
    )


def _row(export: Export, *, about: str, now: datetime) -> Row:
    state = export.state
    # The housekeeper takes the file away some minutes later.
    if state == State.READY and export.expires_at <= now:
        state = State.EXPIRED
    tone, word = STATES[state]
    return Row(
        export=export,
        about=about,
        kind=f"{export.get_format_display()}{' and files (ZIP)' if keeping.holds_files(export) else ''}",
        tone=tone,
        word=word,
        is_pending=state in asking.PENDING,
        is_ready=state == State.READY,
        is_over=state in (State.FAILED, State.EXPIRED),
    )
