"""What people do with knowledge: write it, hand in a file, change it, switch it off, delete it and take that back."""

from __future__ import annotations

from datetime import timedelta
from pathlib import PurePosixPath, PureWindowsPath
from typing import Any
from uuid import UUID

from django.db import connection, models, transaction

from bots.knowledge.indexing import index
from bots.models import KnowledgeSource, KnowledgeUpload
from bots.models.clock import database_time
from tenants.models import AuditEntry, Tenant, User

State = KnowledgeSource.State
Kind = KnowledgeSource.Kind

#: Characters of a text, some 300 passages, and of those that are cut while its author waits.
MOST_TEXT, CUT_AT_ONCE = 200_000, 20_000
#: Bytes of a file, and sources of a tenant.
MOST_BYTES, MOST_SOURCES = 10 * 1024 * 1024, 2_000
LONGEST_TITLE = 200
#: How long a deleted source can be taken back.
KEPT_DELETED = timedelta(days=1)
#: A name's ending -> what it is.
ENDINGS: dict[str, str] = {
    "txt": Kind.TXT,
    "text": Kind.TXT,
    "md": Kind.MD,
    "markdown": Kind.MD,
    "csv": Kind.CSV,
    "pdf": Kind.PDF,
    "docx": Kind.DOCX,
}


class SourceError(Exception):
    """It cannot be done, and why, in a sentence for whoever tried. `field`: whose fault it is, if one's."""

    def __init__(self, message: str, *, field: str = "") -> None:
        super().__init__(message)
        self.field = field


def there() -> models.QuerySet[KnowledgeSource]:
    """The sources that are not deleted."""
    return KnowledgeSource.objects.filter(deleted_at=None)


def replace(*, title: str, text: str) -> bool:
    """Make `text` what the tenant says under `title`. Returns whether that changed anything."""
    with transaction.atomic():
        source = there().select_for_update().filter(title=title).first()
        if source is not None and source.text == text and source.is_active:
            return False
        if source is None:
            source = KnowledgeSource(title=title, version=0)
        source.text, source.is_active, source.kind, source.file_name, source.file_bytes = text, True, Kind.TYPED, "", 0
        source.updated_by = ""
        _put(source, at_once=True)
    return True


def write(*, title: str, text: str, language: str = "", tenant: Tenant, actor: User) -> KnowledgeSource:
    """A new text. Raises `SourceError`."""
    with transaction.atomic():
        _refuse_taken(title)
        _refuse_too_many()
        source = KnowledgeSource(title=title, text=text, language=language, updated_by=actor.email, version=0)
        _put(source, at_once=len(text) <= CUT_AT_ONCE)
        _record(source, verb="added", tenant=tenant, actor=actor)
    return source


def edit(
    pk: UUID, *, version: int, title: str, text: str, language: str, tenant: Tenant, actor: User
) -> KnowledgeSource:
    """Change a source. `version` is the one that the author saw. Raises `SourceError`, and `DoesNotExist`."""
    with transaction.atomic():
        source = there().select_for_update().get(pk=pk)
        if source.version != version:
            who = source.updated_by or "an onboarding file"
            raise SourceError(
                f"Meanwhile this was changed by {who}. Copy your text, open the page anew, and bring it in there."
            )
        changed = [name for name, value in _wanted(title, text, language).items() if getattr(source, name) != value]
        if not changed:
            return source
        if "title" in changed:
            _refuse_taken(title)
        source.title, source.text, source.language, source.updated_by = title, text, language, actor.email
        _put(source, at_once=len(text) <= CUT_AT_ONCE)
        _record(source, verb="changed", tenant=tenant, actor=actor, changed=changed)
    return source


def upload(*, name: str, content: bytes, tenant: Tenant, actor: User) -> KnowledgeSource:
    """A new source from a file, for a worker to read. Raises `SourceError` for what no worker need look at."""
    name, kind = _checked(name, content=content)
    with transaction.atomic():
        _refuse_too_many()
        source = KnowledgeSource(
            title=_free_title(_title_of(name)),
            kind=kind,
            file_name=name,
            file_bytes=len(content),
            updated_by=actor.email,
            state=State.WAITING,
        )
        source.save()
        KnowledgeUpload.objects.create(source=source, content=content, kind=kind, name=name)
        _record(source, verb="added", tenant=tenant, actor=actor)
    return source


def replace_file(pk: UUID, *, name: str, content: bytes, tenant: Tenant, actor: User) -> KnowledgeSource:
    """A new file for a source. Its text stays in use until the new one is read. Raises `SourceError` and
    `DoesNotExist`."""
    name, kind = _checked(name, content=content)
    with transaction.atomic():
        source = there().select_for_update().get(pk=pk)
        KnowledgeUpload.objects.update_or_create(
            source=source, defaults={"content": content, "kind": kind, "name": name}
        )
        _wait(source)
        source.updated_by = actor.email
        source.version += 1
        source.save()
        _record(source, verb="replaced", tenant=tenant, actor=actor, changed=["file"])
    return source


def switch(pk: UUID, *, is_active: bool, tenant: Tenant, actor: User) -> KnowledgeSource:
    """Let the bot know a source, or not. Raises `DoesNotExist`."""
    with transaction.atomic():
        source = there().select_for_update().get(pk=pk)
        if source.is_active != is_active:
            source.is_active, source.updated_by = is_active, actor.email
            source.save(update_fields=["is_active", "updated_by", "updated_at"])
            _record(source, verb="switched_on" if is_active else "switched_off", tenant=tenant, actor=actor)
    return source


def delete(pk: UUID, *, tenant: Tenant, actor: User) -> KnowledgeSource:
    """The bot does not know it any more; for a day it can be taken back. Raises `DoesNotExist`."""
    with transaction.atomic():
        source = there().select_for_update().get(pk=pk)
        source.deleted_at, source.updated_by = database_time(), actor.email
        source.save(update_fields=["deleted_at", "updated_by"])
        _record(source, verb="deleted", tenant=tenant, actor=actor)
    return source


def restore(pk: UUID, *, tenant: Tenant, actor: User) -> KnowledgeSource:
    """Take a deletion back; under another title where its own is taken by now. Raises `DoesNotExist`."""
    with transaction.atomic():
        source = KnowledgeSource.objects.select_for_update().get(pk=pk)
        if source.deleted_at is not None:
            free = _free_title(source.title)
            if free != source.title:
                source.title = free
                index(source)
            source.deleted_at = None
            source.save(update_fields=["deleted_at", "title", "found_language"])
            _record(source, verb="restored", tenant=tenant, actor=actor)
    return source


def purge() -> int:
    """Forget what was deleted long enough ago; returns how many sources."""
    gone = KnowledgeSource.objects.filter(deleted_at__lt=database_time() - KEPT_DELETED)
    return gone.delete()[1].get(KnowledgeSource._meta.label, 0)


def _put(source: KnowledgeSource, *, at_once: bool) -> None:
    """Save a source whose text is new: its passages now, or by a worker. A file that waited is not read any more."""
    source.version += 1
    _wait(source)
    source.state = State.READY if at_once else State.WAITING
    source.save()
    KnowledgeUpload.objects.filter(source=source).delete()
    if at_once:
        index(source)
        source.save(update_fields=["found_language"])


def _wait(source: KnowledgeSource) -> None:
    source.state, source.problem, source.attempts, source.lease_until = State.WAITING, "", 0, None


def _wanted(title: str, text: str, language: str) -> dict[str, str]:
    return {"title": title, "text": text, "language": language}


def _refuse_taken(title: str) -> None:
    _one_title_at_a_time()
    if there().filter(title=title).exists():
        raise SourceError("There is a source of this title already. Open it, or choose another title.", field="title")


def _refuse_too_many() -> None:
    if there().count() >= MOST_SOURCES:
        raise SourceError(f"There are {MOST_SOURCES:,} sources already. Delete some that nobody asks about.")


def _checked(name: str, *, content: bytes) -> tuple[str, str]:
    """The file's name without a path, and its kind. Raises `SourceError`."""
    name = PureWindowsPath(PurePosixPath(name.replace("\0", "")).name).name[:200]
    ending = name.rpartition(".")[2].lower() if "." in name else ""
    if ending == "doc":
        raise SourceError("old_word")
    if ending not in ENDINGS:
        raise SourceError("wrong_type")
    if not content:
        raise SourceError("empty")
    if len(content) > MOST_BYTES:
        raise SourceError("too_large")
    return name, ENDINGS[ending]


def _title_of(name: str) -> str:
    """`Price_list-2026.pdf` is "Price list-2026"."""
    stem = " ".join(name.rpartition(".")[0].replace("_", " ").split())
    return stem[: LONGEST_TITLE - 10] or "Untitled"


def _free_title(wanted: str) -> str:
    _one_title_at_a_time()
    taken = set(there().filter(title__startswith=wanted).values_list("title", flat=True))
    return next(title for title in _numbered(wanted, most=len(taken) + 2) if title not in taken)


def _one_title_at_a_time() -> None:
    """Whoever else wants a title waits for the end of this transaction: two would find the same one free."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(current_schema() || '.knowledge'))")


def _numbered(title: str, *, most: int) -> list[str]:
    return [title] + [f"{title[: LONGEST_TITLE - 10]} ({number})" for number in range(2, most + 2)]


def _record(source: KnowledgeSource, *, verb: str, tenant: Tenant, actor: User, **detail: Any) -> None:
    AuditEntry.objects.create(
        tenant=tenant, actor=actor, action=f"knowledge.{verb}", detail={"title": source.title, **detail}
    )
