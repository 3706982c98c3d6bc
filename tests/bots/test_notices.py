"""What a bot says besides the AI's answers: greeting, hours, the tenant's own words."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bots import texts
from bots.hours import KEYS
from bots.models import AIConfiguration, Message
from bots.models.clock import database_time
from sandbox.twilio.client import Phone
from tests.ai.conftest import FarEnd
from tests.bots.talk import Talk

CLOSED = "We're closed; open again {opens}, {business}."


def configure(bot: AIConfiguration, **columns: Any) -> None:
    AIConfiguration.objects.filter(pk=bot.pk).update(**columns)


def closed_week() -> dict[str, list[list[str]]]:
    """Open on one day that is neither today nor near."""
    day = KEYS[(database_time().weekday() + 3) % 7]
    return {day: [["09:00", "17:00"]]}


@pytest.fixture
def closed(bot: AIConfiguration) -> AIConfiguration:
    configure(bot, hours=closed_week(), outside_hours="closed", texts={"closed": CLOSED})
    return bot


def test_outside_the_hours_the_ai_is_not_asked_and_the_contact_is_told(talk: Talk, closed: AIConfiguration) -> None:
    [said] = talk.say("How much is a croissant?")

    assert said.startswith("We're closed; open again on ")
    assert said.endswith(" at 09:00, Acme.")
    assert talk.prompts == []
    assert talk.outcomes == [("refused", "closed")]


def test_who_writes_on_outside_the_hours_is_told_once_in_an_hour(talk: Talk, closed: AIConfiguration) -> None:
    talk.say("Hello?")
    assert talk.say("Anybody there?") == []
    assert talk.outcomes == [("refused", "closed"), ("refused", "closed")]
    Message.objects.filter(direction="out").update(timestamp=database_time() - timedelta(hours=2))
    assert len(talk.say("Still closed?")) == 1


def test_commands_hold_outside_the_hours(talk: Talk, closed: AIConfiguration) -> None:
    assert "You won't hear from us again" in talk.say("STOP")[0]
    assert talk.outcomes == [("answered", "stop")]


def test_outside_the_hours_the_bot_may_answer_with_a_note(talk: Talk, bot: AIConfiguration) -> None:
    configure(bot, hours=closed_week(), outside_hours="note")
    note, answer = talk.say("How much is a croissant?")

    assert note.startswith("We're closed right now and open again on ")
    assert answer == "echo: How much is a croissant?"
    assert talk.say("And a baguette?") == ["echo: And a baguette?"], "the note is given once"
    assert talk.outcomes == [("answered", ""), ("answered", "")]


@pytest.mark.parametrize("outside", ["always", "note", "closed"])
def test_within_the_hours_nothing_is_said_of_them(outside: str, talk: Talk, bot: AIConfiguration) -> None:
    configure(bot, hours={day: [["00:00", "00:00"]] for day in KEYS}, outside_hours=outside)
    assert talk.say("Hi") == ["echo: Hi"]


def test_somebody_new_is_greeted_once_before_the_first_answer(talk: Talk, bot: AIConfiguration) -> None:
    configure(bot, greeting="Welcome to {business}!")

    assert talk.say("Hi") == ["Welcome to Acme!", "echo: Hi"]
    assert talk.say("Hi again") == ["echo: Hi again"]
    assert "Welcome" not in str(talk.prompts), "the model does not take it for its own words"


def test_a_notice_is_no_answer_and_the_greeting_is_still_to_come(talk: Talk, bot: AIConfiguration) -> None:
    configure(bot, greeting="Welcome!", hours=closed_week(), outside_hours="closed")
    assert len(talk.say("Hi")) == 1
    configure(bot, outside_hours="always")
    assert talk.say("Hi") == ["Welcome!", "echo: Hi"]


def test_who_writes_stop_first_is_not_greeted(talk: Talk, bot: AIConfiguration) -> None:
    configure(bot, greeting="Welcome!")
    assert len(talk.say("STOP")) == 1


def test_the_tenants_own_words_take_the_place_of_the_fixed_ones(
    talk: Talk, bot: AIConfiguration, ai: FarEnd, phone: Phone
) -> None:
    own = {"help": "Ask {business}! {human} for a person.", "ai_unavailable": "Our bot naps.", "no_words": "Words?"}
    configure(bot, texts=own)
    ai.fails_with("status", status=500, times=3)

    assert talk.say("help") == ["Ask Acme! HUMAN for a person."]
    assert talk.say("Hello?") == ["Our bot naps."]
    assert talk.say(" ") == ["Words?"]


def test_a_text_that_is_not_the_tenants_own_is_the_default(talk: Talk, bot: AIConfiguration, ai: FarEnd) -> None:
    configure(bot, texts={"no_words": "Words?", "ai_unavailable": ""})
    ai.fails_with("status", status=500, times=3)
    assert talk.say("Hello?") == [texts.AI_UNAVAILABLE]


def test_the_model_is_told_who_writes_and_what_day_it_is(talk: Talk, bot: AIConfiguration, ai: FarEnd) -> None:
    configure(bot, system_prompt="{business} talks with {contact_name} at {time}.", time_zone="Europe/Paris")
    talk.say("Hi", profile_name="Ada")
    [asked] = [request["body"]["messages"][0]["content"] for request in ai.requests if request["method"] == "POST"]
    assert asked.startswith("Acme talks with Ada at ")
    assert "{" not in asked.split("You write WhatsApp")[0]
