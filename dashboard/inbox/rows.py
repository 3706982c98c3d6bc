"""A conversation as a row of the list."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from bots.desk.filters import Filter
from bots.desk.finding import Found, cursor_of
from bots.models import Conversation, Label, Message
from dashboard import addresses, wording
from dashboard.inbox.directory import Directory
from dashboard.inbox.facts import MOST_UNREAD, Facts, facts_of
from dashboard.inbox.names import contact_name

#: Characters of a message that a row has room for, and of those before the word that was searched for.
LONGEST_PREVIEW = 140
BEFORE_THE_WORD = 12
NOTHING = Facts(
    message=None,
    content="",
    kind="",
    direction="",
    status="",
    timestamp=None,
    author="",
    author_id=None,
    unread=0,
    has_failed=False,
    labels=(),
)


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a text; `is_marked`: a word that was searched for."""

    text: str
    is_marked: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What a row shows. `who` says before the preview who wrote it; empty: the contact."""

    id: UUID
    name: str
    who: str
    preview: list[Piece]
    #: Of our own last message: how far it has come.
    status: str
    at: datetime
    unread: str
    labels: list[Label]
    assignee: str
    is_with_a_person: bool
    #: How long somebody waits for an answer: "4 min"; empty: nobody does.
    waits: str
    has_failed: bool
    bot_writes: bool
    #: The message that the search found, if it found one.
    message: UUID | None
    #: Of its page, which keeps the list beside it.
    address: str
    #: Microseconds; the place in the list, which is in this order or in the opposite one. A text: templates write
    #: numbers as a country does, in ten times the time.
    order: str

    @property
    def has_foot(self) -> bool:
        """There is something to say below what was said last."""
        return bool(self.labels or self.waits or self.has_failed)


def rows_of(found: Found, *, wanted: Filter, directory: Directory, member_since: datetime, now: datetime) -> list[Row]:
    """The rows of a page. Two queries at the most besides the directory's, however many rows."""
    shown = [conversation.pk for conversation in found.conversations]
    facts = facts_of(shown, member_id=wanted.member, member_since=member_since)
    matching = [found.messages[key] for key in shown if key in found.messages]
    said = Message.objects.filter(pk__in=matching).only("conversation_id", "content") if matching else []
    matches = {message.conversation_id: message for message in said}
    query = wanted.query()
    return [
        _row(
            conversation,
            facts=facts.get(conversation.pk, NOTHING),
            wanted=wanted,
            directory=directory,
            match=matches.get(conversation.pk),
            query=query,
            now=now,
        )
        for conversation in found.conversations
    ]


def pieces(text: str, *, words: str) -> list[Piece]:
    """The text, cut to a row's length around the first of the words; those that begin with one of them marked."""
    text = " ".join(text.split())
    beginnings = "|".join(re.escape(word) for word in sorted(words.split(), key=len, reverse=True))
    if not beginnings:
        return [Piece(_cut(text), False)]
    first = re.search(rf"(?<!\w)(?:{beginnings})", text, re.IGNORECASE)
    if first and first.start() > BEFORE_THE_WORD * 2:
        text = "…" + text[first.start() - BEFORE_THE_WORD :]
    parts = re.split(rf"(?<!\w)({beginnings})", _cut(text), flags=re.IGNORECASE)
    return [Piece(part, index % 2 == 1) for index, part in enumerate(parts) if part]


def _row(
    conversation: Conversation,
    *,
    facts: Facts,
    wanted: Filter,
    directory: Directory,
    match: Message | None,
    query: str,
    now: datetime,
) -> Row:
    is_ours = facts.direction == Message.Direction.OUT
    return Row(
        id=conversation.pk,
        name=contact_name(conversation.contact),
        who="" if match else _who(facts, member=wanted.member),
        preview=pieces(match.content, words=wanted.words) if match else pieces(_said(facts), words=""),
        status=facts.status if is_ours and not match else "",
        at=facts.timestamp or conversation.last_activity,
        unread=f"{MOST_UNREAD - 1}+" if facts.unread >= MOST_UNREAD else str(facts.unread or ""),
        labels=[label for label in directory.labels if label.pk in facts.labels] if facts.labels else [],
        assignee=directory.names.get(conversation.assignee_id, "") if conversation.assignee_id else "",
        is_with_a_person=conversation.mode == Conversation.Mode.HUMAN,
        waits=_waits(conversation, facts=facts, now=now),
        has_failed=facts.has_failed,
        bot_writes=_bot_writes(conversation, now=now),
        message=match.pk if match else None,
        address=_address(conversation, query=query, match=match),
        order=str(round(cursor_of(conversation, wanted=wanted).at.timestamp() * 1_000_000)),
    )


def _address(conversation: Conversation, *, query: str, match: Message | None) -> str:
    with_match = "&".join(part for part in (query, f"message={match.pk}" if match else "") if part)
    return addresses.of_row("conversation", conversation.pk) + (f"?{with_match}" if with_match else "")


def _who(facts: Facts, *, member: int) -> str:
    if facts.direction != Message.Direction.OUT:
        return ""
    if facts.author_id is None:
        return "Bot"
    return "You" if facts.author_id == member else facts.author


def _said(facts: Facts) -> str:
    return facts.content or (wording.kind(facts.kind) if facts.kind else "")


def _waits(conversation: Conversation, *, facts: Facts, now: datetime) -> str:
    """As the list of those who wait has it (`bots.desk.lists`)."""
    since = getattr(conversation, "waited_from", None) or conversation.waiting_since
    is_unanswered = conversation.mode == Conversation.Mode.HUMAN and facts.direction == Message.Direction.IN
    if since is None and (is_unanswered or conversation.waits_for_a_person(at=now)):
        since = facts.timestamp
    # An answer takes a few seconds; a badge for those would only flicker.
    return wording.span(now - since) if since and now - since >= timedelta(seconds=15) else ""


def _bot_writes(conversation: Conversation, *, now: datetime) -> bool:
    lease = conversation.lease_until
    is_held = lease is not None and lease > now
    return is_held and conversation.mode == Conversation.Mode.BOT and conversation.waiting_since is not None


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST_PREVIEW else f"{text[: LONGEST_PREVIEW - 1]}…"
