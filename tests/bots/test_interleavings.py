"""Any order of messages, bells, claims, crashes, lost answers, late callbacks and passing time, against an oracle.

Workers run the true `MessageProcessor` on true rows and are stopped at every point where a process may die or be held
up. Time passes by moving the rows' times. The same examples are tried each time; INTERLEAVINGS=2000 tries so many others.
"""

from __future__ import annotations

import os
from collections import Counter
from contextlib import nullcontext
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from bots import answering, outbox, processor, statuses, sweeper, turns, typing
from bots.ai.base import BaseAIAdapter, Completion
from bots.models import AIConfiguration, Contact, Conversation, Message
from bots.processor import MessageProcessor
from bots.whatsapp.base import WhatsAppError
from tenants.models import Tenant
from tests.bots.factories import receive
from tests.bots.stepping import Worker
from tests.bots.world import Provider, Request, World

LONGER = int(os.environ.get("INTERLEAVINGS", "0"))
PEOPLE = ("+4915112345601", "+4915112345602")
#: Seconds. The times that the pipeline lives by: what takes longer than a send's flight never reaches the provider.
FLIGHT = outbox.UNCERTAIN_WAIT
#: How a send may end for who waits for it, if the provider did not take it.
REFUSALS = {
    "limited": WhatsAppError("Twilio answered 429"),
    "lost": WhatsAppError("no answer", uncertain=True),
    "refused": WhatsAppError("Twilio answered 400", permanent=True),
}


class Interleavings(RuleBasedStateMachine):
    """`world`: the far ends, which the product reaches by the seams that the test has laid."""

    def __init__(self, *, tenant: Tenant, world: World) -> None:
        super().__init__()
        self.tenant, self.world = tenant, world
        world.begin()
        self.workers: list[Worker] = []
        self.in_flight: dict[int, Request] = {}
        self.written = 0
        self.example = transaction.atomic()
        self.example.__enter__()

    # --- People and bells

    @initialize()
    def somebody_writes(self) -> None:
        self.write(person=PEOPLE[0])

    @rule(person=st.sampled_from(PEOPLE))
    def write(self, person: str) -> None:
        self.written += 1
        receive(f"Message {self.written}", sender=person, external_id=f"SMin{self.written}")

    @rule(data=st.data())
    def repeat(self, data: st.DataObject) -> None:
        number = data.draw(st.integers(1, self.written))
        message = Message.objects.select_related("conversation__contact").get(external_id=f"SMin{number}")
        receive("Something else", sender=message.conversation.contact.identity, external_id=f"SMin{number}")

    @precondition(lambda self: len(self.workers) < 3)
    @rule(person=st.sampled_from(PEOPLE))
    def ring(self, person: str) -> None:
        conversation = Conversation.objects.filter(contact__identity=person).first()
        if conversation:
            self.start(conversation.id)

    @precondition(lambda self: 0 < len(self.workers) < 3)
    @rule(data=st.data())
    def lease_runs_out(self, data: st.DataObject) -> None:
        """Somebody was held up for too long, and another takes the conversation."""
        conversation_id = data.draw(st.sampled_from(self.workers), label="held up").name
        self.world.pass_time(61.0)
        self.start(UUID(conversation_id))

    def start(self, conversation_id: UUID) -> Worker:
        worker = Worker(lambda: MessageProcessor(self.tenant).take_turn(conversation_id), name=str(conversation_id))
        self.workers.append(worker)
        self.go_on(worker)
        return worker

    def go_on(self, worker: Worker, answer: Any = None) -> None:
        """To the worker's next pause."""
        self.in_flight.pop(id(worker), None)
        worker.step(answer)
        if worker.at == "send":
            self.in_flight[id(worker)] = self.world.requests[-1]
        if worker.is_done:
            self.workers.remove(worker)

    # --- Workers

    @precondition(lambda self: self.workers)
    @rule(data=st.data())
    def go_on_somewhere(self, data: st.DataObject) -> None:
        worker = data.draw(st.sampled_from(self.workers), label="worker")
        answer = None
        if worker.at == "send" and not self.in_flight[id(worker)].sid:
            answer = REFUSALS[data.draw(st.sampled_from(sorted(REFUSALS)), label="refusal")]
            if not answer.uncertain:
                self.world.refuse(self.in_flight[id(worker)])
        elif worker.at == "send":
            answer = data.draw(st.sampled_from([None, REFUSALS["lost"]]), label="answer")
        elif worker.at == "find":
            answer = data.draw(st.sampled_from([None, REFUSALS["lost"]]), label="found")
        self.go_on(worker, answer)

    @precondition(lambda self: any(worker.at not in ("send", "find") for worker in self.workers))
    @rule()
    def go_on_to_the_next_send(self) -> None:
        worker = next(worker for worker in self.workers if worker.at not in ("send", "find"))
        while not worker.is_done and worker.at not in ("send", "find"):
            self.go_on(worker)

    @precondition(lambda self: self.workers)
    @rule(data=st.data())
    def kill(self, data: st.DataObject) -> None:
        worker = data.draw(st.sampled_from(self.workers), label="worker")
        self.in_flight.pop(id(worker), None)
        worker.kill()
        self.workers.remove(worker)

    # --- The far end and time

    @precondition(lambda self: self.on_their_way())
    @rule(data=st.data())
    def provider_takes(self, data: st.DataObject) -> None:
        self.world.take(data.draw(st.sampled_from(self.on_their_way())))

    @precondition(lambda self: self.world.taken)
    @rule(data=st.data(), status=st.sampled_from(["queued", "sent", "delivered", "read"]))
    def callback(self, data: st.DataObject, status: str) -> None:
        request = data.draw(st.sampled_from(self.world.taken))
        statuses.raise_status(message_id=request.message_id, external_id=request.sid, status=status)

    @rule(seconds=st.sampled_from([1.0, 11.0, 16.0, 41.0, 61.0]))
    def time_passes(self, seconds: float) -> None:
        self.world.pass_time(seconds)

    def on_their_way(self) -> list[Request]:
        """What may still reach the provider: what no answer was given for, within the time of a flight."""
        return [it for it in self.world.requests if not it.sid and self.world.now - it.began <= FLIGHT]

    # --- The oracle

    @invariant()
    def each_message_reached_the_provider_once_at_most(self) -> None:
        assert not [it for it, count in Counter(it.message_id for it in self.world.taken).items() if count > 1]

    @invariant()
    def nothing_overtook_anything(self) -> None:
        at = dict(Message.objects.values_list("id", "timestamp"))
        for person in PEOPLE:
            times = [at[UUID(it.message_id)] for it in self.world.taken if it.to.endswith(person)]
            assert times == sorted(times)

    def teardown(self) -> None:
        try:
            self.settle()
            self.each_message_reached_the_provider_once_at_most()
            self.nothing_overtook_anything()
            self.every_message_ended_in_one_outcome()
        finally:
            for worker in self.workers:
                worker.kill()
            transaction.set_rollback(True)
            self.example.__exit__(None, None, None)

    def settle(self) -> None:
        """Everybody dies; then one healthy worker hears the sweeper's bells until nothing is due."""
        for worker in self.workers:
            worker.kill()
        self.workers.clear()
        for _ in range(20):
            if not Conversation.objects.filter(due_at__isnull=False).exists():
                return
            self.world.pass_time(61.0)
            RUNG.clear()
            sweeper.sweep()
            for conversation_id in RUNG:
                worker = self.start(conversation_id)
                while not worker.is_done:
                    if worker.at == "send":
                        self.world.take(self.in_flight[id(worker)])
                    self.go_on(worker)
        raise AssertionError("something is due for ever")

    def every_message_ended_in_one_outcome(self) -> None:
        inbound = Message.objects.filter(direction="in")
        assert inbound.count() == self.written
        assert Contact.objects.count() <= len(PEOPLE)
        assert set(inbound.values_list("outcome", flat=True)) <= {"answered", "merged", "failed"}
        for turn_id in set(inbound.values_list("turn_id", flat=True)):
            assert Message.objects.filter(direction="out", turn_id=turn_id).count() == 1
        taken = {it.message_id: it.sid for it in self.world.taken}
        for reply in Message.objects.filter(direction="out"):
            if reply.status == "failed":
                assert reply.error
            else:
                assert (reply.status in ("sent", "delivered", "read"), taken[str(reply.id)]) == (
                    True,
                    reply.external_id,
                )


#: The conversations that the sweeper rang for.
RUNG: list[UUID] = []


@pytest.fixture
def world(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> World:
    """Seams, laid where a worker may die or be held up, and the oracle's look at the fence in the two of them that
    matter most."""
    world = World()
    AIConfiguration.objects.filter(is_active=True).update(
        provider="custom", base_url="http://127.0.0.1:9/v1", model_name="echo", rate_limit_per_minute=1_000_000
    )

    def ours(held: turns.Claim) -> bool:
        return Conversation.objects.filter(pk=held.conversation_id, fence=held.fence).exists()

    def fenced(at: str, step: Any) -> Any:
        def stepping(held: turns.Claim, *args: Any, **kwargs: Any) -> Any:
            Worker.pause(f"before {at}")
            before = ours(held)
            result = step(held, *args, **kwargs)
            assert before, f"{at} by a worker whose lease was taken"
            Worker.pause(f"after {at}")
            return result

        return stepping

    def stopping(at: str, step: Any) -> Any:
        def stepping(*args: Any, **kwargs: Any) -> Any:
            Worker.pause(f"before {at}")
            return step(*args, **kwargs)

        return stepping

    def ask(*_args: Any, **_kwargs: Any) -> Completion:
        Worker.pause("asking")
        return Completion("An answer.")

    def adapter_of(configuration: AIConfiguration) -> BaseAIAdapter:
        adapter = build(configuration)
        monkeypatch.setattr(adapter, "send_message", ask)
        return adapter

    build = answering.adapter_of
    monkeypatch.setattr(answering, "adapter_of", adapter_of)
    monkeypatch.setattr(outbox, "client_of", lambda _: Provider(world))
    monkeypatch.setattr(outbox, "time", SimpleNamespace(monotonic=lambda: world.now))
    monkeypatch.setattr(typing, "shown", lambda *_args, **_kwargs: nullcontext())
    monkeypatch.setattr(processor, "commit", fenced("commit", processor.commit))
    monkeypatch.setattr(outbox, "_begin", fenced("begin", outbox._begin))
    monkeypatch.setattr(turns, "release", fenced("release", turns.release))
    monkeypatch.setattr(outbox, "_failed", fenced("failed", outbox._failed))
    monkeypatch.setattr(sweeper.bell, "ring", lambda *, tenant_id, conversation_id: not RUNG.append(conversation_id))
    monkeypatch.setattr(sweeper.bell, "is_crowded", lambda: False)
    return world


def test_in_any_order_of_events_each_message_has_one_outcome_and_each_reply_is_sent_once(
    tenant: Tenant, world: World
) -> None:
    run_state_machine_as_test(
        lambda: Interleavings(tenant=tenant, world=world),
        settings=settings(
            max_examples=LONGER or 60,
            stateful_step_count=40,
            derandomize=not LONGER,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
