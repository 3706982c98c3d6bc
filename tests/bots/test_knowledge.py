from __future__ import annotations

import pytest

from bots import knowledge
from bots.models import KnowledgeChunk, KnowledgeSource

MENU = "Croissant: 2.40 euro\nPain au chocolat: 2.90 euro"


def titles(question: str, **limit: int) -> list[str]:
    return [passage.title for passage in knowledge.search(question, **limit)]


def test_a_short_text_is_one_passage():
    assert knowledge.cut("  One paragraph.\n\n\n\nAnother.  ") == ["One paragraph.\n\nAnother."]


def test_a_text_of_blanks_has_no_passage():
    assert knowledge.cut(" \n\n \r\n\r\n") == []


def test_paragraphs_stay_together_while_they_fit():
    first, second, third = "a" * 400, "b" * 298, "c" * 10

    assert knowledge.cut(f"{first}\n\n{second}\n\n{third}") == [f"{first}\n\n{second}", third]


def test_a_long_paragraph_is_cut_between_its_lines():
    lines = [f"Line {number}: " + "x" * 90 for number in range(20)]
    passages = knowledge.cut("\n".join(lines))

    assert len(passages) > 1
    assert all(len(passage) <= knowledge.PASSAGE_LENGTH for passage in passages)
    assert "\n".join(passages).split("\n") == lines


def test_windows_line_ends_are_line_ends():
    assert knowledge.cut("a\r\nb\r\n\r\nc") == ["a\nb\n\nc"]


def test_a_passage_is_found_by_a_word_of_it(tenant):
    knowledge.replace(title="Parking", text="There are parking spaces behind the shop.")

    assert titles("where can I park my car?") == ["Parking"]


def test_a_passage_is_found_by_its_title(tenant):
    knowledge.replace(title="Vacancies", text="We look for a baker, full time.")

    assert titles("vacancies")[0] == "Vacancies"


def test_any_word_of_the_question_may_match(tenant):
    knowledge.replace(title="Parking", text="There are parking spaces behind the shop.")
    knowledge.replace(title="Delivery", text="We deliver within the city.")

    assert set(titles("parking, delivery or unicorns?")) == {"Parking", "Delivery"}


def test_a_passage_is_found_in_spite_of_a_typing_error(tenant):
    assert titles("crossant")[0] == "Prices"


def test_the_best_passage_comes_first(tenant):
    knowledge.replace(title="Letters", text="A croissant was once mentioned in a letter about other things entirely.")
    knowledge.replace(title="Croissant", text="Croissant with butter. Croissant with almonds.")
    found = knowledge.search("croissant with almonds")

    assert found[0].title == "Croissant"
    assert [passage.score for passage in found] == sorted((passage.score for passage in found), reverse=True)


def test_a_question_about_something_else_finds_nothing(tenant):
    assert titles("quantum chromodynamics") == []


@pytest.mark.parametrize("question", ["", "?!", "' & | ! () :* \\", "<b>'; DROP TABLE x; --", "a?b=1&c=2"])
def test_no_question_is_too_strange_to_be_searched_for(tenant, question):
    assert isinstance(knowledge.search(question), list)


def test_no_more_passages_come_than_asked_for(tenant):
    for number in range(6):
        knowledge.replace(title=f"Bread {number}", text="All about bread.")

    assert len(titles("bread")) == knowledge.MOST_PASSAGES
    assert len(titles("bread", limit=2)) == 2


def test_inactive_sources_are_neither_found_nor_offered(tenant):
    KnowledgeSource.objects.filter(title="Prices").update(is_active=False)

    assert titles("croissant") == []
    assert knowledge.topics() == []


def test_the_same_text_again_changes_nothing(tenant):
    knowledge.replace(title="Menu", text=MENU)
    before = list(KnowledgeChunk.objects.values_list("pk", flat=True))

    assert knowledge.replace(title="Menu", text=MENU) is False
    assert list(KnowledgeChunk.objects.values_list("pk", flat=True)) == before


def test_a_new_text_takes_the_place_of_the_old_one(tenant):
    knowledge.replace(title="Menu", text="Tiramisu: 5 euro")

    assert knowledge.replace(title="Menu", text="Panettone: 9 euro") is True
    assert titles("tiramisu") == []
    assert titles("panettone") == ["Menu"]


def test_a_source_that_was_switched_off_is_switched_on_by_its_text(tenant):
    knowledge.replace(title="Menu", text=MENU)
    KnowledgeSource.objects.filter(title="Menu").update(is_active=False)

    assert knowledge.replace(title="Menu", text=MENU) is True
    assert "Menu" in knowledge.topics()


def test_topics_are_the_titles_of_the_sources(tenant):
    knowledge.replace(title="Allergens", text="Nuts.")

    assert knowledge.topics() == ["Allergens", "Prices"]
    assert knowledge.topics(limit=1) == ["Allergens"]
