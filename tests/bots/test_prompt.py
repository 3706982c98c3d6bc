from __future__ import annotations

from bots import prompt
from bots.ai.base import Passage

HISTORY = [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "hello"}]


def built(**changes):
    given = {"tenant_name": "Acme", "instructions": "You are Rosa.", "passages": [], "history": [], "new": ["hey"]}
    return prompt.build(**{**given, **changes})


def test_the_chat_is_instructions_then_history_then_each_new_message():
    system, *chat = built(history=HISTORY, new=["how much", "is it?"])

    assert system["role"] == "system"
    assert system["content"].startswith("You are Rosa.")
    assert chat == [*HISTORY, {"role": "user", "content": "how much"}, {"role": "user", "content": "is it?"}]


def test_the_house_rules_are_part_of_every_prompt():
    assert prompt.HOUSE_RULES in built()[0]["content"]
    assert prompt.HOUSE_RULES in built(instructions="")[0]["content"]


def test_without_instructions_the_bot_speaks_for_the_business_and_stays_on_topic():
    system = built(instructions="")[0]["content"]

    assert "assistant of Acme" in system
    assert "stay on that topic" in system


def test_a_note_of_a_colleagues_stands_last_in_the_system_message():
    system = built(note="She gets 10% off.", passages=[Passage(title="Prices", text="Croissant: 2.40")])[0]["content"]

    assert system.endswith(f"{prompt.FROM_A_COLLEAGUE}\n\nShe gets 10% off.")
    assert prompt.FROM_A_COLLEAGUE not in built()[0]["content"]


def test_what_the_business_knows_is_in_the_system_message_best_first():
    passages = [Passage(title="Prices", text="Croissant: 2.40"), Passage(title="Hours", text="8 to 18")]
    chat = built(passages=passages)

    assert "### Prices\nCroissant: 2.40\n\n### Hours\n8 to 18" in chat[0]["content"]
    assert [message["role"] for message in chat] == ["system", "user"]


def test_braces_in_instructions_are_left_alone():
    assert "{name} {0}" in built(instructions="{name} {0}")[0]["content"]


def test_an_answer_whose_question_was_cut_off_is_left_out():
    chat = built(history=[{"role": "assistant", "content": "cut"}, *HISTORY])

    assert chat[1:] == [*HISTORY, {"role": "user", "content": "hey"}]


def test_a_window_of_answers_alone_is_left_out():
    assert len(built(history=[{"role": "assistant", "content": "cut"}])) == 2
