"""What an answer costs, about: the providers' list prices in `prices.toml`, by model."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path

FILE = Path(__file__).with_name("prices.toml")
MILLION = 1_000_000
#: Providers answer with the snapshot that they used: `gpt-4o-mini-2024-07-18`, `claude-haiku-4-5-20251001`.
SNAPSHOT = re.compile(r"-(?:\d{4}-\d{2}-\d{2}|\d{8}|latest)$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """US dollars for a million tokens, as they were in the month `as_of` (`2026-03`).

    `is_copied`: by what others say of the provider's list; nobody here has read it there.
    """

    read: Decimal
    written: Decimal
    as_of: str
    is_copied: bool = False

    def of(self, *, input_tokens: int, output_tokens: int) -> Decimal:
        """US dollars for one answer."""
        return (self.read * input_tokens + self.written * output_tokens) / MILLION


def price_of(*, provider: str, model: str) -> Price | None:
    """None where nobody here knows it: a custom server's, a model that is not in the table. The built-in is free."""
    if provider == "builtin":
        return Price(read=Decimal(0), written=Decimal(0), as_of="")
    listed = _table().get(provider)
    if listed is None:
        return None
    name = SNAPSHOT.sub("", model)
    price = listed["models"].get(name)
    if price is None:
        return None
    return Price(read=price[0], written=price[1], as_of=listed["as_of"], is_copied=name in listed["copied"])


def cost_of(*, provider: str, model: str, input_tokens: int, output_tokens: int) -> Decimal | None:
    """US dollars for one answer at today's price; None where the price is not known, or the provider did not count."""
    price = price_of(provider=provider, model=model)
    if price is None or (provider != "builtin" and not (input_tokens or output_tokens)):
        return None
    return price.of(input_tokens=input_tokens, output_tokens=output_tokens)


@cache
def _table() -> dict[str, dict]:
    return tomllib.loads(FILE.read_text(), parse_float=Decimal)
