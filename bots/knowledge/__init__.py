"""A tenant's knowledge: texts and files, cut into passages, found by their words and, if wanted, by their meaning."""

from bots.knowledge.cutting import PASSAGE_LENGTH, cut
from bots.knowledge.finding import MOST_PASSAGES, search, topics
from bots.knowledge.sources import replace

__all__ = ["MOST_PASSAGES", "PASSAGE_LENGTH", "cut", "replace", "search", "topics"]
