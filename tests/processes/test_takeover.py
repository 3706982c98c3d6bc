"""A person takes a conversation over while real workers are at it, and some of these are killed."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import pytest

from tests.processes.businesses import BOOKS
from tests.processes.member import Member
from tests.processes.platform import Platform

pytestmark = pytest.mark.process
PEOPLE = 12
#: Of one person's conversation: its id, and when it was taken over, by the database's clock.
CONVERSATION = f"SELECT id FROM {BOOKS.schema}.bots_conversation WHERE user_phone = %s"
TAKEN_OVER = f"SELECT metadata -> 'events' -> 0 ->> 'at' FROM {BOOKS.schema}.bots_conversation WHERE id = %s"
BEGUN = f"SELECT sending_at, author_id FROM {BOOKS.schema}.bots_message WHERE id = %s"
OUTCOMES = (
    f"SELECT outcome, turn_id FROM {BOOKS.schema}.bots_message"
    " WHERE conversation_id = %s AND direction = 'in' ORDER BY timestamp"
)
#: Of each answer that the AI gave: how many messages and how many suggestions it became.
ANSWERS = (
    f"SELECT (SELECT count(*) FROM {BOOKS.schema}.bots_message WHERE turn_id = turn.id AND direction = 'out'),"
    f"       (SELECT count(*) FROM {BOOKS.schema}.bots_suggestion WHERE turn_id = turn.id)"
    f" FROM {BOOKS.schema}.bots_turn AS turn WHERE turn.conversation_id = %s AND turn.outcome = 'answered'"
)


@pytest.fixture(scope="module")
def member(running_platform: Platform) -> Member:
    running_platform.begin()
    return Member(running_platform, BOOKS)


def conversation_of(platform: Platform, user: str) -> UUID:
    platform.wait_until(lambda: platform.database.query(CONVERSATION, [user]) != [], what="kept")
    [[conversation_id]] = platform.database.query(CONVERSATION, [user])
    return conversation_id


def taken_over(platform: Platform, member: Member, user: str) -> UUID:
    """The conversation, once the member's takeover of it was confirmed."""
    conversation_id = conversation_of(platform, user)
    assert member.post(f"/conversations/{conversation_id}/take-over/").status_code == 302
    return conversation_id


def spoke_after_the_takeover(platform: Platform, user: str, conversation_id: UUID) -> list[str]:
    """What reached the person of the bot's, though its send had not begun when they were taken over."""
    [[at]] = platform.database.query(TAKEN_OVER, [conversation_id])
    late = []
    for reply in platform.phone.replies(number=BOOKS.number, user=user):
        [[begun, author]] = platform.database.query(BEGUN, [reply["status_callback"].rstrip("/").rpartition("/")[2]])
        if author is None and begun > datetime.fromisoformat(at):
            late.append(reply["body"])
    return late


@pytest.mark.slow
def test_after_a_confirmed_takeover_the_bot_begins_no_send_though_workers_are_killed(
    platform: Platform, member: Member
) -> None:
    people = [platform.somebody() for _ in range(PEOPLE)]
    platform.far_end.fails_with("delay", seconds=0.4, key=BOOKS.api_key)
    for user in people:
        platform.write(BOOKS, f"I am {user}", user=user)
    taken: dict[str, UUID] = {}
    for place, user in enumerate(people):
        taken[user] = taken_over(platform, member, user)
        platform.write(BOOKS, "Is anybody there?", user=user)
        if place == PEOPLE // 2:
            platform.worker.kill()
            platform.start()
        path = f"/conversations/{taken[user]}/reply/"
        assert member.post(path, text=f"A person is here for {user}").status_code == 302
    platform.wait_until_idle(BOOKS)

    for user, conversation_id in taken.items():
        assert spoke_after_the_takeover(platform, user, conversation_id) == []
        assert platform.replies(BOOKS, user=user).count(f"A person is here for {user}") == 1
        outcomes = [outcome for outcome, _ in platform.database.query(OUTCOMES, [conversation_id])]
        assert len(outcomes) == 2
        assert set(outcomes) <= {"answered", "merged", "human"}
        assert outcomes[-1] == "human"
        for messages, suggestions in platform.database.query(ANSWERS, [conversation_id]):
            assert messages + suggestions == 1, "an answer is lost, or there twice"


def test_a_person_need_not_wait_for_the_bot_to_think(platform: Platform, member: Member, user: str) -> None:
    platform.far_end.fails_with("delay", seconds=4.0, key=BOOKS.api_key, times=1)
    platform.write(BOOKS, "How long is War and Peace?", user=user)
    platform.wait_until(lambda: len(platform.asked(BOOKS.api_key)) == 1, what="asked")
    conversation_id = taken_over(platform, member, user)
    assert member.post(f"/conversations/{conversation_id}/reply/", text="*1,225* pages").status_code == 302
    [reply] = platform.phone.wait_for_replies(number=BOOKS.number, user=user)
    assert reply["body"] == "*1,225* pages"
    assert platform.database.query(ANSWERS, [conversation_id]) == [], "the AI was quicker"

    platform.wait_until(lambda: platform.database.query(ANSWERS, [conversation_id]) == [(0, 1)], what="a suggestion")
    platform.wait_until_idle(BOOKS)
    assert platform.replies(BOOKS, user=user) == ["*1,225* pages"]


def test_a_file_of_a_members_is_fetched_by_the_provider_and_shown(
    platform: Platform, member: Member, user: str
) -> None:
    platform.ask(BOOKS, "Have you a list?", user=user)
    conversation_id = taken_over(platform, member, user)
    content = b"%PDF-1.7\nA list of books"
    sent = member.post(
        f"/conversations/{conversation_id}/reply/", files={"file": ("Our list.pdf", content)}, text="Here it is"
    )
    assert sent.status_code == 302
    replies = platform.phone.wait_for_replies(number=BOOKS.number, user=user, count=2)
    assert replies[-1]["body"] == "Here it is"
    platform.wait_until(lambda: _status_of(platform, replies[-1]["sid"]) == "delivered", what="delivered")


def test_a_note_that_is_given_back_with_the_conversation_is_told_to_the_model(
    platform: Platform, member: Member, user: str
) -> None:
    platform.ask(BOOKS, "Hello", user=user)
    conversation_id = taken_over(platform, member, user)
    given = member.post(f"/conversations/{conversation_id}/give-back/", note="They like Tolstoy.")
    assert given.status_code == 302
    platform.ask(BOOKS, "What should I read?", user=user)

    assert "They like Tolstoy." in str(platform.asked(BOOKS.api_key)[-1]["body"])
    assert not any("Tolstoy" in reply for reply in platform.replies(BOOKS, user=user))


def _status_of(platform: Platform, external_id: str) -> str:
    [[status]] = platform.database.query(
        f"SELECT status FROM {BOOKS.schema}.bots_message WHERE external_id = %s", [external_id]
    )
    return status
