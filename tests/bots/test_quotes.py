"""A message that quotes another one brings its words along."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bots import quotes
from bots.models import Message
from bots.quotes import quoting
from tests.bots.factories import GRACE, InboundFactory


def test_a_quote_is_one_line_above_the_words():
    assert quoting("is it vegan?", quote="Croissant:\n2.40 euro") == "> Croissant: 2.40 euro\n\nis it vegan?"


@pytest.mark.parametrize("quote", ["", " \n"])
def test_nothing_to_quote_leaves_the_words_alone(quote):
    assert quoting("is it vegan?", quote=quote) == "is it vegan?"


@pytest.mark.parametrize("word", ["bread ", "面包"])
def test_a_long_quote_is_cut(word):
    quoted = quoting("vegan?", quote=word * 400).partition("\n")[0]

    assert len(quoted) <= quotes.LONGEST + 2
    assert quoted.endswith("…")


def test_a_message_of_the_bots_that_is_quoted_is_told_to_the_model(talk):
    talk.say("how much is a croissant?")
    reply = Message.objects.get(direction="out")

    assert talk.say("is it vegan?", details={"replied_to": reply.external_id})
    assert talk.last_prompt[-1] == "> echo: how much is a croissant?\n\nis it vegan?"


def test_a_message_of_their_own_may_be_quoted(talk):
    talk.say("I ordered bread", external_id="SMmine")
    talk.say("where is it?", details={"replied_to": "SMmine"})

    assert talk.last_prompt[-1] == "> I ordered bread\n\nwhere is it?"


def test_the_quote_is_no_part_of_what_is_remembered(talk):
    talk.say("I ordered bread", external_id="SMmine")
    talk.say("where is it?", details={"replied_to": "SMmine"})
    talk.say("hello?")

    assert "where is it?" in talk.last_prompt


def test_a_message_that_nobody_kept_is_not_quoted(talk):
    talk.say("where is it?", details={"replied_to": "SMgone"})

    assert talk.last_prompt == ["where is it?"]


def test_a_message_of_somebody_else_is_not_quoted(talk):
    InboundFactory(
        conversation__contact__identity=GRACE,
        conversation__is_active=False,
        content="Grace's secret",
        external_id="SMtheirs",
    )
    talk.say("where is it?", details={"replied_to": "SMtheirs"})

    assert talk.last_prompt == ["where is it?"]


def test_of_a_burst_each_message_has_its_own_quote_and_the_others_none(talk):
    talk.say("one", external_id="SMone")
    talk.write("two")
    talk.say("three", details={"replied_to": "SMone"})

    assert talk.last_prompt[-2:] == ["two", "> one\n\nthree"]


def test_where_nobody_quotes_nothing_is_looked_up(conversation):
    messages = [InboundFactory(conversation=conversation, content="one")]

    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert quotes.with_quotes(messages, contact_id=conversation.contact_id) == ["one"]
    assert len(queries) == 0
