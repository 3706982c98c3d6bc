"""A message with pictures, as each API writes it: pictures first, then the words about them."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

from bots.ai.base import ChatMessage, Image


def as_openai(message: ChatMessage) -> dict[str, Any]:
    """https://platform.openai.com/docs/api-reference/chat/create"""
    if not message.get("images"):
        return {"role": message["role"], "content": message["content"]}
    shown = [{"type": "image_url", "image_url": {"url": _data_url(image)}} for image in message["images"]]
    return {"role": message["role"], "content": [*shown, *_text(message)]}


def as_anthropic(message: ChatMessage) -> dict[str, Any]:
    """https://docs.anthropic.com/en/api/messages"""
    if not message.get("images"):
        return {"role": message["role"], "content": message["content"]}
    shown = [
        {"type": "image", "source": {"type": "base64", "media_type": image.content_type, "data": _base64(image)}}
        for image in message["images"]
    ]
    return {"role": message["role"], "content": [*shown, *_text(message)]}


def _text(message: ChatMessage) -> list[dict[str, Any]]:
    return [{"type": "text", "text": message["content"]}] if message["content"].strip() else []


def _data_url(image: Image) -> str:
    return f"data:{image.content_type};base64,{_base64(image)}"


def _base64(image: Image) -> str:
    return b64encode(image.content).decode()
