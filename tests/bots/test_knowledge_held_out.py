"""How often the built-in answerer is right, over questions that it was not tuned with.

`fixtures/held_out` holds the knowledge of two trades and questions as people write them; the third is the demo's
bakery. A question is answered right where the fact that it asks for is quoted, or, for one that the texts do not
answer, where the bot says that it does not know. Rules are never changed to mend one of these questions: other
questions, in tests/ai/test_builtin.py, are there for that. The share that is measured stands in the README.
"""

from __future__ import annotations

import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path

import pytest

from bots import knowledge
from bots.ai.builtin import answer
from bots.models import KnowledgeSource

FOLDER = Path(__file__).parent / "fixtures" / "held_out"
BAKERY = Path(__file__).parents[2] / "sandbox" / "demo" / "tenants" / "lumen-bakery.toml"
#: What was measured, less one question for each trade.
LEAST_RIGHT = 81 / 94
UNKNOWN = "I don't know that yet"


@dataclass(frozen=True)
class Asked:
    trade: str
    question: str
    answer: str
    is_right: bool
    has_answer: bool


def ask(trade: str, question: dict) -> Asked:
    said = answer([question["ask"]], passages=knowledge.search(question["ask"]), topics=knowledge.topics())
    facts = question.get("right", [])
    is_right = all(fact in said for fact in facts) if facts else said.startswith(UNKNOWN)
    return Asked(trade, question["ask"], said, is_right, has_answer=bool(facts))


@pytest.fixture
def asked(tenant) -> list[Asked]:
    found: list[Asked] = []
    for file in sorted(FOLDER.glob("*.toml")):
        trade = tomllib.loads(file.read_text("utf-8"))
        sources = trade.get("knowledge") or tomllib.loads(BAKERY.read_text("utf-8"))["knowledge"]
        KnowledgeSource.objects.all().delete()
        for source in sources:
            knowledge.replace(title=source["title"], text=source["text"].strip())
        found += [ask(file.stem, question) for question in trade["question"]]
    return found


def share(some: list[Asked]) -> str:
    right = sum(one.is_right for one in some)
    return f"{right} of {len(some)} ({right / len(some):.0%})"


def test_the_built_in_answerer_is_right_as_often_as_the_readme_says(asked):
    answerable = [one for one in asked if one.has_answer]
    others = [one for one in asked if not one.has_answer]
    said = [f"Held-out questions answered right: {share(asked)}"]
    said += [f"  with an answer in the texts: {share(answerable)}; without: {share(others)}"]
    said += [f"  wrong: [{one.trade}] {one.question} -> {one.answer!r}" for one in asked if not one.is_right]
    sys.stdout.write("\n" + "\n".join(said) + "\n")

    assert len(asked) >= 90
    assert len(others) >= 15
    assert len({one.trade for one in asked}) == 3
    assert sum(one.is_right for one in asked) / len(asked) >= LEAST_RIGHT
