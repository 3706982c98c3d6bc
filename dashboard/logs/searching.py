"""Words and numbers looked for in what people wrote: the newest first, at a bounded cost."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.contrib.postgres.search import SearchVector
from django.db.models import Q, QuerySet

from bots.desk.searching import SHOWN_DIGITS, text_query
from bots.models import Contact, Message
from dashboard import keyset

#: Messages that one search finds.
MOST = 1_000
#: Messages that a word may have without being a frequent one.
MOST_RARE = 2_000
#: The newest messages, among which frequent words are looked for.
NEWEST = 10_000
MOST_CONTACTS = 20


def with_words(words: str, *, start: datetime, end: datetime) -> tuple[list[UUID], bool]:
    """The newest messages between two moments that hold all the words, as beginnings; whether there may be more.

    The index of words knows no time: words that many messages have are looked for among the newest alone.
    """
    found = Message.objects.annotate(words=SearchVector("content", config="simple")).filter(words=text_query(words))
    rows = list(found.order_by().values_list("timestamp", "pk")[: MOST_RARE + 1])
    if len(rows) <= MOST_RARE:
        in_time = sorted((row for row in rows if start <= row[0] < end), reverse=True)
        return [pk for _, pk in in_time[:MOST]], len(in_time) > MOST
    recent = keyset.newest(Message.objects.filter(timestamp__gte=start, timestamp__lt=end), most=NEWEST)
    recent = recent.filter(content__icontains=words)
    return list(recent.order_by("-timestamp").values_list("pk", flat=True)[:MOST]), True


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
