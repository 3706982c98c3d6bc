"""One turn of a conversation, start to end: claim, collect, decide, answer, commit, send."""

from __future__ import annotations

import logging
from contextlib import suppress
from datetime import datetime
from uuid import UUID

from django.db import transaction

from bots import answering, limits, outbox, rules, texts, turns, typing
from bots.ai.base import AIError, ChatMessage, Role
from bots.connections import is_complete
from bots.conversations import ConversationManager
from bots.errors import AI_ERRORS, ErrorHandler
from bots.models import AIConfiguration, Conversation, Message
from bots.plan import Plan, commit
from tenants.models import Tenant
from tenants.secrets import SecretUnreadableError

logger = logging.getLogger(__name__)

#: Seconds. What a turn does between two looks at its lease, the AI's calls aside, is over by then.
LEASE = 30.0
#: A message whose turn ended in a crash so many times is given up, with a word to the contact.
MOST_FAILED_CLAIMS = 5
LONGEST_BACKOFF = 60.0
#: Seconds.
A_LITTLE = 1.0


class MessageProcessor:
    """Answers one tenant's conversations. Runs inside the tenant's schema."""

    def __init__(self, tenant: Tenant) -> None:
        self.tenant = tenant
        self.errors = ErrorHandler()
        self.configuration = self._published()
        self.conversations = (
            ConversationManager(ttl=self.configuration.ttl_seconds, limit=self.configuration.max_context_messages)
            if self.configuration
            else ConversationManager()
        )

    def take_turn(self, conversation_id: UUID) -> float | None:
        """Do what is due in the conversation, if nobody else does. Returns the seconds until more is due, or None."""
        held = turns.claim(conversation_id, lease_seconds=LEASE)
        if held is None:
            # A bell that was rung a little early, by a clock that differs, is rung again; others have a later bell.
            wait = turns.due_in(conversation_id)
            return wait if wait is not None and wait < A_LITTLE else None
        try:
            if held.attempts > MOST_FAILED_CLAIMS:
                outbox.give_up(conversation_id, error="Every attempt to send it was cut short")
            if self.tenant.status != Tenant.Status.ACTIVE:
                outbox.give_up(conversation_id, error=f"The tenant is {self.tenant.status}")
            # What an earlier turn left unsent goes out first: a conversation's messages keep their order.
            postponed = outbox.deliver(held)
            if postponed is None:
                self._answer_waiting(held)
                postponed = outbox.deliver(held)
            return turns.release(held, retry_in=postponed)
        except turns.LeaseLostError:
            logger.warning("Conversation %s was taken over by another worker", conversation_id)
            return None
        except Exception as error:  # noqa: BLE001 (a turn that fails is tried again, and given up after a few times)
            self.errors.handle_system_error(error)
            with suppress(turns.LeaseLostError):
                return turns.release(held, retry_in=min(LONGEST_BACKOFF, 2.0**held.attempts), failed=True)
            return None

    def _published(self) -> AIConfiguration | None:
        """The configuration that holds now; None where there is none that can be read."""
        try:
            return AIConfiguration.objects.filter(is_active=True).first()
        except SecretUnreadableError as error:
            self.errors.handle_system_error(error)
            return None

    def _answer_waiting(self, held: turns.Claim) -> None:
        """Decide on every message that waits, in order, and commit what follows from it."""
        conversation = Conversation.objects.select_related("contact__channel").get(pk=held.conversation_id)
        waiting = list(
            Message.objects.filter(conversation=conversation, direction=Message.Direction.IN, outcome="").order_by(
                "timestamp"
            )
        )
        if not waiting:
            return
        plan = Plan()
        for message in waiting:
            if reason := rules.NEVER_ANSWERED.get(message.kind):
                plan.settle([message], "refused", reason)
        if waiting := [message for message in waiting if message.kind not in rules.NEVER_ANSWERED]:
            self._decide(held, conversation=conversation, waiting=waiting, plan=plan)
        commit(
            held,
            plan=plan,
            tenant=self.tenant,
            configuration=self.configuration,
            conversations=self.conversations,
        )

    def _decide(self, held: turns.Claim, *, conversation: Conversation, waiting: list[Message], plan: Plan) -> None:
        """Plan what follows from messages that want an answer: the rules first, then the AI."""
        refusal = rules.refusal(
            rules.Facts(
                tenant_status=self.tenant.status,
                mode=conversation.mode,
                opted_out=conversation.contact.opted_out,
                configured=self.configuration is not None and is_complete(self.configuration),
                failed_claims=held.attempts - 1,
                most_failed_claims=MOST_FAILED_CLAIMS,
            )
        )
        if refusal:
            logger.info("Conversation %s is not answered: %s", conversation.id, refusal.reason)
            plan.settle(waiting, refusal.outcome, refusal.reason)
            plan.say(refusal.text, notice=refusal.reason)
        else:
            self._sort_and_answer(held, conversation=conversation, waiting=waiting, plan=plan)

    def _sort_and_answer(
        self, held: turns.Claim, *, conversation: Conversation, waiting: list[Message], plan: Plan
    ) -> None:
        assert self.configuration is not None
        sorting = rules.sort(
            [rules.Written(text=message.content, within_limit=self._within_limit(conversation)) for message in waiting]
        )
        if limited := [waiting[index] for index in sorting.limited]:
            plan.settle(limited, "refused", "rate_limited")
            if not outbox.was_told(conversation.id, notice="rate_limited", seconds=60):
                plan.say(texts.RATE_LIMITED, notice="rate_limited")
        if sorting.reset is not None:
            reset = waiting[sorting.reset]
            plan.forgets = True
            plan.settle([waiting[index] for index in sorting.forgotten], "refused", "reset")
            plan.settle([reset], "answered", "reset")
            plan.say(texts.RESET_DONE, notice="reset")
        if wordless := [waiting[index] for index in sorting.wordless]:
            plan.settle(wordless, "refused", "no_words")
            plan.say(texts.WORDS_ONLY, notice="no_words")
        if to_answer := [waiting[index] for index in sorting.to_answer]:
            self._answer(held, conversation=conversation, messages=to_answer, plan=plan)

    def _within_limit(self, conversation: Conversation) -> bool:
        """Count one message of the contact. One that is counted again, because its worker died, makes the limit a
        little stricter, never looser."""
        assert self.configuration is not None
        per_minute = self.configuration.rate_limit_per_minute
        return limits.within(per_minute, "contact", self.tenant.schema_name, str(conversation.contact_id))

    def _answer(self, held: turns.Claim, *, conversation: Conversation, messages: list[Message], plan: Plan) -> None:
        assert self.configuration is not None
        question = answering.Question(
            tenant_name=self.tenant.name,
            configuration=self.configuration,
            history=[] if plan.forgets else self.get_conversation_context(str(conversation.id)),
            new=[message.content for message in messages if message.content.strip()],
        )
        answer = answering.Answer(waited=held.waited)
        try:
            with typing.shown(conversation.contact, message_id=messages[-1].external_id or ""):
                answer.ask(
                    question,
                    before_call=lambda: turns.extend(held, lease_seconds=answering.call_lease()),
                    on_timeout=lambda: self._ask_for_patience(
                        held, conversation=conversation, since=messages[0].timestamp
                    ),
                )
        except AIError as error:
            plan.say(self.errors.handle_ai_error(error, conversation.user_phone), notice=AI_ERRORS[error.kind][1])
            plan.settle(messages, "failed", AI_ERRORS[error.kind][1])
        else:
            plan.say(answer.text)
            plan.settle(messages, "answered")
        plan.turn = answer.turn_fields(question)

    def _ask_for_patience(self, held: turns.Claim, *, conversation: Conversation, since: datetime) -> None:
        """Tell the contact, once for these messages, that the answer takes longer."""
        if outbox.was_told(conversation.id, notice="timeout", since=since):
            return
        with transaction.atomic():
            if turns.lock(held).mode == Conversation.Mode.HUMAN:
                return
            outbox.queue(conversation, text=texts.TIMEOUT, notice="timeout")
        outbox.deliver(held)

    # --- A conversation without WhatsApp: for consoles, and for whoever wants an answer as a plain string.

    def process_message(self, sender: str, message: str) -> str:
        """The bot's answer to `message` in the conversation `sender` (its id). Both are kept; nothing is sent.

        Raises `AIError`.
        """
        assert self.configuration is not None, "the tenant has no configuration"
        question = answering.Question(
            tenant_name=self.tenant.name,
            configuration=self.configuration,
            history=self.get_conversation_context(sender),
            new=[message],
        )
        answer = answering.Answer()
        answer.ask(question)
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
