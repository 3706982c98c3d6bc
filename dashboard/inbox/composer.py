"""Where a member answers: who speaks now, what may be sent, and what the bot suggests."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID, uuid4

from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe

from bots.desk.base import SENTENCES, Reason
from bots.desk.suggesting import PENDING
from bots.formatting.html import to_html
from bots.models import Conversation, Suggestion
from dashboard import wording
from dashboard.access import MemberRequest
from dashboard.inbox.thread_time import time_zone
from tenants.models import Tenant

#: Who speaks: the bot; the bot, which is silent because somebody was asked for; a member, freely or by templates only;
#: nobody can be written to; or the one who looks may only look.
Kind = Literal["bot", "asked", "human", "templates", "shut", "reader"]
MOST_SUGGESTIONS = 3
#: Before the end of WhatsApp's window.
SOON = timedelta(hours=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownSuggestion:
    """`html`: as it would look; `text`: as it would be sent."""

    id: UUID
    is_withheld: bool
    is_pending: bool
    text: str
    html: SafeString
    error: str
    turn_id: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Composer:
    """`why_not`: why nothing may be written now. `key`: what is sent with it is sent once. `draft`: what it holds."""

    kind: Kind
    conversation_id: UUID
    closes_at: datetime | None
    suggestions: list[ShownSuggestion]
    is_mine: bool
    why_not: str = ""
    newer_id: UUID | None = None
    resumes: str = ""
    draft: str = ""
    key: UUID = field(default_factory=uuid4)

    @property
    def time_left(self) -> str:
        """Of WhatsApp's window, in words; static/js/composer.js goes on counting."""
        left = self.closes_at - timezone.now() if self.closes_at else timedelta()
        return f"{wording.span(left)} left"

    @property
    def closes_soon(self) -> bool:
        return self.closes_at is not None and self.closes_at - timezone.now() < SOON

    @property
    def version(self) -> str:
        """Changes with all that is shown, but for the key and the draft."""
        shown = [(one.id, one.is_pending, one.text, one.error) for one in self.suggestions]
        standing = (self.kind, self.closes_at, self.is_mine, self.why_not, self.newer_id, self.resumes, shown)
        return f"{zlib.crc32(repr(standing).encode()):08x}"


def composer_of(conversation: Conversation, *, request: MemberRequest, closes_at: datetime | None) -> Composer:
    """`conversation` with its contact and channel; `closes_at` of `window.closes_at`. At most two queries."""
    why_not = _in_the_way(conversation, tenant=request.tenant)
    is_open = closes_at is not None and closes_at > timezone.now()
    kind: Kind
    if not request.membership.can("answer_conversations"):
        kind = "reader"
    elif why_not:
        kind = "shut"
    elif conversation.is_with_a_person:
        kind = "human" if is_open else "templates"
    else:
        kind = "asked" if conversation.waits_for_a_person(at=timezone.now()) else "bot"
    suggestions = suggestions_of(conversation) if kind in ("human", "templates") else []
    return Composer(
        kind=kind,
        conversation_id=conversation.pk,
        closes_at=closes_at,
        suggestions=suggestions,
        is_mine=conversation.assignee_id in (None, request.user.pk),
        why_not=SENTENCES[why_not] if why_not else "",
        newer_id=_newer(conversation) if why_not == "over" else None,
        resumes=f"{conversation.paused_until.astimezone(time_zone()):%H:%M}"
        if kind == "asked" and conversation.paused_until
        else "",
        draft=_draft(conversation, wanted=request.GET.get("draft", "")) if kind == "human" else "",
    )


def suggestions_of(conversation: Conversation) -> list[ShownSuggestion]:
    """What the bot would have said and what it drafted, newest first, as long as nobody used or dismissed it."""
    settled = (Suggestion.State.USED, Suggestion.State.DISMISSED)
    found = Suggestion.objects.filter(conversation=conversation).order_by("-created_at")[: 4 * MOST_SUGGESTIONS]
    return [_shown(one) for one in found if one.state not in settled][:MOST_SUGGESTIONS]


def _shown(one: Suggestion) -> ShownSuggestion:
    is_pending = one.state in PENDING
    is_lost = is_pending and one.lease_until is not None and one.lease_until < timezone.now()
    return ShownSuggestion(
        id=one.pk,
        is_withheld=one.kind == Suggestion.Kind.WITHHELD,
        is_pending=is_pending and not is_lost,
        text=one.text if one.state == Suggestion.State.READY else "",
        html=mark_safe(to_html(one.text)),  # noqa: S308 (it escapes)
        error="Nobody finished the draft. Ask for it again." if is_lost else one.error,
        turn_id=one.turn_id,
    )


def _in_the_way(conversation: Conversation, *, tenant: Tenant) -> Reason | None:
    contact = conversation.contact
    if tenant.status != Tenant.Status.ACTIVE:
        return "suspended"
    if not conversation.is_active:
        return "over"
    if contact.channel.removed_at:
        return "no_channel"
    if contact.blocked_at:
        return "blocked"
    return "opted_out" if contact.opted_out else None


def _newer(conversation: Conversation) -> UUID | None:
    """The running conversation with the same person."""
    running = Conversation.objects.filter(contact=conversation.contact_id, is_active=True)
    return running.values_list("pk", flat=True).first()


def _draft(conversation: Conversation, *, wanted: str) -> str:
    """The suggestion that a browser without JavaScript wants to edit."""
    try:
        identity = UUID(wanted)
    except ValueError:
        return ""
    found = Suggestion.objects.filter(conversation=conversation, pk=identity).values_list("text", flat=True)
    return found.first() or ""
