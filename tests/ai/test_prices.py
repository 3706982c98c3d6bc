"""What an answer costs: the table is read, models are recognised, and what is not known is not guessed."""

from __future__ import annotations

import re
import tomllib
from decimal import Decimal

import pytest

from bots.ai import PROVIDERS
from bots.ai.prices import FILE, cost_of, price_of


@pytest.mark.parametrize(
    ("provider", "model", "dollars"),
    [
        ("openai", "gpt-4o-mini", "0.75"),
        ("openai", "gpt-4o-mini-2024-07-18", "0.75"),
        ("anthropic", "claude-haiku-4-5", "6"),
        ("anthropic", "claude-haiku-4-5-20251001", "6"),
        ("anthropic", "claude-haiku-4-5-latest", "6"),
        ("builtin", "builtin", "0"),
    ],
)
def test_a_million_tokens_each_way_cost_what_the_list_says(provider, model, dollars):
    price = price_of(provider=provider, model=model)
    assert price.of(input_tokens=1_000_000, output_tokens=1_000_000) == Decimal(dollars)


@pytest.mark.parametrize(
    ("provider", "model"),
    [
        ("openai", "gpt-4o-audio-preview"),
        ("openai", "gpt-4o-mini-search"),
        ("openai", "claude-haiku-4-5"),
        ("custom", "gpt-4o-mini"),
        ("openai", ""),
    ],
)
def test_nobody_guesses_a_price(provider, model):
    assert price_of(provider=provider, model=model) is None


@pytest.mark.parametrize(
    ("provider", "model", "tokens", "dollars"),
    [
        ("openai", "gpt-4o-mini", (1, 0), "0.00000015"),
        ("openai", "gpt-4o-mini", (0, 0), None),
        ("custom", "local", (5, 4), None),
        ("builtin", "builtin", (0, 0), "0"),
    ],
)
def test_an_answer_costs_what_was_counted_at_a_price_that_is_known(provider, model, tokens, dollars):
    cost = cost_of(provider=provider, model=model, input_tokens=tokens[0], output_tokens=tokens[1])
    assert cost == (None if dollars is None else Decimal(dollars))


def test_a_price_that_was_only_copied_says_so():
    assert price_of(provider="openai", model="gpt-4o-mini-2024-07-18").is_copied
    assert price_of(provider="anthropic", model="claude-opus-4-8").is_copied
    assert not price_of(provider="anthropic", model="claude-haiku-4-5").is_copied
    assert not price_of(provider="builtin", model="builtin").is_copied


def test_every_list_is_dated_and_every_price_plausible():
    table = tomllib.loads(FILE.read_text())
    assert set(table) < set(PROVIDERS)
    for listed in table.values():
        assert re.fullmatch(r"20\d\d-(0[1-9]|1[0-2])", listed["as_of"])
        assert set(listed["copied"]) <= set(listed["models"]), "each that is named is there"
        for model, (read, written) in listed["models"].items():
            assert 0 < read <= written < 1000, model
