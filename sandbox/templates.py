"""The templates that every business at the stand-ins has: approved ones, and one that WhatsApp has not approved yet."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """`examples`: what stands for each variable, in their order."""

    name: str
    body: str
    examples: tuple[str, ...]
    category: str = "utility"
    language: str = "en"
    status: str = "approved"

    @property
    def sid(self) -> str:
        """Always the same, as Twilio writes it."""
        return "HX" + hashlib.sha256(self.name.encode()).hexdigest()[:32]

    def filled(self, values: Mapping[str, str]) -> str:
        """With examples where no value is given, as Twilio does it."""
        known = {str(place): example for place, example in enumerate(self.examples, 1)} | dict(values)
        return re.sub(r"{{(\d+)}}", lambda found: known.get(found[1], found[0]), self.body)


TEMPLATES = (
    Sample(
        name="order_ready",
        body="Hi {{1}}, your order {{2}} is ready. Come by whenever it suits you!",
        examples=("Ada", "1042"),
    ),
    Sample(
        name="we_have_an_answer",
        body="Hello {{1}}, we have an answer to your question. Reply to this message to go on.",
        examples=("Ada",),
    ),
    Sample(
        name="open_again",
        body="We are open again. See you soon!",
        examples=(),
        category="marketing",
    ),
    Sample(
        name="summer_sale",
        body="{{1}}% off everything until Sunday.",
        examples=("20",),
        category="marketing",
        status="pending",
    ),
)
