"""One person writes on and on, while two workers answer: their turns never overlap, and skip and repeat nothing."""

from __future__ import annotations

import pytest

from tests.processes.businesses import BOOKS
from tests.processes.platform import Platform
from tests.processes.test_answers import said
from tests.processes.test_handovers import another

pytestmark = [pytest.mark.process, pytest.mark.slow]
MESSAGES = [f"Sentence number {number}." for number in range(14)]
OUTCOMES = (
    "SELECT m.content, m.outcome, m.turn_id"
    f" FROM {BOOKS.schema}.bots_message m JOIN {BOOKS.schema}.bots_conversation c ON c.id = m.conversation_id"
    " WHERE c.user_phone = %s AND m.direction = %s ORDER BY m.timestamp"
)


def test_each_turn_has_heard_what_the_one_before_it_said(platform: Platform, user: str) -> None:
    """So it began after that one had ended."""
    platform.far_end.fails_with("delay", seconds=0.3, key=BOOKS.api_key, times=None)
    with another(platform, "worker"):
        for text in MESSAGES:
            assert platform.write(BOOKS, text, user=user) == [200]
        platform.wait_until_idle(BOOKS)
    received = platform.database.query(OUTCOMES, [user, "in"])
    replies = platform.database.query(OUTCOMES, [user, "out"])
    assert [text for text, _, _ in received] == MESSAGES
    turns = list(dict.fromkeys(turn for _, _, turn in received))
    assert [turn for _, _, turn in replies] == turns, "a turn without a reply, or with two"
    for turn in turns:
        *earlier, last = [outcome for _, outcome, of in received if of == turn]
        assert (set(earlier), last) == ({"merged"} if earlier else set(), "answered")
    assert 1 < len(turns) < len(MESSAGES), "nothing was written during an answer"

    assert platform.replies(BOOKS, user=user) == [text for text, _, _ in replies]
    asked = [said(one) for one in platform.asked(BOOKS.api_key)]
    assert len(asked) == len(turns)
    for place, chat in enumerate(asked):
        spoken = [text for role, text in chat if role == "assistant"]
        assert spoken == [text for text, _, _ in replies[:place]][-len(spoken) :] if place else spoken == []
        assert not place or spoken
