"""Which conversations an export holds: decided once, when it begins."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from uuid import UUID

from bots.desk import filters, finding
from bots.models import Conversation, Export
from bots.models.clock import database_time

#: Bytes of a conversation's id.
SIZE = 16


@dataclass(frozen=True, slots=True)
class Picked:
    """The ids, oldest conversation first: 16 bytes each, so that a million of them are no burden."""

    ids: bytearray = field(default_factory=bytearray, repr=False)

    def __len__(self) -> int:
        return len(self.ids) // SIZE

    def in_batches(self, size: int) -> Iterator[list[UUID]]:
        for start in range(0, len(self.ids), SIZE * size):
            batch = self.ids[start : start + SIZE * size]
            yield [UUID(bytes=bytes(batch[at : at + SIZE])) for at in range(0, len(batch), SIZE)]


def pick(export: Export) -> Picked:
    """Server-side: the database hands the ids over a few at a time."""
    picked = Picked()
    ids = _rows(export).order_by("started_at", "pk").values_list("pk", flat=True)
    for pk in ids.iterator(chunk_size=2000):
        picked.ids.extend(pk.bytes)
    return picked


def _rows(export: Export) -> finding.Rows:
    match export.scope:
        case Export.Scope.CONVERSATION:
            return Conversation.objects.filter(pk=export.criteria["conversation"])
        case Export.Scope.CONTACT:
            return Conversation.objects.filter(contact=export.criteria["contact"])
        case Export.Scope.FILTER:
            # The right to export comes with the one to see numbers, by which people may be searched.
            wanted = filters.parse(export.criteria, member=export.asked_by_id, sees_numbers=True)
            return finding.found(wanted, now=database_time())
        case _:
            return Conversation.objects.all()
