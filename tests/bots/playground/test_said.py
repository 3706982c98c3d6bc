"""What the playground plays beside the AI: commands, greeting, opening hours."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from django.core.management import call_command
from django.db import connection
from django_tenants.utils import schema_context

from bots import texts
from bots.drafts import change_draft
from bots.models import AIConfiguration, Contact, Message, PlaygroundAnswer, PlaygroundQuestion
from bots.playground import chat
from bots.playground.sources import Source
from tests.bots.playground.conftest import ADA, BEN, written_while

BOTH = (Source.DRAFT, Source.PUBLISHED)


def edit(**values: Any) -> None:
    change_draft(values, seen={}, by="owner@acme.test")


def later(**ago: float) -> None:
    """All that was asked was asked so much earlier."""
    for question in PlaygroundQuestion.objects.all():
        question.asked_at -= timedelta(**ago)
        question.save()


def told(ai: Any) -> list[str]:
    """What the model was told in its last call, without the instructions."""
    return [message["content"] for message in ai.requests[-1]["body"]["messages"][1:]]


def test_a_command_is_answered_as_on_whatsapp_and_no_ai_is_asked(playground, ai):
    answer = playground.say("help")

    assert answer.said == [["help", texts.reply_to("help", tenant_name="Acme")]]
    assert (answer.state, answer.text, answer.provider, ai.requests) == ("done", "", "", [])


def test_the_draft_s_own_words_and_languages_are_what_is_tried(playground):
    edit(languages=["de"], texts={"stop": "Tschüss! {start} bringt dich zurück."})
    draft = playground.say("abmelden", sources=BOTH)
    published = PlaygroundAnswer.objects.get(source="published")

    assert draft.said == [["stop", "Tschüss! START bringt dich zurück."]]
    assert (published.said, published.text) == ([], "echo: abmelden")


def test_after_stop_nothing_is_answered_until_start(playground, ai):
    playground.say("STOP")
    silence = playground.say("how much is a croissant?")
    assert (silence.state, silence.text, silence.said, ai.requests) == ("done", "", [["opted_out", ""]], [])

    assert playground.say("START").said == [["start", texts.reply_to("start")]]
    assert playground.say("how much?").text == "echo: how much?"
    assert told(ai) == ["how much?"], "what was refused, and commands, are not told"


def test_start_is_a_question_like_any_other_to_somebody_who_is_listened_to(playground):
    assert playground.say("start").text == "echo: start"


def test_a_reset_makes_the_bot_forget(playground, ai):
    playground.say("my name is Ada")
    assert playground.say("/reset").said == [["reset", texts.RESET_DONE]]
    playground.say("who am I?")

    assert told(ai) == ["who am I?"]


def test_whoever_asked_for_a_person_gets_no_answer_until_the_pause_is_over(playground, ai):
    edit(handover_pause_seconds=3600)
    assert [why for why, _ in playground.say("human").said] == ["handover"]
    assert playground.say("hello?").said == [["human", ""]]
    assert ai.requests == []

    later(seconds=3601)
    assert playground.say("hello?").text == "echo: hello?"


def test_a_pause_without_an_end_ends_with_start(playground):
    edit(handover_pause_seconds=0)
    playground.say("human")
    later(days=400)
    assert playground.say("hello?").said == [["human", ""]]
    assert [why for why, _ in playground.say("start").said] == ["start"]
    assert playground.say("hello?").text == "echo: hello?"


def test_the_greeting_comes_once_before_the_first_answer(playground):
    edit(greeting="Welcome to {business}!")
    assert playground.say("help").said[0][0] == "help", "a command is no answer, and greets nobody"
    first, second = playground.say("hello?"), playground.say("and again?")

    assert (first.said, first.text) == ([["greeting", "Welcome to Acme!"]], "echo: hello?")
    assert (second.said, second.text) == ([], "echo: and again?")


def test_after_a_reset_of_the_chat_the_member_is_somebody_new(playground):
    edit(greeting="Welcome!")
    playground.say("hello?")
    playground.say("STOP")
    chat.reset(ADA)

    assert (playground.say("hello?").said, PlaygroundAnswer.objects.get().text) == (
        [["greeting", "Welcome!"]],
        "echo: hello?",
    )


def test_outside_the_hours_the_bot_says_so_once_an_hour_and_asks_no_ai(playground, ai):
    edit(outside_hours="closed", texts={"closed": "Closed, {business} is."})
    first, second = playground.say("hello?"), playground.say("anybody?")

    assert (first.said, first.text) == ([["closed", "Closed, Acme is."]], "")
    assert (second.said, second.text) == ([["closed", ""]], "")
    later(seconds=3601)
    assert playground.say("now?").said == [["closed", "Closed, Acme is."]]
    assert ai.requests == []
    assert [why for why, _ in playground.say("STOP").said] == ["stop"], "commands hold at any hour"


def test_outside_the_hours_the_note_stands_before_the_answer(playground):
    edit(outside_hours="note", texts={"closed_note": "Nobody is here."})
    first, second = playground.say("hello?"), playground.say("and?")

    assert (first.said, first.text) == ([["closed_note", "Nobody is here."]], "echo: hello?")
    assert (second.said, second.text) == ([], "echo: and?")


def test_what_is_said_first_is_there_while_the_answer_is_still_written(playground, monkeypatch):
    edit(greeting="Welcome!")
    seen: list[Any] = []
    written_while(monkeypatch, lambda text: seen.append(PlaygroundAnswer.objects.get().said))
    answer = playground.say("hello?")

    assert seen[0] == [["greeting", "Welcome!"]]
    assert answer.said == [["greeting", "Welcome!"]]
    assert set(answer.timings) == {"retrieval", "ai", "first_words"}


def test_a_bot_without_a_provider_still_obeys_commands(playground, bot):
    AIConfiguration.objects.filter(pk=bot.pk).update(provider="openai", base_url="", model_name="")

    assert [why for why, _ in playground.say("STOP").said] == ["stop"]


def test_each_source_has_its_own_standing_and_borrows_the_others_where_it_was_not_asked(playground):
    edit(languages=["de"])
    playground.say("abmelden", sources=BOTH)
    both = playground.ask("hello?", sources=BOTH)
    playground.work()
    assert {one.source: one.said for one in both.answers.all()} == {"draft": [["opted_out", ""]], "published": []}

    playground.say("START")
    playground.say("STOP")
    assert playground.say("hello?", sources=(Source.PUBLISHED,)).said == [["opted_out", ""]]


def test_members_do_not_opt_each_other_out_and_nobody_real_is_opted_out(playground):
    playground.say("STOP")

    assert playground.say("hello?", member=BEN).text == "echo: hello?"
    assert not Contact.objects.exists()
    assert not Message.objects.exists()


def test_a_question_that_is_asked_again_is_played_at_its_place_in_the_chat(playground, tenant: Any):
    first = playground.say("hello?").question
    playground.say("STOP")
    chat.ask_again(first, tenant_id=tenant.pk, schema_name=tenant.schema_name)
    playground.work()

    assert first.answers.get().text == "echo: hello?"


def test_what_was_said_before_it_had_a_column_of_its_own_is_still_there(playground, tenant: Any):
    """Back among the timings, where it was, and out again."""
    said, silent = playground.say("help"), playground.say("hello?")
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    with _migrated(tenant, to="0011_assigned"), connection.cursor() as cursor:
        cursor.execute("SELECT timings -> 'said' FROM bots_playgroundanswer")
        assert sorted(row[0] is None for row in cursor.fetchall()) == [False, True]
    with _migrated(tenant, to="0012_playground_said"):
        after = {one.pk: (one.said, one.timings) for one in PlaygroundAnswer.objects.all()}

    assert after == {one.pk: (one.said, one.timings) for one in (said, silent)}


@contextmanager
def _migrated(tenant: Any, *, to: str) -> Iterator[None]:
    call_command("migrate_schemas", "bots", to, schema_name=tenant.schema_name, interactive=False, verbosity=0)
    with schema_context(tenant.schema_name):
        yield
