from __future__ import annotations

import pytest
from django.db import connection
from django.utils import timezone

from bots import knowledge
from bots.knowledge import finding, indexing
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


@pytest.mark.parametrize(
    "question",
    [
        "hello, do you perhaps have a crossant left for me today?",
        "how much is a croisant",
        "CROISSANT?",
        "whats the price of two croissants",
    ],
)
def test_a_misspelt_word_in_a_whole_sentence_finds_the_word_that_it_was_meant_to_be(tenant, question):
    knowledge.replace(title="Directions", text="Turn left at the church, the price of the tram is on the machine.")

    assert "Prices" in titles(question)


def test_a_word_that_is_spelled_right_is_not_taken_for_another(tenant):
    knowledge.replace(title="Late", text="Being late is no problem.")
    knowledge.replace(title="Latte", text="A latte is a coffee with milk.")

    assert titles("latte") == ["Latte"]


def test_an_address_is_found_by_whoever_asks_where(tenant):
    knowledge.replace(title="Where to find us", text="Acme is at 14 Quai des Lanternes.")

    assert titles("where are you?") == ["Where to find us"]
    assert titles("your address please") == ["Where to find us"]


@pytest.mark.parametrize(
    ("text", "question", "language"),
    [
        ("Wir liefern in der ganzen Stadt, und die Lieferungen kosten nichts.", "Was kostet eine Lieferung?", "german"),
        ("Nous livrons dans toute la ville, les livraisons sont gratuites pour vous.", "une livraison", "french"),
        ("Entregamos en toda la ciudad, las entregas son gratis para los vecinos.", "¿hay entrega?", "spanish"),
        ("Le consegne sono gratuite, per gli ordini della città anche con il corriere.", "consegna", "italian"),
        ("We deliver to all of the city, and our deliveries are free for you.", "delivery", "english"),
    ],
)
def test_each_source_is_stemmed_in_its_own_language(tenant, text, question, language):
    knowledge.replace(title="1", text=text)

    assert KnowledgeSource.objects.get(title="1").found_language == language
    assert "1" in titles(question)


def test_the_language_that_a_person_chose_holds(tenant):
    source = KnowledgeSource.objects.create(title="Names", text="Das ist nicht der Text", language="dutch")
    indexing.index(source)

    assert source.found_language == "dutch"


def test_accents_may_be_left_out_and_put_in(tenant):
    knowledge.replace(title="Horario", text="Sábado: de 10:00 a 14:00")
    knowledge.replace(title="Cafes", text="Cafe creme: 3.20")

    assert titles("sabado") == ["Horario"]
    assert titles("café crème") == ["Cafes"]


def test_a_language_without_blanks_is_searched_by_its_characters(tenant):
    knowledge.replace(title="営業時間", text="月曜日：休み\n日曜日：9時から17時まで")

    assert titles("日曜日は開いていますか") == ["営業時間"]


def test_a_rare_word_says_more_than_a_frequent_one(tenant):
    for number in range(8):
        knowledge.replace(title=f"Bread {number}", text="Bread with butter, bread with honey.")
    knowledge.replace(title="Allergy", text="No lupin is in any bread.")

    assert titles("which bread has lupin")[0] == "Allergy"


def test_deleted_sources_are_neither_found_nor_offered(tenant):
    knowledge.replace(title="Parking", text="There is a yard.")
    KnowledgeSource.objects.filter(title="Prices").update(deleted_at=timezone.now())

    assert titles("croissant in the yard") == ["Parking"]
    assert knowledge.topics() == ["Parking"]


def test_a_passage_says_which_source_it_is_of(tenant):
    source = KnowledgeSource.objects.get(title="Prices")

    assert [passage.source for passage in knowledge.search("croissant")] == [str(source.pk)]


def test_what_was_found_says_why(tenant):
    (found,) = finding.find("is the crossant a unicorn?")

    assert [(match.word, match.other) for match in found.matches] == [("crossant", "croissant")]
    assert 0.5 < found.matches[0].likeness < 0.7
    assert found.is_used
    assert found.meaning is None


def test_a_passage_with_few_of_the_words_stays_below_the_line(tenant):
    words = " ".join(f"letter{number}" for number in range(40))
    knowledge.replace(title="Long", text=words)
    knowledge.replace(title="Little", text="letter7")

    assert [(one.title, one.is_used) for one in finding.find(words)] == [("Long", True), ("Little", False)]


def test_each_of_several_things_that_are_asked_at_once_is_found(tenant):
    knowledge.replace(title="Opening hours", text="On Sunday we are open from 8:00 to 13:00.\nOn Monday we are closed.")
    knowledge.replace(title="Nuts", text="Nuts are in the croissant.")

    assert set(titles("how much is a crossant and are you open on sunday")) == {"Opening hours", "Prices", "Nuts"}


def test_a_search_is_one_query(tenant, django_assert_num_queries):
    knowledge.search("the first one says whose schema it is")

    with django_assert_num_queries(1):
        knowledge.search("how much is a crossant?")


def test_thousands_of_passages_are_found_by_their_indices(tenant):
    words = [f"word{number}" for number in range(3000)]
    text = "\n\n".join(" ".join(words[(number * 7 + k) % 3000] for k in range(90)) for number in range(250))
    for number in range(20):
        knowledge.replace(
            title=f"Book {number}", text=f"{text}\n\nThe unicorn of volume {number} is called Star{number}."
        )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE bots_knowledgechunk; ANALYZE bots_knowledgeword")
        words = ["unicorrn", "volume"]
        values = {
            "words": words,
            "others": words,
            "weights": [1.0, 1.0],
            "least_likeness": 0.4,
            "shortest": 4,
            "most": 20,
        }
        cursor.execute("EXPLAIN (COSTS OFF) " + finding.BY_WORDS, values)
        plan = "\n".join(line for (line,) in cursor.fetchall())

    assert KnowledgeChunk.objects.count() > 5000
    assert plan.count("Bitmap Index Scan on chunk_words") >= 2
    assert "Bitmap Index Scan on word_trigrams" in plan
    assert "Seq Scan on bots_knowledgeword" not in plan
    assert titles("unicorrn of volume 7 star7")[0] == "Book 7"


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
    knowledge.replace(title="Parking", text="There is a yard.")
    KnowledgeSource.objects.filter(title="Prices").update(is_active=False)

    assert titles("croissant in the yard") == ["Parking"]
    assert knowledge.topics() == ["Parking"]


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
