"""What the model is told: instructions, what the business knows, the history, the new messages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bots.ai.base import ChatMessage, Image, Passage
from bots.media.abilities import BLIND_AND_DEAF, Abilities
from bots.variables import fill

DEFAULT_INSTRUCTIONS = (
    "You are the assistant of {name} on WhatsApp. Answer questions about {name} and stay on that topic."
)

#: Every prompt holds these, and then what the bot can open (`Abilities`). Meta bars general-purpose assistants on
#: WhatsApp; a bot has a stated purpose.
HOUSE_RULES = (
    "You write WhatsApp messages: short, plain, friendly, in the language of the person you talk with. "
    "If you do not know something, say so instead of guessing."
)

FROM_A_COLLEAGUE = (
    "A colleague wrote with this person before you and gives the conversation to you. Go by what they let you know, "
    "and do not mention that they did:"
)

NOT_SHOWN = "[It could not be shown to you. Say so, and answer what is written.]"


def build(
    *,
    tenant_name: str,
    instructions: str,
    passages: Sequence[Passage],
    history: Sequence[ChatMessage],
    new: Sequence[str],
    abilities: Abilities = BLIND_AND_DEAF,
    images: Mapping[int, Sequence[Image]] = {},
    known: Mapping[str, str] = {},
    note: str = "",
) -> list[ChatMessage]:
    """The chat for the model: one system message, the history oldest first, each new message in its order.

    `images`: what is shown with a new message, by its place in `new`; `known`: the values of the variables in the
    instructions (`bots.variables`); `note`: what a colleague, who spoke with the person before, lets the model know.
    """
    rules = f"{HOUSE_RULES} {abilities.for_the_model()}"
    purpose = fill(instructions, known=known) if instructions else DEFAULT_INSTRUCTIONS.format(name=tenant_name)
    system = [purpose.strip(), rules]
    if passages:
        said = "\n\n".join(f"### {passage.title}\n{passage.text}" for passage in passages)
        system.append(f"What {tenant_name} says about itself; prefer it to what you know:\n\n{said}")
    if note:
        system.append(f"{FROM_A_COLLEAGUE}\n\n{note}")
    return [
        ChatMessage(role="system", content="\n\n".join(system)),
        *_beginning_with_the_user(history),
        *(_new(text, images=images.get(place, ())) for place, text in enumerate(new)),
    ]


def without_images(messages: list[ChatMessage]) -> list[ChatMessage]:
    """The chat for a model that cannot be shown what came with it; the same chat where nothing did."""
    if not any("images" in message for message in messages):
        return messages
    return [
        ChatMessage(role=message["role"], content=f"{message['content']}\n{NOT_SHOWN}")
        if "images" in message
        else message
        for message in messages
    ]


def recorded(messages: Sequence[ChatMessage]) -> list[dict[str, Any]]:
    """The chat as a turn keeps it: of an image its id, type and size, never the image."""
    return [
        {
            **message,
            "images": [
                {"id": image.id, "content_type": image.content_type, "bytes": len(image.content)}
                for image in message["images"]
            ],
        }
        if "images" in message
        else {**message}
        for message in messages
    ]


def _new(text: str, *, images: Sequence[Image]) -> ChatMessage:
    message = ChatMessage(role="user", content=text)
    if images:
        message["images"] = images
    return message


def _beginning_with_the_user(history: Sequence[ChatMessage]) -> Sequence[ChatMessage]:
    """A window may be cut right before an answer; without its question an answer only confuses (and some providers
    refuse a chat that begins with the assistant)."""
    for index, message in enumerate(history):
        if message["role"] == "user":
            return history[index:]
    return []
