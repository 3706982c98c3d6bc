"""Words and numbers looked for in what people wrote: the newest first, at a bounded cost."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypeVar

from django.db.models import Model, Q, QuerySet

from bots.desk import said
from bots.desk.searching import SHOWN_DIGITS
from bots.models import Contact, Message

#: Rows that one search finds, where words or a number lead to them.
MOST = 1_000
MOST_CONTACTS = 20
CUT = "Many fit: the newest {most:,} of them are shown."

M = TypeVar("M", bound=Model)


def newest_of_few(
    found: QuerySet[M], *, start: datetime, end: datetime, fields: Sequence[str]
) -> tuple[list[tuple[Any, ...]], str]:
    """These fields of the newest rows between two moments, and what to say where there are older ones. `found`: of any
    time, by words that few messages have (`said.few_with`)."""
    rows = said.newest_first(found).filter(at__gte=start, at__lt=end)
    values = list(rows.values_list(*fields)[: MOST + 1])
    return values[:MOST], CUT.format(most=MOST) if len(values) > MOST else ""


def of_number(digits: str, *, start: datetime, end: datetime) -> QuerySet[Message]:
    """The messages to and from a contact: by the whole number, or by its end as far as everybody may see it.

    More would let whoever may not see a number feel their way to it, digit by digit.
    """
    contacts = Contact.objects.filter(number_is(digits)).values_list("pk", flat=True)[:MOST_CONTACTS]
    of_them = Message.objects.filter(conversation__contact__in=list(contacts))
    return of_them.filter(timestamp__gte=start, timestamp__lt=end)


def number_is(digits: str) -> Q:
    if len(digits) <= SHOWN_DIGITS:
        return Q(phone__endswith=digits) if digits else Q()
    return Q(phone=f"+{digits.removeprefix('00')}")
