"""Files at rest: in the tenant's own folder, under names of ours, for so many days."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import timedelta
from typing import IO

from django.conf import settings
from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db import Error
from django_tenants.utils import schema_context

from bots.models import MediaFile
from bots.models.clock import database_time
from tenants.context import DATABASE_AWAY
from tenants.models import Tenant

logger = logging.getLogger(__name__)

#: A file without a row is somebody's who was forgotten, unless its row is about to be written.
ORPHANED_AFTER = timedelta(hours=1)
MOST_AT_ONCE = 1000


def keep(row: MediaFile, *, content: IO[bytes]) -> None:
    """Store the content, in place of what an attempt before this one left. The storage is the tenant's whose schema
    this runs in."""
    default_storage.delete(_name(row))
    default_storage.save(_name(row), File(content))


def open_file(row: MediaFile) -> IO[bytes]:
    """The content. Raises `FileNotFoundError` where it is not kept (any more)."""
    return default_storage.open(_name(row))


def discard(rows: Iterable[MediaFile]) -> None:
    """Delete the files of rows that are gone. What cannot be deleted now goes with the files that no row knows."""
    for row in rows:
        try:
            default_storage.delete(_name(row))
        except OSError as error:
            logger.error("File %s is deleted later (%s)", row.id, type(error).__name__)


def expire() -> int:
    """Delete the files whose time is over, and those that no row knows, tenant by tenant; returns how many. One broken
    tenant stops no other.

    Closed tenants' too: nobody reaches their files, and their time ends like everybody's.
    """
    with schema_context("public"):
        schemas = list(Tenant.objects.exclude(schema_name="public").values_list("schema_name", flat=True))
    deleted = 0
    for schema in schemas:
        try:
            with schema_context(schema):
                deleted += _expire_rows() + _delete_orphans()
        except (OSError, Error, *DATABASE_AWAY) as error:
            logger.error("Files of the schema %s could not be deleted (%s)", schema, type(error).__name__)
    if deleted:
        logger.info("Deleted %d files whose time was over", deleted)
    return deleted


def new_expiry() -> timedelta:
    return timedelta(days=settings.MEDIA_RETENTION_DAYS)


def _expire_rows() -> int:
    """The file goes first: a row whose file is left over would never be looked at again."""
    due = MediaFile.objects.exclude(state=MediaFile.State.EXPIRED).filter(expires_at__lt=database_time())
    rows = list(due.order_by("expires_at")[:MOST_AT_ONCE])
    for row in rows:
        default_storage.delete(_name(row))
    MediaFile.objects.filter(pk__in=[row.pk for row in rows]).update(state=MediaFile.State.EXPIRED)
    return len(rows)


def _delete_orphans() -> int:
    names = default_storage.listdir("")[1]
    known = {_name(row) for row in MediaFile.objects.exclude(state=MediaFile.State.EXPIRED).only("id")}
    before = database_time() - ORPHANED_AFTER
    orphans = [name for name in names if name not in known and default_storage.get_modified_time(name) < before][
        :MOST_AT_ONCE
    ]
    for name in orphans:
        default_storage.delete(name)
    return len(orphans)


def _name(row: MediaFile) -> str:
    return row.id.hex
