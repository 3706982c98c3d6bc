"""A second provider, asked when the first fails: both are true far ends on sockets."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection

from bots import texts, turns
from bots.ai import breaker
from bots.models import AIConfiguration, Conversation, Turn
from bots.models.clock import database_time
from tests.ai.conftest import KEY, FarEnd


@pytest.fixture(scope="module")
def running_second() -> Iterator[FarEnd]:
    far_end = FarEnd()
    yield far_end
    far_end.stop()


@pytest.fixture
def second(running_second: FarEnd) -> FarEnd:
    running_second.reset()
    return running_second


@pytest.fixture
def fallback(bot: AIConfiguration, second: FarEnd) -> AIConfiguration:
    """Whom the bot asks when its own provider fails."""
    bot.fallback = AIConfiguration.objects.create(
        is_active=False,
        provider="custom",
        api_key=KEY,
        base_url=f"http://127.0.0.1:{second.port}/v1",
        model_name="echo-second",
        max_tokens=77,
    )
    bot.save()
    return bot.fallback


@pytest.fixture
def hurried(settings: Any) -> None:
    settings.AI_REQUEST_TIMEOUT = 0.5


def asked(far_end: FarEnd) -> int:
    return sum(request["method"] == "POST" for request in far_end.requests)


#: What goes wrong -> how often the first is asked, and what is kept of it.
MENDABLE: dict[str, tuple[dict[str, Any], int, str]] = {
    "500": ({"mode": "status", "status": 500}, 3, "unavailable"),
    "rate limit": ({"mode": "status", "status": 429}, 3, "rate_limited"),
    "long rate limit": ({"mode": "status", "status": 429, "retry_after": "25"}, 1, "rate_limited"),
    "refused key": ({"mode": "status", "status": 401}, 1, "credentials"),
    "quota": ({"mode": "status", "status": 429, "code": "insufficient_quota"}, 1, "configuration"),
    "unknown model": ({"mode": "status", "status": 404, "code": "model_not_found"}, 1, "configuration"),
    "nonsense": ({"mode": "malformed"}, 3, "unavailable"),
}


@pytest.mark.usefixtures("fallback")
@pytest.mark.parametrize("name", MENDABLE)
def test_what_another_provider_may_mend_the_fallback_answers(talk, second, name):
    fault, calls, kind = MENDABLE[name]
    talk.ai.fails_with(**fault, times=None)

    assert talk.say("hello") == ["echo: hello"]
    assert talk.outcomes == [("answered", "")]
    assert (asked(talk.ai), asked(second)) == (calls, 1)
    turn = Turn.objects.get()
    assert (turn.outcome, turn.provider, turn.model_name, turn.is_fallback) == (
        "answered", "custom", "echo-second", True,
    )  # fmt: skip
    assert turn.error.startswith(f"{kind}: ")
    assert turn.attempts == calls + 1
    assert second.requests[-1]["body"]["max_tokens"] == 77


def test_while_the_first_answers_nobody_else_is_asked(talk, fallback, second):
    assert talk.say("hello") == ["echo: hello"]

    assert asked(second) == 0
    assert (talk.last_turn.is_fallback, talk.last_turn.model_name, talk.last_turn.error) == (False, "echo-small", "")


def test_the_fallback_is_told_what_the_first_was_told(talk, fallback, second):
    talk.say("my name is Ada")
    talk.ai.fails_with("status", status=500, times=3)
    talk.say("who am I?")

    assert second.requests[-1]["body"]["messages"] == talk.ai.requests[-1]["body"]["messages"]


def test_a_first_that_takes_too_long_is_owned_up_to_and_not_asked_twice(talk, fallback, second, hurried):
    talk.ai.fails_with("hang", times=None)

    assert talk.say("hello") == [texts.TIMEOUT, "echo: hello"]
    assert (asked(talk.ai), asked(second)) == (1, 1)
    assert talk.last_turn.error.startswith("timeout: ")


def test_two_that_take_too_long_are_one_notice_and_one_apology(talk, fallback, second, hurried):
    talk.ai.fails_with("hang", times=None)
    second.fails_with("hang", times=None)

    assert talk.say("hello") == [texts.TIMEOUT, texts.AI_UNAVAILABLE]
    assert talk.outcomes == [("failed", "ai_timeout")]
    assert (asked(talk.ai), asked(second)) == (1, 1)


def test_a_first_that_is_known_to_be_down_costs_no_wait(talk, fallback, second, monkeypatch, settings):
    """A hung provider, ten callers later: the breaker is open, and nobody waits for it again."""
    settings.AI_REQUEST_TIMEOUT = 0.2
    monkeypatch.setattr(breaker, "MOST_FAILURES", 2)
    talk.ai.fails_with("hang", seconds=30, times=None)
    for text in ("one", "two"):
        talk.say(text)
    settings.AI_REQUEST_TIMEOUT = 20.0
    began = time.monotonic()

    assert talk.say("three") == ["echo: three"]
    assert time.monotonic() - began < 10
    assert asked(talk.ai) == 2
    assert "not asked" in talk.last_turn.error


def test_a_first_at_a_closed_port_is_replaced(talk, bot, fallback, second):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        bot.base_url = f"http://127.0.0.1:{listener.getsockname()[1]}/v1"
    bot.save()

    assert talk.say("hello") == ["echo: hello"]
    assert talk.last_turn.is_fallback


def test_when_both_fail_the_turn_keeps_both_reasons(talk, fallback, second):
    talk.ai.fails_with("status", status=401, times=None)
    second.fails_with("status", status=500, times=None)

    assert talk.say("hello") == [texts.AI_UNAVAILABLE]
    assert talk.outcomes == [("failed", "ai_unavailable")]
    turn = talk.last_turn
    assert (turn.outcome, turn.is_fallback, turn.attempts) == ("apologised", True, 4)
    assert turn.error.startswith("credentials: ")
    assert "; fallback: unavailable: " in turn.error


@pytest.mark.parametrize("code", ["content_filter", "content_policy_violation"])
def test_a_question_that_the_first_will_not_speak_about_is_taken_to_nobody_else(talk, fallback, second, code):
    talk.ai.fails_with("status", status=400, code=code, times=None)

    talk.say("hello")
    assert asked(second) == 0
    assert talk.outcomes == [("failed", "ai_configuration")]


def unreadable(configuration: AIConfiguration) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE bots_aiconfiguration SET api_key = 'gAAAAAunreadable' WHERE id = %s", [configuration.pk])


def test_a_first_whose_secret_cannot_be_read_is_replaced(talk, bot, fallback, second):
    unreadable(bot)

    assert talk.say("hello") == ["echo: hello"]
    assert (asked(talk.ai), asked(second)) == (0, 1)
    assert talk.last_turn.error == "credentials: its key is missing or cannot be read"


def test_a_first_without_a_key_is_replaced(talk, bot, fallback):
    bot.provider, bot.api_key, bot.base_url = "openai", "", ""
    bot.save()

    assert talk.say("hello") == ["echo: hello"]
    assert talk.last_turn.is_fallback


def test_a_fallback_whose_secret_cannot_be_read_is_no_fallback(talk, bot, fallback, second):
    unreadable(fallback)
    talk.ai.fails_with("status", status=500, times=None)

    assert talk.say("hello") == [texts.AI_UNAVAILABLE]
    assert asked(second) == 0


def test_a_fallback_whose_secret_cannot_be_read_does_not_disturb_the_first(talk, fallback):
    unreadable(fallback)

    assert talk.say("hello") == ["echo: hello"]


def test_the_lease_outlasts_the_call_of_the_fallback(talk, fallback, second, hurried, monkeypatch):
    """However long the first took: before the second is asked, the lease covers that call too."""
    talk.ai.fails_with("hang")
    leases = []
    ensure = turns.ensure

    def noted(held: turns.Claim, *, lease_seconds: float) -> None:
        ensure(held, lease_seconds=lease_seconds)
        until = Conversation.objects.values_list("lease_until", flat=True).get()
        leases.append((until - database_time()).total_seconds() - lease_seconds)

    monkeypatch.setattr(turns, "ensure", noted)
    talk.say("hello")

    assert len(leases) == 2
    assert min(leases) > -0.1
