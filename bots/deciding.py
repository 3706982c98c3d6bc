"""What follows from the messages that wait in a conversation: the rules first, then the AI."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction

from bots import answering, limits, outbox, queueing, quotes, rules, texts, told, turns, typing
from bots.ai.base import AIError
from bots.commands import ask_for_silence
from bots.conversations import ConversationManager
from bots.desk import instructions
from bots.errors import AI_ERRORS, ErrorHandler
from bots.following import follow
from bots.media import reading
from bots.models import AIConfiguration, Conversation, Message
from bots.notices import Notices
from bots.plan import Plan
from tenants.models import Tenant

logger = logging.getLogger(__name__)

#: A message whose turn ended in a crash so many times is given up, with a word to the contact.
MOST_FAILED_CLAIMS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Decider:
    """One turn's decision. `conversations` is what the model remembers of the tenant's conversations."""

    held: turns.Claim
    tenant: Tenant
    configuration: AIConfiguration | None
    conversation: Conversation
    conversations: ConversationManager

    def decide(self, waiting: list[Message]) -> Plan:
        """A plan in which each of the messages, which come in order, has its outcome. Raises `LeaseLostError`."""
        plan = Plan()
        for message in waiting:
            if reason := rules.NEVER_ANSWERED.get(message.kind):
                plan.settle([message], "refused", reason)
        if waiting := [message for message in waiting if message.kind not in rules.NEVER_ANSWERED]:
            self._decide(waiting, plan=plan)
        return plan

    def _decide(self, waiting: list[Message], *, plan: Plan) -> None:
        """Messages that want an answer."""
        notices = self._notices(waiting)
        facts = rules.Facts(
            tenant_status=self.tenant.status,
            opted_out=self.conversation.contact.opted_out,
            blocked=self.conversation.contact.blocked_at is not None,
            with_a_person=self.conversation.is_with_a_person,
            paused=self.conversation.waits_for_a_person(at=waiting[-1].timestamp),
            languages=self._languages,
            closed=notices.is_silent,
        )
        if self.held.attempts > MOST_FAILED_CLAIMS:
            self._refuse(waiting, rules.given_up(facts), plan=plan)
            return
        sorting = rules.sort(
            [message.content for message in waiting],
            facts=facts,
            within_limit=self._within_limit,
            with_files={index for index, message in enumerate(waiting) if reading.has_files(message)},
        )
        follow(
            sorting,
            plan=plan,
            waiting=waiting,
            conversation=self.conversation,
            configuration=self.configuration,
            notices=notices,
        )
        to_answer = [waiting[index] for index in sorting.to_answer]
        if to_answer and (self.configuration is None or not answering.can_answer(self.configuration)):
            self._refuse(to_answer, rules.NOT_CONFIGURED, plan=plan)
        elif to_answer:
            self._answer(to_answer, plan=plan)

    def _refuse(self, messages: list[Message], refusal: rules.Refusal, *, plan: Plan) -> None:
        logger.info("Conversation %s is not answered: %s", messages[0].conversation_id, refusal.reason)
        plan.settle(messages, refusal.outcome, refusal.reason)
        plan.say(self._notices(messages).worded(refusal.text), notice=refusal.reason)

    def _within_limit(self) -> bool:
        """Count one message of the contact. One that is counted again, because its worker died, makes the limit a
        little stricter, never looser."""
        if self.configuration is None:
            return True
        per_minute = self.configuration.rate_limit_per_minute
        return limits.within(per_minute, "contact", self.tenant.schema_name, str(self.conversation.contact_id))

    def _answer(self, messages: list[Message], *, plan: Plan) -> None:
        assert self.configuration is not None
        began = time.monotonic()
        found = reading.read(
            messages,
            configuration=self.configuration,
            before_step=lambda seconds: turns.ensure(self.held, lease_seconds=seconds),
        )
        plan.say(found.sentence, notice="not_opened")
        if not found.has_anything(messages):
            plan.settle(messages, "failed" if found.may_work_later else "refused", "not_opened")
            return
        timings = {"queued": round(self.held.queued, 1), "files": round((time.monotonic() - began) * 1000, 1)}
        told = [message for message in messages if message.in_words.strip()]
        question = answering.Question(
            tenant_name=self.tenant.name,
            configuration=self.configuration,
            history=[] if plan.forgets else self.conversations.history_of(self.conversation),
            new=quotes.with_quotes(told, contact_id=self.conversation.contact_id),
            images={place: found.images(message) for place, message in enumerate(told)},
            contact_name=self.conversation.contact.profile_name,
            note="" if plan.forgets else instructions.of(self.conversation),
            at=messages[-1].timestamp,
        )
        answer = answering.Answer(waited=self.held.waited, timings=timings)
        try:
            with typing.shown(self.conversation.contact, message_id=messages[-1].external_id or ""):
                answer.ask(
                    question,
                    before_call=lambda: turns.ensure(self.held, lease_seconds=answering.call_lease()),
                    on_timeout=lambda: self._ask_for_patience(messages),
                )
        except AIError as error:
            sentence = ErrorHandler().handle_ai_error(error, self.conversation.user_phone)
            plan.say(self._notices(messages).worded(sentence), notice=AI_ERRORS[error.kind][1])
            plan.settle(messages, "failed", AI_ERRORS[error.kind][1])
        else:
            plan.say(answer.text)
            plan.settle(messages, "answered")
        plan.turn = answer.turn_fields(question)

    def _ask_for_patience(self, messages: list[Message]) -> None:
        """Tell the contact, once for these messages, that the answer takes longer."""
        since = messages[0].timestamp
        if told.was_told(self.conversation.id, notice="timeout", since=since):
            return
        heard = Message.objects.filter(conversation=self.conversation, direction="in", timestamp__gt=since)
        if ask_for_silence(heard.values_list("content", flat=True), languages=self._languages):
            return
        with transaction.atomic():
            if turns.lock(self.held).is_with_a_person:
                return
            queueing.queue(self.conversation, text=self._notices(messages).worded(texts.TIMEOUT), notice="timeout")
        outbox.deliver(self.held)

    def _notices(self, messages: list[Message]) -> Notices:
        """What is said besides the AI's answer to these messages."""
        return Notices(tenant_name=self.tenant.name, configuration=self.configuration, at=messages[-1].timestamp)

    @property
    def _languages(self) -> Sequence[str]:
        """Those whose commands are understood, besides English."""
        return self.configuration.languages if self.configuration else ()
