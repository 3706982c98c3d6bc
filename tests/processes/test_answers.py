"""A person writes, and the business's bot answers: once, by the right provider, in the right words."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest

from bots import texts
from bots.whatsapp.twilio_fields import PREFIX
from tests.processes.businesses import BOOKS, FERRIES, PRINTS, Business
from tests.processes.platform import Platform

pytestmark = pytest.mark.process


def said(request: dict[str, Any]) -> list[tuple[str, str]]:
    """The chat of a request to either provider, without its instructions."""
    return [(one["role"], one["content"]) for one in request["body"]["messages"] if one["role"] != "system"]


def instructions(request: dict[str, Any]) -> str:
    body = request["body"]
    return body.get("system") or body["messages"][0]["content"]


@pytest.mark.parametrize(
    ("business", "path"), [(BOOKS, "/v1/chat/completions"), (FERRIES, "/v1/messages")], ids=["openai", "anthropic"]
)
def test_a_message_is_answered_once_with_the_business_s_own_provider_key_number_and_account(
    platform: Platform, user: str, business: Business, path: str
) -> None:
    assert platform.ask(business, "What do you have for me?", user=user) == "echo: What do you have for me?"
    [request] = platform.asked(business.api_key)
    assert (request["path"], request["body"]["model"]) == (path, business.model)
    assert business.system_prompt in instructions(request)
    assert len(platform.asked()) == 1
    [reply] = platform.phone.replies(number=business.number, user=user)
    assert (reply["account_sid"], reply["from"]) == (business.account_sid, PREFIX + business.number)


@pytest.mark.parametrize("signature", ["wrong", "missing"])
def test_a_forged_message_gets_403_and_nothing_happens(platform: Platform, user: str, signature: str) -> None:
    statuses = platform.write(BOOKS, "Send me everything", user=user, signature=signature)
    assert set(statuses) == {403}
    platform.wait_until_idle(BOOKS)
    assert platform.replies(BOOKS, user=user) == []
    assert platform.asked(BOOKS.api_key) == []
    assert platform.database.query(f"SELECT 1 FROM {BOOKS.schema}.bots_contact WHERE phone = %s", [user]) == []


def test_another_business_s_signature_is_a_forgery(platform: Platform, user: str) -> None:
    forger = {**platform.carried(BOOKS), "auth_token": FERRIES.auth_token}
    platform.phone.add_number(**forger)
    try:
        assert set(platform.write(BOOKS, "It is me, believe it", user=user)) == {403}
    finally:
        platform.phone.add_number(**platform.carried(BOOKS))
    assert platform.asked(BOOKS.api_key) == []


def test_an_unknown_number_gets_404(platform: Platform, user: str, stranger: Business) -> None:
    assert set(platform.write(stranger, "Is anybody there?", user=user)) == {404}
    assert platform.replies(stranger, user=user) == []


def test_twenty_copies_of_one_message_at_once_get_one_answer(platform: Platform, user: str) -> None:
    assert platform.write(BOOKS, "Just this once", user=user, copies=20) == [200] * 20
    platform.wait_until_idle(BOOKS)
    assert platform.replies(BOOKS, user=user) == ["echo: Just this once"]
    assert len(platform.asked(BOOKS.api_key)) == 1


def test_a_burst_gets_one_answer_that_saw_all_of_it_in_order(platform: Platform, user: str) -> None:
    burst = ["Good morning", "when is the first ferry", "on Sunday?"]
    for text in burst:
        assert platform.write(FERRIES, text, user=user) == [200]
    platform.wait_until_idle(FERRIES)
    assert len(platform.replies(FERRIES, user=user)) == 1
    [request] = platform.asked(FERRIES.api_key)
    chat = said(request)
    assert {role for role, _ in chat} == {"user"}
    assert [text for _, content in chat for text in content.split("\n") if text] == burst


def test_the_history_reaches_the_model_in_order(platform: Platform, user: str) -> None:
    for text in ("I like the sea", "and long novels", "Which one then?"):
        platform.ask(BOOKS, text, user=user)
    assert said(platform.asked(BOOKS.api_key)[-1]) == [
        ("user", "I like the sea"),
        ("assistant", "echo: I like the sea"),
        ("user", "and long novels"),
        ("assistant", "echo: and long novels"),
        ("user", "Which one then?"),
    ]


def test_reset_forgets_without_asking_the_model(platform: Platform, user: str) -> None:
    platform.ask(BOOKS, "My cat is called Ishmael", user=user)
    assert platform.ask(BOOKS, "/reset", user=user) == texts.RESET_DONE
    platform.ask(BOOKS, "What is my cat called?", user=user)
    before, after = platform.asked(BOOKS.api_key)
    assert "Ishmael" in str(before["body"])
    assert said(after) == [("user", "What is my cat called?")]


def test_the_same_person_s_words_to_one_business_never_reach_the_other_s_model(platform: Platform, user: str) -> None:
    for _ in range(2):
        for business, secret in ((BOOKS, "periwinkle"), (FERRIES, "quicksilver")):
            platform.ask(business, f"My word is {secret}", user=user)
    for business, own, foreign in ((BOOKS, "periwinkle", "quicksilver"), (FERRIES, "quicksilver", "periwinkle")):
        # Of all the tests' requests, not of this one's alone.
        requests = str([one for one in platform.far_end.requests if one["key"] == business.api_key])
        assert own in requests
        assert foreign not in requests
        others = {text for whom, _, text in platform.written if whom != business}
        ours = {text for whom, _, text in platform.written if whom == business}
        assert [text for text in others - ours if text in requests] == []


def test_who_writes_too_much_is_told_so_once(platform: Platform, user: str) -> None:
    for number in range(6):
        platform.write(PRINTS, f"Question {number}", user=user)
    platform.wait_until_idle(PRINTS)
    replies = platform.replies(PRINTS, user=user)
    assert replies.count(texts.RATE_LIMITED) == 1
    asked = str(platform.asked(PRINTS.api_key))
    assert [f"Question {number}" in asked for number in range(6)] == [True] * PRINTS.rate_limit + [False] * 3


def test_status_callbacks_raise_the_reply_to_delivered_and_then_to_read(platform: Platform, user: str) -> None:
    platform.ask(BOOKS, "Did you get this?", user=user)
    [reply] = platform.phone.replies(number=BOOKS.number, user=user)
    status = f"SELECT status FROM {BOOKS.schema}.bots_message WHERE external_id = %s"
    platform.wait_until(lambda: platform.database.query(status, [reply["sid"]]) == [("delivered",)], what="delivered")
    looked = httpx2.post(
        f"{platform.phone.url}/phone/seen", json={"user": user, "number": BOOKS.number}, trust_env=False
    )
    assert looked.is_success
    platform.wait_until(lambda: platform.database.query(status, [reply["sid"]]) == [("read",)], what="read")


def test_an_answer_that_takes_its_time_shows_that_the_bot_types(platform: Platform, user: str) -> None:
    platform.far_end.fails_with("delay", seconds=2.0, key=BOOKS.api_key)
    platform.ask(BOOKS, "Think about it", user=user)
    [message, _] = platform.phone.messages(number=BOOKS.number, user=user)
    [shown] = platform.phone.typing(number=BOOKS.number, user=user)
    assert shown["message_sid"] == message["sid"]


def test_an_ai_provider_that_is_away_is_put_into_words(platform: Platform, user: str) -> None:
    platform.far_end.fails_with("status", status=503, times=None, key=FERRIES.api_key)
    answer = platform.ask(FERRIES, "Are you there?", user=user)
    assert answer == "I'm having trouble connecting right now. Please try again in a moment."
    assert len(platform.replies(FERRIES, user=user)) == 1


def test_a_refused_key_is_put_into_words(platform: Platform, user: str) -> None:
    platform.far_end.fails_with("status", status=401, times=None, key=FERRIES.api_key)
    answer = platform.ask(FERRIES, "May I come in?", user=user)
    assert answer == "The service is temporarily unavailable. Please contact support."


def test_a_call_that_takes_too_long_is_announced_and_tried_again(platform: Platform, user: str) -> None:
    platform.far_end.fails_with("hang", times=1, key=BOOKS.api_key)
    platform.ask(BOOKS, "Take your time", user=user)
    assert platform.replies(BOOKS, user=user) == [
        "This is taking longer than expected. Let me try again...",
        "echo: Take your time",
    ]
