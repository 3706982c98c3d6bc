"""A member's chat, with a worker that hears its bells at once."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from bots import broker
from bots.models import AIConfiguration, PlaygroundAnswer, PlaygroundQuestion
from bots.playground import chat, writing
from bots.playground.sources import Source
from tenants.models import Tenant

ADA, BEN = 11, 12


@pytest.fixture
def rung(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int, str, float]]:
    """The bells that were rung: task, tenant, row, delay."""
    bells: list[tuple[str, int, str, float]] = []

    def send(task: str, tenant_id: int, row_id: str, *, delay: float, expires: float) -> None:
        bells.append((task, tenant_id, row_id, delay))

    monkeypatch.setattr(broker, "send", send)
    return bells


@pytest.fixture
def playground(bot: AIConfiguration, tenant: Tenant, rung: list[Any]) -> SimpleNamespace:
    """Asks, lets a worker hear the bells, and shows the answers."""

    def ask(text: str, *, member: int = ADA, sources: tuple[str, ...] = (Source.DRAFT,)) -> PlaygroundQuestion:
        return chat.ask(
            tenant_id=tenant.pk,
            schema_name=tenant.schema_name,
            member_id=member,
            text=text,
            sources=list(sources),
        )

    def work() -> None:
        while rung:
            task, tenant_id, row_id, _ = rung.pop(0)
            assert (task, tenant_id) == (chat.TASK, tenant.pk)
            writing.write_answer(tenant, row_id)  # type: ignore[arg-type]

    def say(text: str, **more: Any) -> PlaygroundAnswer:
        question = ask(text, **more)
        work()
        return question.answers.get(source=more.get("sources", (Source.DRAFT,))[0])

    return SimpleNamespace(ask=ask, work=work, say=say)


def written_while(monkeypatch: pytest.MonkeyPatch, happens: Callable[[str], None]) -> None:
    """Look, or do something, after each look of the worker at its row."""
    write = writing.Writer.__call__

    def watched(writer: writing.Writer, text: str) -> None:
        write(writer, text)
        happens(text)

    monkeypatch.setattr(writing.Writer, "__call__", watched)
    monkeypatch.setattr(writing, "WRITE_EVERY", 0.0)
