"""The worker: CPU a message, messages a second while the AI thinks, and what two hundred calls in flight take."""

from __future__ import annotations

import time

import psutil

from benchmarks import leftovers, messages
from benchmarks.figures import compare, cpu_each
from benchmarks.floor_worker import Floor
from benchmarks.ground import PATIENCE, Ground, port_of
from benchmarks.table import Row
from sandbox.procfile import Process

#: Who writes at once, and how often: five turns fill a window of ten messages, which is what a model is told then.
CONTACTS, WARM_UP, TURNS = 40, 5, 15
#: Threads of the worker where calls are long.
CONCURRENCY = "256"
#: Two rounds of all threads. More would be rung for longer than a bell is good for on a slow machine.
LONG_MESSAGES, AI_SECONDS, TWILIO_SECONDS = 512, 2.0, 0.1
IN_FLIGHT, IN_FLIGHT_SECONDS = 200, 8.0
MIB = 1024 * 1024


def cpu(ground: Ground) -> list[Row]:
    """The Procfile's worker as it stands there. Whoever wrote has been answered before they write again."""
    leftovers.forget(ground)
    floor = Floor(ground)
    ground.far_end.begin()
    floor.answer(CONTACTS)
    with ground.process("worker") as worker:
        ground.until_listening(worker)
        process = _process(worker)

        def answer() -> float:
            before = _cpu(process)
            ground.far_end.begin()
            _feed(ground, contacts=CONTACTS)
            ground.far_end.wait(sent=CONTACTS)
            time.sleep(0.3)  # the last commits
            return (_cpu(process) - before) * 1000 / CONTACTS

        for _ in range(WARM_UP):
            answer()
        compared = compare(answer, lambda: cpu_each(lambda: floor.answer(CONTACTS)), turns=TURNS)
    return [
        Row(
            what="worker, CPU a message",
            value=compared.ratio,
            unit="x floor",
            must=5,
            aim=2.5,
            how=f"{compared.ours:.1f} ms; floor {compared.floor:.2f} ms",
        )
    ]


def waiting(ground: Ground) -> list[Row]:
    """From the first call of the AI to the last message sent, all of them due when the worker starts."""
    leftovers.forget(ground)
    ground.far_end.begin(ai=AI_SECONDS, twilio=TWILIO_SECONDS)
    _feed(ground, contacts=LONG_MESSAGES)
    # As in a deployment, the sweeper rings for a turn that has to be tried again.
    with ground.process("worker", WORKER_CONCURRENCY=CONCURRENCY) as worker, ground.process("beat"):
        ground.until_listening(worker)
        ground.far_end.wait(sent=LONG_MESSAGES)
        log = ground.far_end.log()
        time.sleep(TWILIO_SECONDS + 0.5)
    if log["recipients"] != LONG_MESSAGES:
        raise RuntimeError(f"{LONG_MESSAGES} replies went to {log['recipients']} people")
    seconds = max(log["sent"]) - min(log["asked"])
    return [
        Row(
            what=f"messages/s of one worker, AI {AI_SECONDS:g} s, Twilio {TWILIO_SECONDS:g} s",
            value=LONG_MESSAGES / seconds,
            unit="/s",
            must=45,
            aim=80,
            at_least=True,
            how=f"{LONG_MESSAGES} messages in {seconds:.1f} s, {CONCURRENCY} threads",
        )
    ]


def in_flight(ground: Ground) -> list[Row]:
    """The most connections and memory of a worker, from the first bell to the last reply."""
    leftovers.forget(ground)
    with ground.process("worker", WORKER_CONCURRENCY=CONCURRENCY) as worker, ground.process("beat"):
        ground.until_listening(worker)
        process = _process(worker)
        ground.far_end.begin(ai=IN_FLIGHT_SECONDS)
        _feed(ground, contacts=IN_FLIGHT)
        connections = resident = in_flight = sent = 0
        deadline = time.monotonic() + PATIENCE
        while sent < IN_FLIGHT:
            if time.monotonic() > deadline:
                raise RuntimeError(f"{sent} of {IN_FLIGHT} replies:\n{worker.last_lines()}")
            log = ground.far_end.log()
            sent, in_flight = len(log["sent"]), max(in_flight, log["in_flight"])
            connections = max(connections, _connections(process, port=port_of(ground.database_url)))
            resident = max(resident, process.memory_info().rss)
            time.sleep(0.1)
    how = f"{in_flight} calls in flight"
    return [
        Row(what=f"PostgreSQL connections, {IN_FLIGHT} AI calls", value=connections, unit="", must=32, aim=16, how=how),
        Row(what=f"worker RSS, {IN_FLIGHT} AI calls", value=resident / MIB, unit=" MiB", must=250, aim=150, how=how),
    ]


def _feed(ground: Ground, *, contacts: int) -> None:
    """One message of each contact, through the webhook."""
    application = ground.application()
    for contact in range(contacts):
        messages.call(application, messages.message(ground.tenants[contact % 3], contact=contact))


def _process(worker: Process) -> psutil.Process:
    assert worker.popen is not None
    return psutil.Process(worker.popen.pid)


def _cpu(process: psutil.Process) -> float:
    """Seconds, of the process and of whatever it started."""
    family = [process, *process.children(recursive=True)]
    return sum(times.user + times.system for times in (member.cpu_times() for member in family))


def _connections(process: psutil.Process, *, port: int) -> int:
    open_ones = process.net_connections(kind="tcp")
    return sum(1 for one in open_ones if one.status == psutil.CONN_ESTABLISHED and one.raddr and one.raddr.port == port)
