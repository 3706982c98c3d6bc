"""Which models see pictures, which pictures they take, and how large these may be."""

from __future__ import annotations

import re

#: provider -> what the names of its seeing models begin with. What is not here can be told by `[ai] vision = true`.
#: https://platform.openai.com/docs/guides/images-vision, https://docs.anthropic.com/en/docs/build-with-claude/vision
SEEING = {
    "openai": re.compile(r"(chatgpt-|gpt-4o|gpt-4\.1|gpt-4\.5|gpt-4-turbo|gpt-[5-9]|o[134](-pro|-20|$)|o4-mini)"),
    "anthropic": re.compile(r"claude-(3(?!-5-haiku)|opus|sonnet|haiku|[4-9])"),
}
#: Names that begin like a seeing model's, of models that hear, speak or search instead.
BLIND = re.compile(r"audio|realtime|transcribe|tts|search|gpt-4-turbo-preview")

#: Both vendors take these. A sticker is a WebP; a moving one is taken by neither.
IMAGE_TYPES = frozenset({"image/jpeg", "image/png", "image/webp", "image/gif"})
#: Bytes of one image. Anthropic takes 5 MB as base64, which is a third longer than the image; OpenAI takes more than
#: WhatsApp carries. For servers of others the smaller bound holds.
MAX_IMAGE_BYTES = {"openai": 16 * 1024 * 1024}
OTHERS_MAX_IMAGE_BYTES = 5 * 1024 * 1024 * 3 // 4
#: Bytes of all the images of one call: Anthropic takes requests of 32 MB, base64 and all.
MAX_CALL_BYTES = 20 * 1024 * 1024


def sees(*, provider: str, model: str, told: bool | None) -> bool:
    """Whether images can be shown to the model. `told`: what the configuration says of it; None: nothing."""
    if provider == "builtin":
        return False
    if told is not None:
        return told
    pattern = SEEING.get(provider)
    return bool(pattern and pattern.match(model) and not BLIND.search(model))


def max_image_bytes(provider: str) -> int:
    return MAX_IMAGE_BYTES.get(provider, OTHERS_MAX_IMAGE_BYTES)
