"""Before one conversation, or all of one contact, is written: what nobody has opened yet is fetched, within bounds."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from bots.exporting.picking import Picked
from bots.media import asking, fetching
from bots.models import Message

#: Messages whose files are fetched for one export, newest first.
MOST_MESSAGES = 100
#: Seconds, of which the last file may take `fetching.LONGEST_FETCH` more.
LONGEST = 120.0


def gather(picked: Picked, *, after_each: Callable[[], None]) -> None:
    """Fetch them one after the other. What does not come is left to the document to explain."""
    ends = time.monotonic() + LONGEST
    for message in _unopened(picked):
        for index, described in enumerate(message.media):
            if time.monotonic() > ends:
                return
            if described.get("url"):
                row, _ = fetching.row_of(message=message, index=index)
                # Long after a message came, its provider has the file or does not have it any more.
                asking.fetch(row.pk, sleep=lambda _: None)
                after_each()


def _unopened(picked: Picked) -> Iterator[Message]:
    left = MOST_MESSAGES
    for ids in picked.in_batches(500):
        with_files = Message.objects.filter(conversation__in=ids, direction=Message.Direction.IN).exclude(media=[])
        found = list(with_files.filter(files=None).order_by("-timestamp")[:left])
        yield from found
        left -= len(found)
