"""Text from elsewhere, as it can be kept and sent."""

from __future__ import annotations


def storable(text: str) -> str:
    """The text without what PostgreSQL's text and UTF-8 cannot hold: NUL, and halves of characters, which are joined
    where both are there."""
    if not text.isascii():
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text.replace("\0", "")
