"""The fixed texts that contacts get."""

from __future__ import annotations

AI_UNAVAILABLE = "I'm having trouble connecting right now. Please try again in a moment."
RATE_LIMITED = "I'm receiving a lot of messages. Please wait a moment before sending another."
INVALID_CONFIGURATION = "The service is temporarily unavailable. Please contact support."
TIMEOUT = "This is taking longer than expected. Let me try again..."

RESET_DONE = "Done. I've forgotten our conversation so far. How can I help?"
WORDS_ONLY = "I can only read text messages for now. Please write your question in words."
