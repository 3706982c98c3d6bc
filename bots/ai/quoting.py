"""Which words of the tenant's knowledge answer a question."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bots.ai.base import Passage
from bots.ai.excerpts import Excerpt, blocks, excerpts
from bots.ai.shapes import SHAPES
from bots.ai.synonyms import KIN, WEIGHT, asked_words
from bots.ai.words import all_words, fold, likeness

MOST_EXCERPTS = 3
#: Characters. A passage that answers as a whole is cut at a line's end before this.
LONGEST_QUOTE = 600

#: A word in the heading or title above says what an excerpt is about, but less surely than the excerpt itself.
HEADING_WEIGHT, QUESTION_WEIGHT, TITLE_WEIGHT = 0.6, 1.0, 0.5
SHAPE_WEIGHT = 0.5
#: What a sentence begins with is mostly what it is about.
SUBJECT_WEIGHT = 0.1
SEVERAL = re.compile(r"\b(?:and|or|y|o|et|ou|und|oder|e)\b|[,&+]")

#: The part of a question's words that must be met before an excerpt counts as its answer, or how many of them.
LEAST_COVERAGE, ENOUGH_WORDS = 0.5, 2
#: How alike another word for the same thing must be to one of the text: it is not forgiven a slip of the finger.
LEAST_KINSHIP = 0.85
#: Words that many questions hold, whatever they are about: meeting them alone answers nothing.
LIGHT_WORDS = frozenset(
    all_words("""
    sell sells buy offer offers available possible today tomorrow now day days time people person work good best new
    vender vendeis ofrecen verkaufen anbieten heute morgen vendez proposez vendete offrite vendem oferecem
    """)
)


def quote(question: str, *, passages: Sequence[Passage]) -> str:
    """The excerpts that answer the question, word for word; empty if none does.

    One line or sentence where that says it; several where the question names several things ("a croissant and a
    baguette"); the whole block or passage where the question asks for its heading or title and nothing more ("what
    are your opening hours?").
    """
    asked = asked_words(question)
    known = [excerpt for rank, passage in enumerate(passages) for excerpt in excerpts(passage, rank=rank)]
    if not asked or not known:
        return ""
    best = max(known, key=lambda excerpt: score(excerpt, asked=asked, question=question))
    if not is_answer(best, asked=asked, question=question):
        return ""
    if not met(best.words, asked) or names_the_passage(asked, title=best.title_words):
        return whole(best, asked=asked)
    chosen = [best]
    if SEVERAL.search(fold(question)):
        chosen += further(known, best=best, asked=asked, question=question)
    chosen.sort(key=lambda excerpt: excerpt.place)
    return "\n".join(dict.fromkeys(excerpt.text for excerpt in chosen))


def score(excerpt: Excerpt, *, asked: Sequence[str], question: str) -> float:
    heading_weight = QUESTION_WEIGHT if excerpt.block.is_answer else HEADING_WEIGHT
    total = 0.0
    for word in asked:
        total += max(
            nearest(word, excerpt.words),
            nearest(word, excerpt.heading_words) * heading_weight,
            nearest(word, excerpt.title_words) * TITLE_WEIGHT,
        )
    total += SHAPE_WEIGHT * fitting_shapes(excerpt, question=question)
    if met(excerpt.words[:1], asked):
        total += SUBJECT_WEIGHT
    # Among equals: the shorter one, then the passage that the search found better.
    return total - 0.01 * len(excerpt.words) - 0.005 * excerpt.place[0]


def fitting_shapes(excerpt: Excerpt, *, question: str) -> int:
    folded = fold(question)
    return sum(1 for asks, fits in SHAPES if asks.search(folded) and fits.search(excerpt.text))


def is_answer(excerpt: Excerpt, *, asked: Sequence[str], question: str) -> bool:
    weighty = [word for word in asked if word not in LIGHT_WORDS] or asked
    covered = len(met(excerpt.words + excerpt.heading_words + excerpt.title_words, weighty))
    if covered:
        covered += fitting_shapes(excerpt, question=question)
    return covered >= ENOUGH_WORDS or covered / len(weighty) >= LEAST_COVERAGE


def further(known: Sequence[Excerpt], *, best: Excerpt, asked: Sequence[str], question: str) -> list[Excerpt]:
    """For the words that the best excerpt leaves open, the best one each."""
    found: list[Excerpt] = []
    open_words = [word for word in asked if word not in met(best.words + best.heading_words + best.title_words, asked)]
    while open_words and len(found) < MOST_EXCERPTS - 1:
        word = open_words[0]
        candidates = [excerpt for excerpt in known if met(excerpt.words, [word])]
        if candidates:
            found.append(max(candidates, key=lambda excerpt: score(excerpt, asked=asked, question=question)))
            open_words = [other for other in open_words if other not in met(found[-1].words, open_words)]
        else:
            open_words.remove(word)
    return found


def whole(excerpt: Excerpt, *, asked: Sequence[str]) -> str:
    """The block if its heading fits, else the passage under its title; at most `LONGEST_QUOTE` characters."""
    if met(excerpt.heading_words, asked):
        lines = excerpt.block.all_lines
    else:
        title = excerpt.passage.title.strip()
        lines = [f"{title}:"] * bool(title) + [
            line for block in blocks(excerpt.passage.text) for line in block.all_lines
        ]
    first, *rest = dict.fromkeys(lines)  # a heading that holds for two blocks is said once
    kept, length = [first], len(first)
    for line in rest:
        length += 1 + len(line)
        if length > LONGEST_QUOTE:
            break
        kept.append(line)
    return "\n".join(kept).strip()[:LONGEST_QUOTE]


def names_the_passage(asked: Sequence[str], *, title: Sequence[str]) -> bool:
    """Whether the question and the title say the same, neither of them more."""
    return bool(title) and met(title, asked) == list(asked) and met(asked, title) == list(title)


def met(words: Sequence[str], asked: Sequence[str]) -> list[str]:
    """Those of the words asked for that the others hold."""
    return [word for word in asked if nearest(word, words)]


def nearest(word: str, words: Sequence[str]) -> float:
    """How surely the word, or another one for the same thing, is among the others."""
    itself = max((likeness(word, other) for other in words), default=0.0)
    kin = KIN.get(word, ())
    if itself >= WEIGHT or not kin:
        return itself
    return WEIGHT if any(likeness(one, other) >= LEAST_KINSHIP for one in kin for other in words) else itself
