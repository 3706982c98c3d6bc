"""The one draft of the bot, in which edits gather. It touches nobody until it is published (`bots.publishing`).

Whoever edits sends along a mark of each value that their page showed: what they did not touch stays as somebody else
may have left it, and what somebody else changed meanwhile is not overwritten.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from django.db import connection, transaction
from django.db.models import Q
from django.utils.crypto import salted_hmac

from bots import keys
from bots.differences import Difference, differences, label_of
from bots.models import AIConfiguration
from bots.models.clock import database_time
from bots.versions import FALLBACK, active, differs, fallback_row, fallback_values, load, value_of, values_of
from tenants.models import AuditEntry, Tenant, User

MARK_LENGTH = 16
#: Who has a key: the column of the configuration's own two, or its fallback.
Keyholder = Literal["api_key", "transcription_api_key", "fallback"]


class ChangedMeanwhileError(Exception):
    """Somebody else changed the same thing since the page was loaded. Nothing of the later change was saved."""

    def __init__(self, *, fields: list[str], by: str, at: datetime | None) -> None:
        self.fields, self.by, self.at = fields, by, at
        names = ", ".join(label_of(name) for name in fields)
        super().__init__(f"{by or 'Somebody'} changed this meanwhile: {names}.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What answers now, the draft, and how they differ. A draft that nobody began yet is as it would begin."""

    published: AIConfiguration | None
    draft: AIConfiguration
    changes: list[Difference]

    @property
    def is_outdated(self) -> bool:
        """Whether something else was published since the draft was begun."""
        return self.published is not None and self.draft.based_on != self.published.version


def standing() -> Standing:
    """One query, and nothing is written."""
    rows = load(Q(is_active=True) | Q(is_draft=True))
    published = next((row for row in rows if row.is_active), None)
    draft = next((row for row in rows if row.is_draft), None)
    if draft is None:
        draft = _as_begun(published)
        kept = fallback_values(published and published.fallback)
        draft.fallback = AIConfiguration(**kept, is_active=False) if kept else None
    return Standing(published=published, draft=draft, changes=differences(before=published, after=draft))


def draft() -> AIConfiguration:
    """The draft, begun from what is published where there is none yet."""
    if found := _draft():
        return found
    with one_at_a_time():
        return _draft() or _begin()


def marks(row: AIConfiguration, *names: str) -> dict[str, str]:
    """What a page sends along of the values that it shows; nothing of a secret can be told from it."""
    return {name: _mark(_value(row, name)) for name in names}


def marks_of(values: Mapping[str, Any]) -> dict[str, str]:
    """The marks of values that a page shows because they were typed there."""
    return {name: _mark(_public(name, value)) for name, value in values.items()}


def change_draft(
    changes: Mapping[str, Any], *, seen: Mapping[str, str], by: str, fallback: Mapping[str, Any] | None = None
) -> AIConfiguration:
    """Set columns of the draft. `seen`: `marks` of what the page showed, `by`: who changes it (an email address).

    `fallback`: its columns; empty: there is none any more; None: it stays. A value that is as it was shown is left
    alone, one without a mark is set whatever was there. Another provider or server does not get the key of the one
    before: it has the one that was last used with it, if any. Raises `ChangedMeanwhileError`.
    """
    wanted = {**changes, **({} if fallback is None else {FALLBACK: dict(fallback)})}
    touched = {name: value for name, value in wanted.items() if seen.get(name) != marks_of({name: value})[name]}
    with one_at_a_time():
        row = _draft() or _begin()
        changed = [name for name, value in touched.items() if _is_new(row, name, value)]
        if stale := [name for name in changed if name in seen and seen[name] != _mark(_value(row, name))]:
            raise _changed_meanwhile(row, names=stale)
        if changed:
            _apply(row, {name: touched[name] for name in changed}, by=by)
    return row


def set_key(whose: Keyholder, key: str, *, tenant: Tenant, by: User) -> AIConfiguration:
    """Write a key into the draft; empty: there is none any more. Nothing happens for a fallback that does not exist."""
    with one_at_a_time():
        row = _draft() or _begin()
        if whose == FALLBACK:
            kept = fallback_values(row.fallback)
            row = change_draft({}, seen={}, by=by.email, fallback={**kept, "api_key": key} if kept else {})
        else:
            row = change_draft({whose: key}, seen={}, by=by.email)
        detail = {"changed": [whose], "removed": not key}
        AuditEntry.objects.create(tenant=tenant, actor=by, action="bot.key_replaced", detail=detail)
    return row


def discard_draft(*, revision: int) -> None:
    """Forget the draft. Raises `ChangedMeanwhileError` when it is not the one that was seen."""
    with one_at_a_time():
        if row := _draft():
            refuse_unseen(row, revision=revision)
            delete(row)


def delete(row: AIConfiguration) -> None:
    """The draft and its fallback."""
    fallback = row.fallback
    row.delete()
    if fallback:
        fallback.delete()


def refuse_unseen(row: AIConfiguration, *, revision: int) -> None:
    """Raise `ChangedMeanwhileError` where the draft was edited after this revision."""
    if later := [name for name, edit in row.edits.items() if edit["revision"] > revision]:
        raise _changed_meanwhile(row, names=later)


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """In one transaction that nobody else's edit or publication of this tenant overlaps."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext(current_schema() || '.configuration'))")
        yield


def _draft() -> AIConfiguration | None:
    return next(iter(load(Q(is_draft=True))), None)


def _begin() -> AIConfiguration:
    published = active()
    row = _as_begun(published)
    row.fallback = fallback_row(fallback_values(published and published.fallback))
    row.save()
    return row


def _as_begun(published: AIConfiguration | None) -> AIConfiguration:
    values = values_of(published) if published else {"provider": "builtin"}
    based_on = published.version if published else None
    return AIConfiguration(**values, version=None, is_active=False, is_draft=True, based_on=based_on)


def _apply(row: AIConfiguration, changes: dict[str, Any], *, by: str) -> None:
    replaced = row.fallback if FALLBACK in changes else None
    for name, value in changes.items():
        if name == FALLBACK:
            row.fallback = fallback_row({**keys.of_fallback(value, before=replaced), **value} if value else {})
        else:
            setattr(row, name, value)
    for name, value in keys.that_follow(row, changed=changes).items():
        setattr(row, name, value)
    row.revision += 1
    now = database_time().isoformat()
    row.edits = {**row.edits, **{name: {"revision": row.revision, "by": by, "at": now} for name in changes}}
    row.save()
    if replaced:
        replaced.delete()


def _changed_meanwhile(row: AIConfiguration, *, names: list[str]) -> ChangedMeanwhileError:
    """By whoever edited the draft, or published what it was begun from, last."""
    edits = [row.edits[name] for name in names if name in row.edits]
    if edits:
        last = max(edits, key=lambda edit: edit["revision"])
        return ChangedMeanwhileError(fields=names, by=last["by"], at=datetime.fromisoformat(last["at"]))
    published = active()
    return ChangedMeanwhileError(
        fields=names, by=published.published_by if published else "", at=published.published_at if published else None
    )


def _is_new(row: AIConfiguration, name: str, value: Any) -> bool:
    return differs(row.fallback, value) if name == FALLBACK else bool(value_of(row, name) != value)


def _value(row: AIConfiguration, name: str) -> Any:
    return _public(name, fallback_values(row.fallback)) if name == FALLBACK else value_of(row, name)


def _public(name: str, value: Any) -> Any:
    """A fallback is the same to a page whichever key it has."""
    return {key: one for key, one in value.items() if key != "api_key"} if name == FALLBACK else value


def _mark(value: Any) -> str:
    return salted_hmac("bots.drafts", json.dumps(value, sort_keys=True)).hexdigest()[:MARK_LENGTH]
