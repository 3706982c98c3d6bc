"""What the model is told: instructions, what the business knows, the history, the new messages."""

from __future__ import annotations

from collections.abc import Sequence

from bots.ai.base import ChatMessage, Passage

DEFAULT_INSTRUCTIONS = (
    "You are the assistant of {name} on WhatsApp. Answer questions about {name} and stay on that topic."
)

#: Every prompt ends with these. Meta bars general-purpose assistants on WhatsApp; a bot has a stated purpose.
HOUSE_RULES = (
    "You write WhatsApp messages: short, plain, friendly, in the language of the person you talk with. "
    "If you do not know something, say so instead of guessing. You cannot open images, voice notes or files."
)


def build(
    *,
    tenant_name: str,
    instructions: str,
    passages: Sequence[Passage],
    history: Sequence[ChatMessage],
    new: Sequence[str],
) -> list[ChatMessage]:
    """The chat for the model: one system message, the history oldest first, each new message in its order."""
    system = [(instructions or DEFAULT_INSTRUCTIONS.format(name=tenant_name)).strip(), HOUSE_RULES]
    if passages:
        known = "\n\n".join(f"### {passage.title}\n{passage.text}" for passage in passages)
        system.append(f"What {tenant_name} says about itself; prefer it to what you know:\n\n{known}")
    return [
        ChatMessage(role="system", content="\n\n".join(system)),
        *_beginning_with_the_user(history),
        *(ChatMessage(role="user", content=text) for text in new),
    ]


def _beginning_with_the_user(history: Sequence[ChatMessage]) -> Sequence[ChatMessage]:
    """A window may be cut right before an answer; without its question an answer only confuses (and some providers
    refuse a chat that begins with the assistant)."""
    for index, message in enumerate(history):
        if message["role"] == "user":
            return history[index:]
    return []
