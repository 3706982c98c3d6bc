"""Search over what was said, names and numbers: the newest matches first, at a bounded cost."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import islice
from typing import Any
from uuid import UUID

from django.db.models import CharField, Lookup, Q, QuerySet

from bots.desk import said
from bots.desk.filters import Filter
from bots.models import Conversation, Message

#: The newest messages, among which words that many have are looked for, until so many are found.
NEWEST = 10_000
ENOUGH = 100
#: Messages that are read of those with words that few have: the newest.
MOST_READ = 1_000
#: Conversations that a search shows at the most.
MOST_FOUND = 300
#: The conversations among which a short part of a name is looked for.
RECENT = 2_000
#: PostgreSQL finds a shorter part of a name only by reading every name.
SHORTEST_PART = 3
#: Digits at the end of a number that are shown to everybody.
SHOWN_DIGITS = 4
FEWEST_WHOLE = 7
NUMBER = re.compile(r"[\d\s()+./-]+")


@CharField.register_lookup
class HoldsText(Lookup):
    """`ILIKE`, which trigram indexes know; Django's own `icontains` compares upper-case copies, which they do not."""

    lookup_name = "holds_text"
    prepare_rhs = True

    def get_prep_lookup(self) -> str:
        return "%" + re.sub(r"([\\%_])", r"\\\1", str(self.rhs)) + "%"

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        left, left_values = self.process_lhs(compiler, connection)
        right, right_values = self.process_rhs(compiler, connection)
        return f"{left} ILIKE {right}", (*left_values, *right_values)


@dataclass(frozen=True, slots=True)
class Matches:
    """What was found: conversations, and the newest message in each that has the words, if one has."""

    conversations: frozenset[UUID]
    messages: dict[UUID, UUID]
    #: There is more than what was looked at: older messages with the same words.
    is_cut: bool


def newest(wanted: Filter, *, among: QuerySet[Conversation]) -> Matches:
    """The newest matches in a bounded time, whatever is searched for and however much was said."""
    of_people = _of_people(wanted, among=among).order_by("-last_activity", "-id").values_list("pk", flat=True)
    people = list(of_people[: MOST_FOUND + 1])
    messages, is_cut = _newest_messages(wanted.words, among=among)
    return Matches(
        conversations=frozenset([*people[:MOST_FOUND], *messages]),
        messages=messages,
        is_cut=is_cut or len(people) > MOST_FOUND,
    )


def everything(wanted: Filter, *, among: QuerySet[Conversation]) -> QuerySet[Conversation]:
    """All matches, in whatever time that takes."""
    messages = said.all_with(wanted.words).values("conversation_id")
    return among.filter(contact_matches(wanted) | Q(pk__in=messages))


def contact_matches(wanted: Filter) -> Q:
    """The condition on the contact: each word is in their name, or this is their number."""
    if (digits := digits_of(wanted.words)) is not None:
        return _number(digits, sees_numbers=wanted.sees_numbers)
    in_the_name = Q()
    for word in wanted.words.split():
        in_the_name &= Q(contact__profile_name__holds_text=word)
    return in_the_name


def digits_of(words: str) -> str | None:
    """The digits of what looks like a phone number or a part of one; None: it is something else."""
    digits = re.sub(r"\D", "", words)
    return digits if NUMBER.fullmatch(words) and digits.isascii() and len(digits) >= SHORTEST_PART else None


def _number(digits: str, *, sees_numbers: bool) -> Q:
    """Whoever may not see numbers cannot feel their way to one, digit by digit."""
    if sees_numbers:
        return Q(contact__phone__holds_text=digits.removeprefix("00"))
    if len(digits) <= SHOWN_DIGITS:
        return Q(contact__phone__endswith=digits)
    return Q(contact__phone=f"+{digits.removeprefix('00')}")


def _of_people(wanted: Filter, *, among: QuerySet[Conversation]) -> QuerySet[Conversation]:
    if all(len(word) < SHORTEST_PART for word in wanted.words.split()):
        recent = Conversation.objects.order_by("-last_activity", "-id").values("pk")[:RECENT]
        among = among.filter(pk__in=recent)
    return among.filter(contact_matches(wanted))


def _newest_messages(words: str, *, among: QuerySet[Conversation]) -> tuple[dict[UUID, UUID], bool]:
    """The newest message with the words of each conversation that has one, newest first; whether there may be more."""
    few = said.few_with(words)
    found, is_cut = _newest_of_many(words, among=among) if few is None else _newest_of_few(few)
    newest: dict[UUID, UUID] = {}
    for conversation, message in found:
        newest.setdefault(conversation, message)
    return dict(islice(newest.items(), MOST_FOUND)), is_cut or len(newest) > MOST_FOUND


def _newest_of_many(words: str, *, among: QuerySet[Conversation]) -> tuple[list[tuple[UUID, UUID]], bool]:
    """Conversations and messages, the newest first; whether there may be more."""
    in_order = Message.objects.order_by("-timestamp")
    since = in_order.values_list("timestamp", flat=True)[NEWEST - 1 : NEWEST].first()
    recent = in_order.filter(timestamp__gte=since) if since else in_order
    recent = recent.filter(said.has_all(words), conversation__in=among.values("pk"))
    found = list(recent.values_list("conversation_id", "pk")[:ENOUGH])
    return found, since is not None or len(found) == ENOUGH


def _newest_of_few(few: QuerySet[Message]) -> tuple[list[tuple[UUID, UUID]], bool]:
    """The same."""
    found = list(said.newest_first(few).values_list("conversation_id", "pk")[:MOST_READ])
    return found, len(found) == MOST_READ
