"""A tenant with some of everything, so that each of its pages has something to show, and the URLs that lead there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.utils import timezone

from bots import drafts, knowledge, publishing
from bots.models import (
    AnswerMark,
    CannedReply,
    Channel,
    Contact,
    Conversation,
    Erasure,
    Export,
    KnowledgeSource,
    Label,
    Message,
    Note,
    PlaygroundAnswer,
    PlaygroundQuestion,
    Turn,
    WebhookLog,
)
from tenants.models import Invitation, Membership, Tenant, User

Converse = Callable[..., Message]
SOON = timedelta(days=2)


@dataclass(slots=True)
class House:
    """Acme's, as its owner looks through it. `number`: how often it was furnished."""

    tenant: Tenant
    owner: User
    converse: Converse
    number: int = field(default=0, init=False)

    def furnish(self) -> None:
        """One more of everything."""
        self.number += 1
        self._people()
        self._bot()
        for name in ("answered", "failed", "waiting"):
            self._conversation(name)
        self._exports()

    def arguments(self) -> dict[str, dict[str, Any]]:
        """What stands in the URLs, by the name of the URL."""
        conversation = Conversation.objects.order_by("started_at").first()
        assert conversation
        whose = {"pk": conversation.pk}
        of_it = ("thread", "thread_page", "thread_live", "composer_template")
        turn = Turn.objects.filter(conversation=conversation).first()
        channel, source = {"pk": self._channel().pk}, {"pk": KnowledgeSource.objects.values_list("pk", flat=True)[0]}
        return {
            **dict.fromkeys(("conversation", "conversation_person", *of_it), whose),
            **dict.fromkeys(CHANNEL_PAGES, channel),
            **dict.fromkeys(("knowledge_source", "knowledge_source_progress", "knowledge_edit"), source),
            "channel_verify_token": {"pk": Channel.objects.filter(provider="meta")[0].pk},
            "channel_connect": {"provider": "twilio"},
            "bot_key": {"whose": "api_key"},
            "bot_version": {"version": 1},
            "why": {"pk": turn.pk if turn else None},
            "log": {"pk": WebhookLog.objects.order_by("timestamp").values_list("pk", flat=True)[0]},
            "contact_erase": {"pk": conversation.contact_id},
            "erasure": {"pk": Erasure.objects.values_list("pk", flat=True)[0]},
            "label_edit": {"pk": Label.objects.values_list("pk", flat=True)[0]},
            "canned_reply": {"pk": CannedReply.objects.values_list("pk", flat=True)[0]},
            "playground_question": {"pk": PlaygroundQuestion.objects.values_list("pk", flat=True)[0]},
            "playground_why": {"pk": PlaygroundAnswer.objects.values_list("pk", flat=True)[0]},
        }

    def _channel(self) -> Channel:
        """The one that it came with."""
        return Channel.objects.order_by("created_at")[0]

    def _people(self) -> None:
        colleague = User.objects.create_user(f"colleague{self.number}@people.test")
        Membership.objects.create(user=colleague, tenant=self.tenant, role="agent")
        Invitation.objects.create(
            tenant=self.tenant,
            email=f"guest{self.number}@people.test",
            role="agent",
            token_hash=uuid4().hex,
            invited_by=self.owner,
            expires_at=timezone.now() + SOON,
        )

    def _bot(self) -> None:
        publishing.publish_values({"greeting": f"Hello {self.number}"}, fallback={}, note="", by=self.owner.email)
        drafts.change_draft({"system_prompt": f"Be kind {self.number}."}, seen={}, by=self.owner.email)
        knowledge.replace(title=f"Prices {self.number}", text="A croissant is 2.40 euro.")
        CannedReply.objects.create(shortcut=f"hours{self.number}", text="We open at seven.")
        Channel.objects.create(provider="meta", address=f"1065403522{self.number:04}", name=f"No. {self.number}")
        question = PlaygroundQuestion.objects.create(member_id=self.owner.pk, text="How much?")
        question.answers.create(source="draft", state="done", text="2.40", lease_until=timezone.now())

    def _conversation(self, name: str) -> None:
        phone = f"+49151{self.number:04}{len(name):03}"
        outcome = {"answered": "answered", "failed": "failed", "waiting": ""}[name]
        message = self.converse(name=f"{name} {self.number}", phone=phone, outcome=outcome)
        conversation = message.conversation
        label = Label.objects.create(name=f"{name} {self.number}")
        for number in range(self.number):
            Note.objects.create(conversation=conversation, author_id=self.owner.pk, author="Owner", text=f"{number}")
        conversation.labels.add(label)
        if outcome == "answered" and message.turn:
            AnswerMark.objects.create(turn=message.turn, verdict="wrong", author_id=self.owner.pk, author="Owner")
        Contact.objects.filter(pk=conversation.contact_id).update(opted_out=self.number % 2 == 0)

    def _exports(self) -> None:
        by = {"asked_by_id": self.owner.pk, "asked_by": "Owner"}
        Export.objects.create(scope="all", format="json", state="ready", expires_at=timezone.now() + SOON, **by)
        Erasure.objects.create(contact_digest=uuid4().hex, erased={"messages": 3}, **by)


CHANNEL_PAGES = ("channel", "channel_progress", "channel_edit", "channel_credentials")
