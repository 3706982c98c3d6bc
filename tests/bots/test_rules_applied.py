"""/reset, silence and limits, as the contact meets them."""

from __future__ import annotations

from bots import store, texts
from bots.models import AIConfiguration, Contact, Conversation, Message
from tenants.models import Tenant


def limit_to(per_minute: int) -> None:
    AIConfiguration.objects.filter(is_active=True).update(rate_limit_per_minute=per_minute)


# /reset


def test_a_reset_forgets_the_conversation_so_far(talk):
    talk.say("my name is Ada")

    assert talk.say("/reset") == [texts.RESET_DONE]
    talk.say("who am I?")
    assert talk.last_prompt == ["who am I?"]
    assert talk.outcomes == [("answered", ""), ("answered", "reset"), ("answered", "")]


def test_a_reset_asks_no_model(talk):
    talk.say("  /RESET ")

    assert (talk.replies, talk.prompts) == ([texts.RESET_DONE], [])


def test_a_reset_amid_a_burst_forgets_what_came_before_it_and_answers_what_follows(talk):
    talk.say("my name is Ada")
    replies = talk.say("and I am 36", "/reset", "who am I?")

    assert replies == [texts.RESET_DONE, "echo: who am I?"]
    assert talk.last_prompt == ["who am I?"]
    assert talk.outcomes[1:] == [("refused", "reset"), ("answered", "reset"), ("answered", "")]


def test_after_a_reset_the_memory_grows_again(talk):
    talk.say("old")
    talk.say("/reset", "new")
    talk.say("newer")

    assert talk.last_prompt == ["new", "echo: new", "newer"]


# Silence


def test_a_suspended_tenant_answers_nobody_and_says_why(talk):
    Tenant.objects.filter(slug="acme").update(status=Tenant.Status.SUSPENDED)

    assert talk.say("hello") == []
    assert talk.outcomes == [("refused", "suspended")]
    assert talk.phone.requests()["calls"] == {}
    assert talk.prompts == []


def test_what_was_refused_is_not_told_to_the_model_later(talk):
    Tenant.objects.filter(slug="acme").update(status=Tenant.Status.SUSPENDED)
    talk.say("unheard")
    Tenant.objects.filter(slug="acme").update(status=Tenant.Status.ACTIVE)
    talk.say("heard")

    assert talk.last_prompt == ["heard"]


def test_the_bot_is_silent_while_a_human_has_the_conversation(talk):
    talk.say("hello")
    Conversation.objects.update(mode=Conversation.Mode.HUMAN)

    assert talk.say("are you there?") == []
    assert talk.outcomes[1:] == [("human", "human")]
    assert len(talk.prompts) == 1


def test_a_human_who_takes_over_during_the_call_is_not_interrupted(talk, during_the_call):
    during_the_call(lambda: Conversation.objects.update(mode=Conversation.Mode.HUMAN))

    assert talk.say("hello") == []
    assert talk.outcomes == [("human", "human")]
    assert talk.last_turn.answer == "echo: hello"
    assert not Message.objects.filter(direction="out").exists()


def test_what_was_said_to_a_human_is_remembered_when_the_bot_is_back(talk):
    talk.say("one")
    Conversation.objects.update(mode=Conversation.Mode.HUMAN)
    talk.say("two")
    Conversation.objects.update(mode=Conversation.Mode.BOT)
    talk.say("three")

    assert talk.last_prompt == ["one", "echo: one", "two", "three"]


def test_who_opted_out_hears_nothing(talk):
    talk.write("hello")
    Contact.objects.update(opted_out=True)
    talk.turn()

    assert talk.replies == []
    assert talk.outcomes == [("refused", "opted_out")]


# Limits


def test_who_is_over_the_limit_is_told_once_a_window(talk):
    limit_to(2)
    talk.say("one")
    talk.say("two")

    assert talk.say("three") == [texts.RATE_LIMITED]
    assert talk.say("four", "five") == []
    assert talk.outcomes == [("answered", "")] * 2 + [("refused", "rate_limited")] * 3
    assert len(talk.prompts) == 2


def test_of_a_burst_over_the_limit_the_first_messages_are_answered(talk):
    limit_to(2)

    assert talk.say("one", "two", "three") == [texts.RATE_LIMITED, "echo: two"]
    assert talk.outcomes == [("merged", ""), ("answered", ""), ("refused", "rate_limited")]
    assert talk.last_prompt == ["one", "two"]


def test_in_the_next_window_the_bot_answers_again(talk):
    limit_to(1)
    talk.say("one")
    talk.say("two")
    store.client().flushdb()  # what the end of the window does to the counters

    assert talk.say("three") == ["echo: three"]


def test_neither_what_was_refused_nor_the_notice_is_told_to_the_model(talk):
    limit_to(1)
    talk.say("one")
    talk.say("two")
    limit_to(20)
    talk.say("three")

    assert talk.last_prompt == ["one", "echo: one", "three"]


def test_a_reset_during_an_answer_forgets_that_answer_too(talk, during_the_call):
    during_the_call(lambda: talk.write("/reset"))
    talk.say("my secret is 42")
    talk.turn()
    talk.say("what did I say?")

    assert talk.last_prompt == ["what did I say?"]


def test_a_tenant_suspended_during_the_call_is_silent(talk, during_the_call):
    during_the_call(lambda: Tenant.objects.filter(slug="acme").update(status=Tenant.Status.SUSPENDED))

    assert talk.say("hello") == []
    assert talk.outcomes == [("refused", "suspended")]
    assert talk.last_turn.answer == "echo: hello"


def test_what_a_suspended_tenant_left_unsent_is_not_sent(talk):
    talk.phone.fault(on="messages.create", mode="status", status=429, times=1)
    talk.say("hello")
    Tenant.objects.filter(slug="acme").update(status=Tenant.Status.SUSPENDED)

    assert talk.turn() is None
    assert talk.replies == []
    assert Message.objects.get(direction="out").error == "The tenant is suspended"


# Reactions


def test_a_reaction_is_never_answered_whatever_else_holds(talk, bot):
    assert talk.say("👍", kind="reaction") == []
    bot.delete()
    assert talk.say("👍", kind="reaction") == []
    assert talk.outcomes == [("refused", "reaction")] * 2
    assert talk.prompts == []


def test_a_reaction_among_words_is_left_out_of_the_question(talk):
    talk.write("👍", kind="reaction")
    talk.say("how much?")

    assert talk.last_prompt == ["how much?"]
    assert talk.outcomes == [("refused", "reaction"), ("answered", "")]
