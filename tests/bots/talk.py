"""One person who writes to Acme, the turns that follow, and what reaches the person's phone."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from bots.models import Conversation, Message, Turn
from bots.models.clock import database_time
from bots.processor import MessageProcessor
from sandbox.twilio.client import Phone
from tenants.models import Tenant
from tests.ai.conftest import FarEnd
from tests.bots.factories import ACME, ADA, receive


class Talk:
    """Ada talks with Acme's bot."""

    def __init__(self, *, tenant: Tenant, phone: Phone, ai: FarEnd) -> None:
        self.tenant = tenant
        self.phone = phone
        self.ai = ai

    def write(self, *texts: str, **fields: Any) -> UUID:
        """Ada writes; returns the conversation's id."""
        for text in texts:
            receipt = receive(text, **fields)
        return receipt.conversation_id

    def turn(self) -> float | None:
        """What a worker does for the bell that rings when it is due."""
        conversation = Conversation.objects.get(is_active=True)
        Conversation.objects.filter(pk=conversation.pk, due_at__isnull=False).update(due_at=database_time())
        self.tenant.refresh_from_db()
        return MessageProcessor(self.tenant).take_turn(conversation.id)

    def say(self, *texts: str, **fields: Any) -> list[str]:
        """Ada writes, and the bot has its turn; returns what she has got since."""
        before = len(self.replies)
        self.write(*texts, **fields)
        self.turn()
        return self.replies[before:]

    @property
    def replies(self) -> list[str]:
        """What Ada has got, oldest first."""
        return [reply["body"] for reply in self.phone.replies(number=ACME.number, user=ADA)]

    @property
    def prompts(self) -> list[list[dict[str, str]]]:
        """What the model was told with each call, without the system message."""
        asked = [request["body"]["messages"] for request in self.ai.requests if request["method"] == "POST"]
        return [[message for message in messages if message["role"] != "system"] for messages in asked]

    @property
    def last_prompt(self) -> list[str]:
        return [message["content"] for message in self.prompts[-1]]

    @property
    def outcomes(self) -> list[tuple[str, str]]:
        """What became of each message of Ada's, oldest first."""
        heard = Message.objects.filter(direction="in").order_by("timestamp")
        return list(heard.values_list("outcome", "outcome_reason"))

    @property
    def last_turn(self) -> Turn:
        return Turn.objects.order_by("-created_at").first()
