"""The middle of the inbox: what was said in one conversation, and where to answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils import timezone

from bots.desk import window
from bots.models import Conversation, Message, ReadMark
from dashboard import masking, wording
from dashboard.access import MemberRequest
from dashboard.inbox import presence, thread_rows
from dashboard.inbox.composer import Composer, composer_of
from dashboard.inbox.thread_items import Item, Rows, items_of
from dashboard.inbox.thread_rows import Cursor, Page
from dashboard.inbox.thread_time import time_zone
from dashboard.inbox.thread_words import Standing


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """Who writes at this moment."""

    bot_writes: bool
    people: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Thread:
    """A page of a conversation. `older`, `newer`: cursors of the pages around it, empty where there is nothing."""

    conversation: Conversation
    name: str
    items: list[Item]
    older: str
    newer: str
    composer: Composer
    activity: Activity
    highlighted: str = ""
    now: datetime


def thread_of(conversation: Conversation, *, request: MemberRequest) -> Thread:
    """The newest page, or the one around `?message=`, or at `?before=` or `?after=` of a page's link.

    Call it before the conversation is marked as read: it shows where the unread ones begin. At most nine queries.
    """
    closes_at = window.closes_at(conversation.pk)
    wanted = _wanted(conversation, request=request)
    page = _page(conversation, request=request, wanted=wanted)
    mark = ReadMark.objects.filter(conversation=conversation, member_id=request.user.pk).first()
    return Thread(
        conversation=conversation,
        name=masking.contact_name(profile_name=conversation.contact.profile_name, phone=conversation.contact.phone),
        items=stretch(conversation, page=page, closes_at=closes_at, read_until=mark.read_until if mark else None),
        older=str(Cursor.of(page.messages[0])) if page.before and page.messages else "",
        newer=str(Cursor.of(page.messages[-1])) if page.has_newer and page.messages else "",
        composer=composer_of(conversation, request=request, closes_at=closes_at),
        activity=activity_of(conversation, request=request),
        highlighted=str(wanted.pk) if wanted else "",
        now=timezone.now(),
    )


def stretch(
    conversation: Conversation,
    *,
    page: Page,
    closes_at: datetime | None,
    read_until: datetime | None = None,
    since: datetime | None = None,
) -> list[Item]:
    """The page's messages, with what stands between them. `since`: from when on, where the page does not tell."""
    contact, channel = conversation.contact, conversation.contact.channel
    if since is None and page.before and page.messages:
        since = page.messages[0].timestamp
    zone = time_zone()
    standing = Standing(
        is_with_a_person=conversation.is_with_a_person,
        window_is_open=closes_at is not None and closes_at > timezone.now(),
        opted_out=contact.opted_out,
        blocked=contact.blocked_at is not None,
        channel_error=bool(channel.error),
        channel_removed=channel.removed_at is not None,
    )
    rows = Rows(
        messages=page.messages,
        before=page.before,
        notes=thread_rows.notes(conversation.pk, since=since, until=page.until),
        events=_events(conversation, since=since, until=page.until),
        files=thread_rows.files(page.messages),
        quoted=thread_rows.quoted(page.messages, contact_id=contact.pk),
        standing=standing,
        provider=wording.provider(channel.provider),
        zone=zone,
        today=timezone.now().astimezone(zone).date(),
        read_until=read_until,
    )
    return items_of(rows)


def item_of(conversation: Conversation, *, message: Message) -> Item | None:
    """One message as it stands in its thread, between its neighbours; None: it hangs at another one."""
    page = thread_rows.around(conversation.pk, message=message)
    items = stretch(conversation, page=page, closes_at=window.closes_at(conversation.pk))
    return next((item for item in items if item.message and item.message.pk == message.pk), None)


def activity_of(conversation: Conversation, *, request: MemberRequest) -> Activity:
    """The bot writes while a worker holds the conversation and it is the bot's."""
    lease = conversation.lease_until
    is_held = lease is not None and lease > timezone.now()
    return Activity(
        bot_writes=is_held and conversation.mode == Conversation.Mode.BOT and conversation.waiting_since is not None,
        people=presence.who_writes(conversation.pk, besides=request.user.pk),
    )


def _wanted(conversation: Conversation, *, request: MemberRequest) -> Message | None:
    """The message that the URL asks for, if it is one of this conversation's."""
    try:
        wanted = UUID(request.GET.get("message", ""))
    except ValueError:
        return None
    return Message.objects.only("id", "timestamp").filter(conversation=conversation, pk=wanted).first()


def _page(conversation: Conversation, *, request: MemberRequest, wanted: Message | None) -> Page:
    if wanted:
        return thread_rows.around(conversation.pk, message=wanted)
    if before := Cursor.parse(request.GET.get("before", "")):
        return thread_rows.older_than(conversation.pk, cursor=before)
    if after := Cursor.parse(request.GET.get("after", "")):
        return thread_rows.newer_than(conversation.pk, cursor=after)
    return thread_rows.newest(conversation.pk)


def _events(conversation: Conversation, *, since: datetime | None, until: datetime | None) -> list[Mapping[str, Any]]:
    found = []
    for entry in conversation.metadata.get("events", []):
        at = datetime.fromisoformat(entry["at"])
        if (since is None or at >= since) and (until is None or at < until):
            found.append(entry)
    return found
