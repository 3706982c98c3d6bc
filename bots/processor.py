"""One turn of a conversation, start to end: claim, collect, decide, answer, commit, send."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from functools import cached_property
from uuid import UUID

from django.db import transaction

from bots import answering, limits, outbox, quotes, rules, texts, turns, typing
from bots.ai.base import AIError, ChatMessage, Role
from bots.commands import recognise
from bots.conversations import ConversationManager
from bots.errors import AI_ERRORS, ErrorHandler
from bots.following import follow
from bots.media import reading
from bots.models import AIConfiguration, Conversation, Message
from bots.notices import Notices
from bots.plan import Committed, Plan, commit
from tenants.models import Tenant
from tenants.secrets import secret_fields

logger = logging.getLogger(__name__)

#: Seconds. What a turn does before its first call of the AI is over by then.
PREPARATION = 2.0
#: A message whose turn ended in a crash so many times is given up, with a word to the contact.
MOST_FAILED_CLAIMS = 5
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
            with suppress(turns.LeaseLostError):
                return turns.release(held, retry_in=min(LONGEST_BACKOFF, 2.0**held.attempts), failed=True)
            return None

    def _speak(self, held: turns.Claim) -> float | None:
        """Everything that is due. Returns the seconds after which to try again what could not be sent, or None."""
        self.configuration = held.configuration()
        waiting = held.waiting()
        if held.has_unsent:
            self._give_up_in_vain(held)
            # What an earlier turn left unsent goes out first: a conversation's messages keep their order. Nothing goes
            # out any more to somebody who wrote STOP since.
            stops = self._says_stop(message.content for message in waiting)
            if not stops and (postponed := outbox.deliver(held)) is not None:
                return postponed
        if not waiting:
            return None
        conversation = held.conversation()
        committed = self._answer_waiting(held, conversation=conversation, waiting=waiting)
        if self._says_stop(committed.meanwhile):
            return None  # the next turn, at once, settles what may still be sent
        if committed.is_behind:
            return outbox.deliver(held)
        return outbox.send(held, unsent=committed.replies, contact=conversation.contact)

    def _give_up_in_vain(self, held: turns.Claim) -> None:
        """Nothing is sent whose every send killed its worker, or in the name of a suspended tenant."""
        if held.attempts > MOST_FAILED_CLAIMS:
            outbox.give_up(held.conversation_id, error="Every attempt to send it was cut short")
        if self.tenant.status != Tenant.Status.ACTIVE:
            outbox.give_up(held.conversation_id, error=f"The tenant is {self.tenant.status}")

    def _answer_waiting(self, held: turns.Claim, *, conversation: Conversation, waiting: list[Message]) -> Committed:
        """Decide on every message that waits, in order, and commit what follows from it."""
        plan = Plan()
        for message in waiting:
            if reason := rules.NEVER_ANSWERED.get(message.kind):
                plan.settle([message], "refused", reason)
        if waiting := [message for message in waiting if message.kind not in rules.NEVER_ANSWERED]:
            self._decide(held, conversation=conversation, waiting=waiting, plan=plan)
        return commit(
            held,
            plan=plan,
            conversation=conversation,
            tenant=self.tenant,
            configuration=self.configuration,
            conversations=self.conversations,
        )

    def _decide(self, held: turns.Claim, *, conversation: Conversation, waiting: list[Message], plan: Plan) -> None:
        """Plan what follows from messages that want an answer: the rules first, then the AI."""
        notices = self._notices(waiting)
        facts = rules.Facts(
            tenant_status=self.tenant.status,
            opted_out=conversation.contact.opted_out,
            with_a_person=conversation.is_with_a_person,
            paused=conversation.waits_for_a_person(at=waiting[-1].timestamp),
            languages=self._languages,
            closed=notices.is_silent,
        )
        if held.attempts > MOST_FAILED_CLAIMS:
            self._refuse(waiting, rules.given_up(facts), plan=plan)
            return
        sorting = rules.sort(
            [message.content for message in waiting],
            facts=facts,
            within_limit=lambda: self._within_limit(conversation),
            with_files={index for index, message in enumerate(waiting) if reading.has_files(message)},
        )
        follow(
            sorting,
            plan=plan,
            waiting=waiting,
            conversation=conversation,
            configuration=self.configuration,
            notices=notices,
        )
        to_answer = [waiting[index] for index in sorting.to_answer]
        if to_answer and (self.configuration is None or not answering.can_answer(self.configuration)):
            self._refuse(to_answer, rules.NOT_CONFIGURED, plan=plan)
        elif to_answer:
            self._answer(held, conversation=conversation, messages=to_answer, plan=plan)

    def _refuse(self, messages: list[Message], refusal: rules.Refusal, *, plan: Plan) -> None:
        logger.info("Conversation %s is not answered: %s", messages[0].conversation_id, refusal.reason)
        plan.settle(messages, refusal.outcome, refusal.reason)
        plan.say(self._notices(messages).worded(refusal.text), notice=refusal.reason)

    def _notices(self, messages: list[Message]) -> Notices:
        """What is said besides the AI's answer to these messages."""
        return Notices(tenant_name=self.tenant.name, configuration=self.configuration, at=messages[-1].timestamp)

    @property
    def _languages(self) -> Sequence[str]:
        """Those whose commands are understood, besides English."""
        return self.configuration.languages if self.configuration else ()

    def _says_stop(self, written: Iterable[str]) -> bool:
        """Whether one of these messages asks for silence."""
        commands = (recognise(text, languages=self._languages) for text in written)
        return any(command is not None and command.name == "stop" for command in commands)

    def _within_limit(self, conversation: Conversation) -> bool:
        """Count one message of the contact. One that is counted again, because its worker died, makes the limit a
        little stricter, never looser."""
        if self.configuration is None:
            return True
        per_minute = self.configuration.rate_limit_per_minute
        return limits.within(per_minute, "contact", self.tenant.schema_name, str(conversation.contact_id))

    def _answer(self, held: turns.Claim, *, conversation: Conversation, messages: list[Message], plan: Plan) -> None:
        assert self.configuration is not None
        found = reading.read(
            messages,
            configuration=self.configuration,
            before_step=lambda seconds: turns.ensure(held, lease_seconds=seconds),
        )
        plan.say(found.sentence, notice="not_opened")
        if not found.has_anything(messages):
            plan.settle(messages, "failed" if found.may_work_later else "refused", "not_opened")
            return
        told = [message for message in messages if message.in_words.strip()]
        question = answering.Question(
            tenant_name=self.tenant.name,
            configuration=self.configuration,
            history=[] if plan.forgets else self.conversations.history_of(conversation),
            new=quotes.with_quotes(told, contact_id=conversation.contact_id),
            images={place: found.images(message) for place, message in enumerate(told)},
            contact_name=conversation.contact.profile_name,
            at=messages[-1].timestamp,
        )
        answer = answering.Answer(waited=held.waited)
        try:
            with typing.shown(conversation.contact, message_id=messages[-1].external_id or ""):
                answer.ask(
                    question,
                    before_call=lambda: turns.ensure(held, lease_seconds=answering.call_lease()),
                    on_timeout=lambda: self._ask_for_patience(held, conversation=conversation, messages=messages),
                )
        except AIError as error:
            sentence = self.errors.handle_ai_error(error, conversation.user_phone)
            plan.say(self._notices(messages).worded(sentence), notice=AI_ERRORS[error.kind][1])
            plan.settle(messages, "failed", AI_ERRORS[error.kind][1])
        else:
            plan.say(answer.text)
            plan.settle(messages, "answered")
        plan.turn = answer.turn_fields(question)

    def _ask_for_patience(self, held: turns.Claim, *, conversation: Conversation, messages: list[Message]) -> None:
        """Tell the contact, once for these messages, that the answer takes longer."""
        since = messages[0].timestamp
        if outbox.was_told(conversation.id, notice="timeout", since=since):
            return
        heard = Message.objects.filter(conversation=conversation, direction=Message.Direction.IN, timestamp__gt=since)
        if self._says_stop(heard.values_list("content", flat=True)):
            return
        with transaction.atomic():
            if turns.lock(held).is_with_a_person:
                return
            outbox.queue(conversation, text=self._notices(messages).worded(texts.TIMEOUT), notice="timeout")
        outbox.deliver(held)

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
