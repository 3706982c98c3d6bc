"""The answerer without a model, over the knowledge of a bakery and a clinic."""

from __future__ import annotations

import pytest

from bots.ai import build_adapter
from bots.ai.base import ChatMessage, Passage
from tests.ai.knowledge import BAKERY, CLINIC, SPANISH_CLINIC


def ask(*burst: str, passages: list[Passage], before: list[ChatMessage] | None = None, topics: list[str] | None = None):
    adapter = build_adapter(provider="builtin", api_key="", model="", max_tokens=0, temperature=0, timeout=1)
    messages: list[ChatMessage] = [*(before or []), *({"role": "user", "content": text} for text in burst)]
    return adapter.send_message(messages, passages=passages, topics=topics)


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("how much is a croissant?", "Croissant: €2.40"),
        ("How much are your croissants", "Croissant: €2.40"),
        ("price of an almond croissant pls", "Almond croissant: €3.20"),
        ("cuanto cuesta un cappuccino?", "Cappuccino: €3.40"),
        ("how much is a croisant", "Croissant: €2.40"),
        ("HOW MUCH IS THE SOURDOUGH???", "Sourdough loaf (750 g): €5.60"),
        ("how much for a croissant and a baguette?", "Croissant: €2.40\nBaguette: €1.80"),
        ("when are you open on sunday?", "Sunday: 8:00–12:00"),
        ("are you open sundays", "Sunday: 8:00–12:00"),
        ("opening hours saturday and sunday?", "Saturday: 7:00–14:00\nSunday: 8:00–12:00"),
        ("can I bring my dog?", "Dogs are welcome on the terrace, but not inside."),
        ("is there parking?", "There is free parking behind the house for 30 minutes."),
        ("Do you have anything gluten free?", "We bake a gluten-free loaf on Wednesdays and Saturdays."),
        ("is the bread vegan?", "All our bread is baked without milk and eggs, so it is vegan."),
        ("do you deliver?", "We deliver cakes within 5 km for €6. Bread and pastries are for pick-up only."),
        (
            "how early should i order a birthday cake",
            "Please order three days ahead. In the week before Christmas we need a week.",
        ),
        ("whats your phone number?", "Phone: +44 20 7946 0958."),
    ],
)
def test_the_bakery_answers_with_the_line_that_says_it(question, answer):
    assert ask(question, passages=BAKERY) == answer


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("Are you open on Wednesday?", "Wednesday: closed"),
        ("when do you open on thursdays", "Thursday: 08:00–12:00 and 15:00–19:00"),
        (
            "how do i cancel my apointment",
            "Call us at least 24 hours before. For later cancellations we charge a fee of €25.",
        ),
        ("How much is a flu shot?", "A flu shot costs €20 if your insurance does not pay for it."),
        ("do you do hepatitis vaccination?", "Hepatitis A and B"),
        ("When is my repeat prescription ready?", "Repeat prescriptions are ready the next working day after 10 am."),
        ("who signs them, dr okafor?", "Dr. Okafor signs them."),
        (
            "it is an emergency!",
            "Emergencies:\nIn an emergency call 112. Outside our hours the on-call service answers at 116 117.",
        ),
    ],
)
def test_the_clinic_answers_with_the_line_that_says_it(question, answer):
    assert ask(question, passages=CLINIC) == answer


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("¿Cuánto cuesta una limpieza?", "Limpieza dental: 55 €"),
        ("¿Abren el sabado?", "Sábado: de 10:00 a 14:00"),
        ("abris los domingos", "Domingo: cerrado"),
    ],
)
def test_accents_do_not_matter(question, answer):
    assert ask(question, passages=SPANISH_CLINIC) == answer


def test_a_language_without_blanks_is_understood():
    passages = [Passage(title="営業時間", text="月曜日：休み\n日曜日：9時から17時まで")]

    assert ask("日曜日は開いていますか", passages=passages) == "日曜日：9時から17時まで"


def test_a_question_that_only_a_title_fits_gets_the_whole_passage():
    assert ask("What are your opening hours?", passages=BAKERY) == (
        "Opening hours:\nMonday to Friday: 7:00–18:30\nSaturday: 7:00–14:00\nSunday: 8:00–12:00\n"
        "We close on 25 and 26 December."
    )


def test_a_day_that_no_line_names_gets_all_of_them():
    assert ask("are you open on tuesday?", passages=BAKERY).startswith("Opening hours:\nMonday to Friday: 7:00–18:30\n")


def test_a_table_is_quoted_without_its_drawing():
    assert ask("your consultation hours?", passages=CLINIC).startswith(
        "Consultation hours:\nMonday: 08:00–12:00 and 14:00–18:00\nTuesday: 08:00–12:00\n"
    )


def test_a_question_that_only_a_heading_fits_gets_what_stands_under_it():
    passages = [Passage(title="Menu", text="Soups:\n- Leek\n- Tomato\n\nDesserts:\n- Flan\n- Sorbet")]

    assert ask("which desserts do you have?", passages=passages) == "Desserts:\nFlan\nSorbet"


def test_a_long_passage_is_cut_at_the_end_of_a_line():
    passages = [Passage(title="Terms", text="\n".join(f"{number} {'x' * 90}" for number in range(20)))]

    answer = ask("your terms?", passages=passages)

    assert len(answer) <= 600
    assert answer.splitlines()[-1].endswith("x" * 90)


@pytest.mark.parametrize(
    "question", ["who won the world cup?", "do you have pizza?", "asdf", "what is the capital of France?"]
)
def test_what_is_not_known_is_said_to_be_unknown(question):
    answer = ask(question, passages=BAKERY, topics=["Opening hours", "Price list", "Allergens"])

    assert answer == "I don't know that yet. You can ask me about: Opening hours, Price list and Allergens."


def test_without_knowledge_nothing_is_promised():
    assert ask("how much is a croissant?", passages=[]) == "I don't know that yet."


def test_each_question_of_a_burst_is_answered():
    answer = ask("hi", "how much is a baguette?", "and when do you open on sunday?", passages=BAKERY)

    assert answer == "Baguette: €1.80\n\nSunday: 8:00–12:00"


def test_a_question_that_is_broken_over_messages_is_put_together():
    assert ask("hey", "how much", "is a croissant", passages=BAKERY) == "Croissant: €2.40"


def test_the_unknown_half_of_a_burst_is_named():
    answer = ask("how much is a baguette? do you sell bicycles?", passages=BAKERY)

    assert answer == "Baguette: €1.80\n\nI don't know that yet: “do you sell bicycles?”"


def test_a_burst_is_answered_within_bounds():
    answer = ask(*[f"do you sell bicycle number {number}?" for number in range(50)], "a baguette?", passages=BAKERY)

    assert len(answer) < 200


def test_what_was_answered_before_is_not_answered_again():
    before: list[ChatMessage] = [
        {"role": "system", "content": "You are Rosa. A croissant is great."},
        {"role": "user", "content": "how much is a croissant?"},
        {"role": "assistant", "content": "Croissant: €2.40"},
    ]
    assert ask("and a baguette?", passages=BAKERY, before=before) == "Baguette: €1.80"


@pytest.mark.parametrize("text", ["hi", "Hello!", "hola", "Good morning", "hey there", "Guten Tag", "👋 hi"])
def test_a_greeting_is_returned(text):
    answer = ask(text, passages=[], topics=["Opening hours", "Prices"])

    assert answer == "Hello! How can I help you? You can ask me about: Opening hours and Prices."


@pytest.mark.parametrize("text", ["thanks", "Thank you so much!", "ok thanks", "¡Gracias!", "merci"])
def test_thanks_are_welcome(text):
    assert ask(text, passages=BAKERY) == "You're welcome!"


def test_a_greeting_in_front_of_a_question_does_not_hide_it():
    assert ask("Hi, how much is a cinnamon bun? Thanks!", passages=BAKERY) == "Cinnamon bun: €3.10"


def test_nothing_is_counted_where_nothing_is_spent():
    answer = ask("how much is a baguette?", passages=BAKERY)

    assert (answer.input_tokens, answer.output_tokens, answer.model) == (0, 0, "builtin")


@pytest.mark.parametrize("text", ["", "   ", "???", "👍", "(" * 5000, "a " * 5000, "x" * 20000])
def test_any_text_has_an_answer(text):
    assert ask(text, passages=BAKERY)
