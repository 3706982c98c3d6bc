"""Words that are looked for in what was said, each as a beginning, in any order.

An index has them, but it knows no time: it gathers all messages with the words before the newest of them are known.
Words that few messages have are found by it. Words that many have are found faster by reading the newest messages, and
no further than whoever searches is told.
"""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import TypeVar

from django.contrib.postgres.search import SearchQuery, SearchVector, SearchVectorExact
from django.db.models import BooleanField, F, Func, Model, QuerySet

from bots.models import Message

#: As many messages the index gathers in some 50 ms. Of words that it never saw PostgreSQL expects one message in 200 to
#: have them, at the most.
FEW = 10_000
#: Words that the index is asked for at the most.
MOST_ASKED = 5

M = TypeVar("M", bound=Model)


def all_with(words: str) -> QuerySet[Message]:
    """The messages that have all the words."""
    return Message.objects.alias(words=_vector("content")).filter(words=_query(words))


def few_with(words: str) -> QuerySet[Message] | None:
    """The messages that have all the words, where few have; None: many have.

    By what PostgreSQL expects, by its statistics, in half a millisecond. An expectation that is wrong costs time, or a
    further look back; what is found is right. The index is asked for the longest words, and for no more of them than
    make few: gathering those with "the" would take it longest and help it least.
    """
    longest = sorted(set(words.split()), key=len, reverse=True)
    for count in range(1, min(len(longest), MOST_ASKED) + 1):
        gathered = all_with(" ".join(longest[:count]))
        if _expected(gathered) <= FEW:
            return gathered if count == len(longest) else gathered.filter(has_all(words))
    return None


def has_all(words: str, *, content: str = "content") -> Func:
    """The condition that a message has all the words, for messages that are there to be read: no index knows `IS TRUE`,
    and what PostgreSQL expects stays the same. `content`: the way to the field."""
    condition = SearchVectorExact(_vector(content), _query(words))
    return Func(condition, template="(%(expressions)s) IS TRUE", output_field=BooleanField())


def newest_first(few: QuerySet[M]) -> QuerySet[M]:
    """Few rows in order; `at` is their `timestamp`. By that itself PostgreSQL would rather go through all rows by their
    times, on the chance that some with the words come soon."""
    in_order: QuerySet[M] = few.alias(at=F("timestamp") + timedelta())  # type: ignore[assignment]  # lost by its plugin
    return in_order.order_by("-at", "-pk")


def _expected(rows: QuerySet[Message]) -> int:
    plan = json.loads(rows.order_by().values("pk").explain(format="json"))
    return int(plan[0]["Plan"]["Plan Rows"])


def _vector(content: str) -> SearchVector:
    """As the index has it."""
    return SearchVector(content, config="simple")


def _query(words: str) -> SearchQuery:
    """PostgreSQL's own parser takes the words apart, as it did with the messages."""
    quoted = ("'" + re.sub(r"(['\\])", r"\1\1", word) + "':*" for word in words.split())
    return SearchQuery(" & ".join(quoted), search_type="raw", config="simple")
