"""One turn of a conversation, start to end: claim, collect, decide, commit, send, release."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import suppress
from functools import cached_property
from uuid import UUID

from django.db import transaction

from bots import answering, outbox, turns
from bots.ai.base import ChatMessage, Role
from bots.commands import ask_for_silence
from bots.conversations import ConversationManager
from bots.deciding import MOST_FAILED_CLAIMS, Decider
from bots.errors import ErrorHandler
from bots.models import AIConfiguration, Message
from bots.plan import commit
from tenants.context import release_connection
from tenants.models import Tenant
from tenants.secrets import secret_fields

logger = logging.getLogger(__name__)

#: Seconds. What a turn does before its first call of the AI is over by then.
PREPARATION = 2.0
LONGEST_BACKOFF = 60.0
#: Seconds.
A_LITTLE = 1.0


def first_lease() -> float:
    """Seconds: what a claim is good for. It covers the first call, which so needs no look at the lease of its own."""
    return PREPARATION + answering.call_lease()


class MessageProcessor:
    """Answers one tenant's conversations. Runs inside the tenant's schema."""

    def __init__(self, tenant: Tenant) -> None:
        self.tenant = tenant
        self.errors = ErrorHandler()

    @cached_property
    def configuration(self) -> AIConfiguration | None:
        """The one that holds now; a turn has read it with its claim."""
        return AIConfiguration.objects.filter(is_active=True).defer(*secret_fields(AIConfiguration)).first()

    @cached_property
    def conversations(self) -> ConversationManager:
        if self.configuration is None:
            return ConversationManager()
        return ConversationManager(ttl=self.configuration.ttl_seconds, limit=self.configuration.max_context_messages)

    def take_turn(self, conversation_id: UUID) -> float | None:
        """Do what is due in the conversation, if nobody else does. Returns the seconds until more is due, or None."""
        held = turns.claim(conversation_id, lease_seconds=first_lease())
        if held is None:
            # A bell that was rung a little early, by a clock that differs, is rung again; others have a later bell.
            wait = turns.due_in(conversation_id)
            return wait if wait is not None and wait < A_LITTLE else None
        try:
            return turns.release(held, retry_in=self._speak(held))
        except turns.LeaseLostError:
            logger.warning("Conversation %s was taken over by another worker", conversation_id)
            return None
        except Exception as error:  # noqa: BLE001 (a turn that fails is tried again, and given up after a few times)
            self.errors.handle_system_error(error)
            # It may be the connection that broke; the lease would last for as long as a minute.
            release_connection()
            with suppress(turns.LeaseLostError):
                return turns.release(held, retry_in=min(LONGEST_BACKOFF, 2.0**held.attempts), failed=True)
            return None

    def _speak(self, held: turns.Claim) -> float | None:
        """Everything that is due. Returns the seconds after which to try again what could not be sent, or None."""
        self.configuration = held.configuration()
        languages = self.configuration.languages if self.configuration else ()
        waiting = held.waiting()
        if held.has_unsent:
            self._give_up_in_vain(held)
            # What an earlier turn left unsent goes out first: a conversation's messages keep their order. Nothing goes
            # out any more to somebody who wrote STOP since.
            stops = ask_for_silence((message.content for message in waiting), languages=languages)
            if not stops and (postponed := outbox.deliver(held)) is not None:
                return postponed
        if not waiting:
            return None
        conversation = held.conversation()
        decider = Decider(
            held=held,
            tenant=self.tenant,
            configuration=self.configuration,
            conversation=conversation,
            conversations=self.conversations,
        )
        committed = commit(
            held,
            plan=decider.decide(waiting),
            conversation=conversation,
            tenant=self.tenant,
            configuration=self.configuration,
            conversations=self.conversations,
        )
        if ask_for_silence(committed.meanwhile, languages=languages):
            return None  # the next turn, at once, settles what may still be sent
        if committed.is_behind:
            return outbox.deliver(held)
        return outbox.send(held, unsent=committed.replies, contact=conversation.contact, ends_turn=True)

    def _give_up_in_vain(self, held: turns.Claim) -> None:
        """Nothing is sent whose every send killed its worker, or in the name of a suspended tenant."""
        if held.attempts > MOST_FAILED_CLAIMS:
            outbox.give_up(held, error="Every attempt to send it was cut short")
        if self.tenant.status != Tenant.Status.ACTIVE:
            outbox.give_up(held, error=f"The tenant is {self.tenant.status}")

    # --- A conversation without WhatsApp: for consoles, and for whoever wants an answer as a plain string.

    def process_message(
        self,
        sender: str,
        message: str,
        *,
        answer: answering.Answer | None = None,
        before_call: Callable[[], None] = lambda: None,
    ) -> str:
        """The bot's answer to `message` in the conversation `sender` (its id). Both are kept; nothing is sent.

        `answer` is filled as the call goes, for whoever wants to know how; `before_call` runs before each call.
        Raises `AIError`.
        """
        assert self.configuration is not None, "the tenant has no configuration"
        question = answering.Question(
            tenant_name=self.tenant.name,
            configuration=self.configuration,
            history=self.get_conversation_context(sender),
            new=[message],
        )
        answer = answer or answering.Answer()
        answer.ask(question, before_call=before_call)
        self.save_message(sender, "user", message)
        self.save_message(sender, "assistant", answer.text)
        return answer.text

    def get_conversation_context(self, sender: str) -> list[ChatMessage]:
        """The history of the conversation `sender` (its id), oldest first."""
        return self.conversations.get_history(sender)

    def save_message(self, sender: str, role: Role, content: str) -> None:
        """Keep a message that needs neither an answer nor a send."""
        inbound = role == "user"
        with transaction.atomic():
            Message.objects.create(
                conversation_id=sender,
                role=role,
                content=content,
                direction=Message.Direction.IN if inbound else Message.Direction.OUT,
                status=Message.Status.RECEIVED if inbound else Message.Status.SENT,
                outcome=Message.Outcome.ANSWERED if inbound else "",
            )
            self.conversations.add_message(sender, role, content)
