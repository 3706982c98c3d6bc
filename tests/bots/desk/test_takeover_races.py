"""Takeovers, replies and give-backs, in any order with everything that `tests.bots.test_interleavings` lets happen.

The oracle is at the far end: once a takeover has returned, no send of the bot's begins. A send that had begun, its
worker already on the way to the provider, is the one that may still come. TAKEOVERS=2000 tries so many examples.
"""

from __future__ import annotations

import os
from contextlib import suppress
from typing import Any
from uuid import UUID

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule, run_state_machine_as_test

from bots.desk import replying, taking_over
from bots.desk.base import NotPossibleError
from bots.models import Conversation, Message, Suggestion, Turn
from tenants.models import Tenant
from tests.bots.desk.conftest import MARIA
from tests.bots.stepping import Worker
from tests.bots.test_interleavings import PEOPLE, REFUSALS, Interleavings, world
from tests.bots.world import World

__all__ = ["world"]
MOST_WORKERS = 3
#: Where a worker is when somebody takes over.
POINTS = st.sampled_from(["asking", "before commit", "before begin", "after begin", "send"])
LONGER = int(os.environ.get("TAKEOVERS", "0"))


class Takeovers(Interleavings):
    """`on_its_way`: for each conversation that a person has, how many sends had begun when they took it over, without
    having come to the provider yet."""

    def __init__(self, *, tenant: Tenant, world: World) -> None:
        self.on_its_way: dict[UUID, int] = {}
        self.replied: list[UUID] = []
        self.with_an_answer: set[Worker] = set()
        super().__init__(tenant=tenant, world=world)

    #: Has a test of its own, and leaves more of the examples to takeovers.
    repeat = None  # type: ignore[assignment]

    # --- Members

    @initialize(at=POINTS, then=st.sampled_from(["refused", "lost", "killed", "taken"]))
    def somebody_writes(self, at: str, then: str) -> None:
        """An example begins where it matters: in the middle of an answer, whose send then ends in one way or another."""
        self.write(person=PEOPLE[0])
        self.take_over_in_the_middle(person=PEOPLE[1], at=at)
        worker = next(iter(self.workers), None)
        if worker is None or then == "taken":
            return
        while not worker.is_done and worker.at != "send":
            self.go_on(worker)
        if worker.at == "send" and then == "killed":
            self.kill_one(worker)
        elif worker.at == "send":
            if then == "refused":
                self.world.refuse(self.in_flight[id(worker)])
            self.go_on(worker, REFUSALS["limited" if then == "refused" else "lost"])

    def kill_one(self, worker: Worker) -> None:
        self.in_flight.pop(id(worker), None)
        worker.kill()
        self.workers.remove(worker)

    @precondition(lambda self: len(self.workers) < MOST_WORKERS)
    @rule(person=st.sampled_from(PEOPLE), at=POINTS)
    def take_over_in_the_middle(self, person: str, at: str) -> None:
        """Somebody writes, a worker comes so far with the answer, and a person takes over."""
        self.write(person=person)
        if (found := self.conversation_with(person)) is None or found.pk in self.on_its_way:
            return
        worker = self.start(found.pk)
        while not worker.is_done and worker.at not in (at, "find"):
            if worker.at == "send":
                self.world.take(self.in_flight[id(worker)])
            self.go_on(worker)
        self.take_over(person=person)

    @rule(person=st.sampled_from(PEOPLE))
    def take_over(self, person: str) -> None:
        if (found := self.conversation_with(person)) is None:
            return
        taking_over.take_over(found.pk, tenant=self.tenant, by=MARIA)
        if found.pk not in self.on_its_way:
            midway = [worker for worker in self.workers if worker.name == str(found.pk) and worker.at == "after begin"]
            self.on_its_way[found.pk] = len(midway)
        assert not Message.objects.filter(conversation=found, status="queued", author_id=None).exists()

    @rule(person=st.sampled_from(PEOPLE), answer_open=st.booleans())
    def give_back(self, person: str, answer_open: bool) -> None:
        if (found := self.conversation_with(person)) is not None:
            taking_over.give_back(found.pk, tenant=self.tenant, by=MARIA, answer_open=answer_open)
            self.on_its_way.pop(found.pk, None)

    @precondition(lambda self: self.on_its_way)
    @rule(data=st.data())
    def reply(self, data: st.DataObject) -> None:
        conversation_id = data.draw(st.sampled_from(list(self.on_its_way)), label="conversation")
        with suppress(NotPossibleError):
            [message] = replying.reply(conversation_id, tenant=self.tenant, by=MARIA, text="A person's answer.")
            self.replied.append(message.pk)

    def conversation_with(self, person: str) -> Conversation | None:
        return Conversation.objects.filter(contact__identity=person, is_active=True).first()

    # --- The oracle

    def go_on(self, worker: Worker, answer: Any = None) -> None:
        begun, was_at, turns = len(self.world.requests), worker.at, Turn.objects.filter(outcome="answered").count()
        super().go_on(worker, answer)
        if was_at == "asking":
            self.with_an_answer.add(worker)
        if was_at == "before commit" and worker in self.with_an_answer and UUID(worker.name) in self.on_its_way:
            assert Turn.objects.filter(outcome="answered").count() == turns + 1, "an answer is lost to the person"
        if len(self.world.requests) == begun:
            return
        message = Message.objects.get(pk=self.world.requests[-1].message_id)
        if message.author_id is None and message.conversation_id in self.on_its_way:
            self.on_its_way[message.conversation_id] -= 1
            assert self.on_its_way[message.conversation_id] >= 0, "the bot spoke after a takeover was confirmed"

    @invariant()
    def what_is_a_suggestion_never_reached_the_contact(self) -> None:
        kept = {str(pk) for pk in Message.objects.filter(direction="out").values_list("pk", flat=True)}
        assert {request.message_id for request in self.world.taken} <= kept

    def every_message_ended_in_one_outcome(self) -> None:
        inbound = Message.objects.filter(direction="in")
        assert inbound.count() == self.written
        assert set(inbound.values_list("outcome", flat=True)) <= {"answered", "merged", "failed", "human"}
        said = set(Message.objects.filter(direction="out").exclude(turn=None).values_list("turn_id", flat=True))
        for message in inbound.filter(outcome__in=("answered", "merged")):
            assert message.turn_id in said, "it counts as answered, and the answer was withheld"
        for turn in Turn.objects.filter(outcome="answered"):
            rows = Message.objects.filter(direction="out", turn=turn).count()
            assert rows + Suggestion.objects.filter(turn=turn).count() == 1, "an answer is lost, or there twice"
        taken = [UUID(request.message_id) for request in self.world.taken]
        for reply in Message.objects.filter(direction="out").exclude(status="failed"):
            assert (reply.status in ("sent", "delivered", "read"), taken.count(reply.pk)) == (True, 1)
        assert set(self.replied) == set(Message.objects.exclude(author_id=None).values_list("pk", flat=True))


def test_once_a_takeover_is_confirmed_the_bot_begins_no_send_whatever_else_happens(
    tenant: Tenant, world: World
) -> None:
    run_state_machine_as_test(
        lambda: Takeovers(tenant=tenant, world=world),
        settings=settings(
            max_examples=LONGER or 30,
            stateful_step_count=25,
            derandomize=not LONGER,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
