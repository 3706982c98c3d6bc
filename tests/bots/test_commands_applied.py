"""STOP, START, HELP and HUMAN, as the contact meets them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bots import texts, told, typing
from bots.models import AIConfiguration, Contact, Conversation, Message
from bots.models.clock import database_time
from tenants.models import Tenant
from tests.bots.factories import ADA

STOPPED = texts.reply_to("stop")
BACK = texts.reply_to("start")
HANDED_OVER = texts.reply_to("human")


def ada() -> Contact:
    return Contact.objects.get(identity=ADA)


def conversation() -> Conversation:
    return Conversation.objects.get()


def taken_over_by_a_person() -> None:
    Conversation.objects.update(mode=Conversation.Mode.HUMAN, paused_until=None)


def the_pause_runs_out() -> None:
    Conversation.objects.update(paused_until=database_time() - timedelta(seconds=1))


# STOP and START


def test_a_stop_is_confirmed_once_and_nothing_follows_it(talk):
    talk.say("hello")

    assert talk.say("STOP") == [STOPPED]
    assert talk.say("are you there?", "stop", "help") == []
    assert talk.outcomes[1:] == [("answered", "stop")] + [("refused", "opted_out")] * 3
    assert (ada().opted_out, ada().opted_out_at is not None, len(talk.prompts)) == (True, True, 1)


def test_what_came_before_a_stop_in_the_same_burst_is_not_answered(talk):
    assert talk.say("hello", "stop") == [STOPPED]
    assert talk.outcomes == [("refused", "opted_out"), ("answered", "stop")]
    assert talk.prompts == []


def test_a_start_opts_in_again_and_what_follows_it_is_answered(talk):
    talk.say("stop")

    assert talk.say("START", "how much?") == [BACK, "echo: how much?"]
    assert (ada().opted_out, ada().opted_out_at) == (False, None)
    assert talk.say("and now?") == ["echo: and now?"]


def test_a_burst_of_everything_ends_as_its_last_word_says(talk):
    assert talk.say("hi", "STOP", "START", "price?") == [BACK, "echo: price?"]
    assert talk.outcomes == [("refused", "opted_out"), ("answered", "stop"), ("answered", "start"), ("answered", "")]
    assert not ada().opted_out


def test_a_start_that_nobody_needs_is_answered_like_any_message(talk):
    assert talk.say("start") == ["echo: start"]


def test_commands_are_not_told_to_the_model(talk):
    talk.say("one")
    for command in ("help", "stop", "start", "human", "start"):
        talk.say(command)
    talk.say("two")

    assert talk.last_prompt == ["one", "echo: one", "two"]


def test_commands_are_not_told_to_the_model_by_the_copy_in_redis_either(talk, django_capture_on_commit_callbacks):
    for text in ("one", "help", "stop", "start", "two"):
        with django_capture_on_commit_callbacks(execute=True):
            talk.say(text)

    assert talk.last_prompt == ["one", "echo: one", "two"]


def test_a_reply_that_waits_to_be_sent_is_given_up_by_a_stop(talk):
    talk.phone.fault(on="messages.create", mode="status", status=429, times=1)
    talk.say("hello")

    assert talk.say("stop") == [STOPPED]
    given_up = Message.objects.get(content="echo: hello")
    assert (given_up.status, given_up.error) == ("failed", "The contact opted out")
    assert talk.outcomes == [("answered", ""), ("answered", "stop")]


def test_a_stop_during_an_answer_keeps_that_answer_from_being_sent(talk, during_the_call):
    during_the_call(lambda: talk.write("stop"))

    assert talk.say("hello") == []
    talk.turn()
    assert talk.replies == [STOPPED]
    assert Message.objects.get(content="echo: hello").error == "The contact opted out"


def test_a_stop_during_a_slow_answer_is_not_followed_by_an_excuse(talk, during_the_call, settings):
    settings.AI_REQUEST_TIMEOUT = 0.5
    talk.ai.fails_with("hang", times=1)
    during_the_call(lambda: talk.write("stop"))
    talk.say("hello")
    talk.turn()

    assert talk.replies == [STOPPED]


def test_a_confirmation_that_could_not_be_sent_at_once_is_sent_later(talk):
    talk.phone.fault(on="messages.create", mode="status", status=429, times=1)
    assert talk.say("stop") == []
    talk.turn()

    assert talk.replies == [STOPPED]


def test_who_opted_out_costs_no_call_no_limit_and_no_typing(talk, monkeypatch):
    AIConfiguration.objects.filter(is_active=True).update(rate_limit_per_minute=1)
    monkeypatch.setattr(typing, "PATIENCE", 0.0)
    talk.say("stop")

    assert talk.say("one", "two", "three") == []
    assert talk.phone.requests()["calls"] == {"messages.create": 1}
    assert talk.prompts == []
    assert talk.say("start") == [BACK]


def test_a_stop_that_only_the_provider_heard_is_noted(talk):
    talk.phone.fault(on="messages.create", mode="status", status=400, code=21610, times=1)
    talk.say("hello")

    assert (ada().opted_out, ada().opted_out_at is not None) == (True, True)
    assert talk.say("hello?") == []
    assert talk.outcomes[-1] == ("refused", "opted_out")


def test_another_refusal_of_the_provider_opts_nobody_out(talk):
    talk.phone.fault(on="messages.create", mode="status", status=400, code=63016, times=1)
    talk.say("hello")

    assert not ada().opted_out


def test_a_stop_holds_while_the_business_is_suspended(talk):
    Tenant.objects.filter(slug="acme").update(status=Tenant.Status.SUSPENDED)
    assert talk.say("stop") == []
    Tenant.objects.filter(slug="acme").update(status=Tenant.Status.ACTIVE)

    assert ada().opted_out
    assert talk.say("hello") == []


def test_a_stop_holds_without_any_configuration(talk):
    AIConfiguration.objects.all().delete()

    assert talk.say("stop") == [STOPPED]
    assert ada().opted_out


def test_a_stop_and_a_start_hold_beside_a_person(talk):
    talk.say("hello")
    taken_over_by_a_person()

    assert talk.say("stop") == [STOPPED]
    assert talk.say("anybody?") == []
    assert talk.say("start") == [BACK]
    assert talk.outcomes[1:] == [("answered", "stop"), ("refused", "opted_out"), ("answered", "start")]
    assert conversation().is_with_a_person


def test_a_stop_is_confirmed_though_a_person_takes_over_meanwhile(talk, monkeypatch):
    """Between the claim and the commit."""
    monkeypatch.setattr(told, "was_told", lambda *_, **__: taken_over_by_a_person())
    AIConfiguration.objects.filter(is_active=True).update(rate_limit_per_minute=1)
    assert talk.say("one", "two", "stop", "start") == [STOPPED]
    assert ada().opted_out


# HELP


def test_help_says_who_the_bot_is_and_asks_no_model(talk):
    (reply,) = talk.say("Help!")

    assert "Acme" in reply
    assert all(word in reply for word in ("HUMAN", "RESET", "STOP"))
    assert (talk.prompts, talk.outcomes) == ([], [("answered", "help")])


def test_a_question_beside_a_help_is_answered_too(talk):
    replies = talk.say("help", "how much?")

    assert (len(replies), replies[-1]) == (2, "echo: how much?")


def test_the_reply_is_in_the_language_of_the_word(talk):
    AIConfiguration.objects.filter(is_active=True).update(languages=["de", "tr"])

    assert talk.say("Hilfe") == [texts.reply_to("help", language="de", tenant_name="Acme")]
    assert talk.say("help") == [texts.reply_to("help", language="en", tenant_name="Acme")]
    assert talk.say("DUR") == [texts.reply_to("stop", language="tr")]


def test_a_language_that_the_business_did_not_choose_is_left_to_the_model(talk):
    assert talk.say("Hilfe") == ["echo: Hilfe"]


# HUMAN


def test_whoever_asks_for_a_person_is_left_to_one_and_the_bot_is_silent(talk):
    assert talk.say("my parcel is broken", "HUMAN") == [HANDED_OVER]
    assert talk.say("anybody?", "help") == []
    assert talk.outcomes == [("human", "human"), ("human", "handover"), ("human", "human"), ("human", "human")]
    assert talk.prompts == []
    waits = conversation().paused_until - database_time()
    assert (conversation().mode, conversation().is_with_a_person) == ("human", False)
    assert timedelta(hours=11.9) < waits < timedelta(hours=12)


@pytest.mark.parametrize(
    ("word", "reply"), [("start", BACK), ("reset", texts.RESET_DONE), ("/reset", texts.RESET_DONE)]
)
def test_the_contact_may_go_back_to_the_bot_before_anybody_came(talk, word, reply):
    talk.say("human")

    assert talk.say(word, "how much?") == [reply, "echo: how much?"]
    assert (conversation().mode, conversation().paused_until) == ("bot", None)


def test_once_the_pause_has_run_out_the_bot_answers_again(talk):
    talk.say("human")
    talk.say("anybody?")
    the_pause_runs_out()

    assert talk.say("how much?") == ["echo: how much?"]
    assert (conversation().mode, conversation().paused_until) == ("bot", None)
    assert talk.last_prompt == ["anybody?", "how much?"]


def test_a_slow_answer_after_a_pause_is_owned_up_to(talk, settings):
    settings.AI_REQUEST_TIMEOUT = 0.5
    talk.say("human")
    the_pause_runs_out()
    talk.ai.fails_with("hang", times=1)

    assert talk.say("how much?") == [texts.TIMEOUT, "echo: how much?"]


def test_a_person_who_took_over_is_interrupted_by_no_pause_and_no_reset(talk):
    talk.say("human")
    taken_over_by_a_person()

    assert talk.say("thank you", "reset", "help", "start", "human") == []
    assert conversation().is_with_a_person
    assert set(talk.outcomes[1:]) == {("human", "human")}


def test_a_person_who_takes_over_after_the_pause_while_the_bot_thinks_is_not_interrupted(talk, during_the_call):
    talk.say("human")
    the_pause_runs_out()
    during_the_call(taken_over_by_a_person)

    assert talk.say("how much?") == []
    assert conversation().is_with_a_person


def test_a_conversation_that_a_person_gave_back_is_the_bots(talk):
    talk.say("human")
    Conversation.objects.update(mode=Conversation.Mode.BOT, paused_until=None)

    assert talk.say("hello") == ["echo: hello"]


def test_a_pause_without_an_end_is_ended_by_the_contact_or_a_person(talk):
    AIConfiguration.objects.filter(is_active=True).update(handover_pause_seconds=0)
    talk.say("human")

    assert conversation().paused_until - database_time() > timedelta(days=10_000)
    assert talk.say("hello") == []
    assert talk.say("start") == [BACK]


def test_the_pause_is_as_long_as_the_business_says(talk):
    AIConfiguration.objects.filter(is_active=True).update(handover_pause_seconds=60)
    talk.say("human")

    assert timedelta(seconds=50) < conversation().paused_until - database_time() <= timedelta(seconds=60)


def test_a_worker_that_was_replaced_hands_nothing_over_and_opts_nobody_out(talk, monkeypatch):
    """The words were read by a worker that lost the conversation before it could commit."""
    from bots import following

    follow = following.follow

    def lost(*args, **kwargs):
        follow(*args, **kwargs)
        Conversation.objects.update(fence=99)

    monkeypatch.setattr("bots.deciding.follow", lost)
    talk.say("human")
    talk.say("stop")

    assert (conversation().mode, ada().opted_out, talk.replies) == ("bot", False, [])
