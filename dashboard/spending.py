"""What an answer took, in words: tokens, and dollars by the provider's list price."""

from __future__ import annotations

from decimal import Decimal
from typing import Protocol

from bots.ai.prices import Price, price_of

#: US dollars. Smaller sums differ by nothing that anybody would notice.
LEAST = Decimal("0.0001")
UNKNOWN = "unknown"


class Spent(Protocol):
    """What is known of the calls for one answer."""

    @property
    def provider(self) -> str: ...
    @property
    def model_name(self) -> str: ...
    @property
    def input_tokens(self) -> int: ...
    @property
    def output_tokens(self) -> int: ...
    #: The provider did not count; we did.
    @property
    def is_estimate(self) -> bool: ...


def tokens(spent: Spent, *, unit: str = "") -> str:
    """`412 in, 38 out`; with a unit, `412 tokens in, 38 out`."""
    if spent.provider == "builtin":
        return f"no{unit}" if unit else "none"
    about = "about " if spent.is_estimate else ""
    return f"{about}{spent.input_tokens:,}{unit} in, {spent.output_tokens:,} out"


def cost(spent: Spent) -> str:
    """`about $0.0003`, by the provider's list price."""
    price = price_of(provider=spent.provider, model=spent.model_name)
    if price is None:
        return UNKNOWN
    return dollars(_of(price, spent))


def dollars(amount: Decimal) -> str:
    if not amount:
        return "free"
    return f"about ${amount:.2g}" if amount >= LEAST else f"less than ${LEAST}"


def price_words(spent: Spent, *, paid: Decimal | None = None) -> str:
    """Where the cost comes from. `paid`: what it was when the answer was made, where that was kept."""
    price = price_of(provider=spent.provider, model=spent.model_name)
    if paid is not None and (price is None or paid != _of(price, spent)):
        return "By the list price of that day. Our table has another one now."
    if price is None:
        return "There is no price for this model in our table."
    if not price.as_of:
        return "The built-in answerer costs nothing."
    listed = f"${price.read} for a million tokens in, ${price.written} out: the list price of {price.as_of}"
    return f"{listed}, as others copied it; we have not read it at the provider’s." if price.is_copied else f"{listed}."


def _of(price: Price, spent: Spent) -> Decimal:
    return price.of(input_tokens=spent.input_tokens, output_tokens=spent.output_tokens)
