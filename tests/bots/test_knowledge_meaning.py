"""Found by meaning: a true service over HTTP, true pgvector, and everything that may be missing."""

from __future__ import annotations

import time

import pytest
from django.db import connection

from bots import knowledge
from bots.ai import breaker
from bots.ai.base import AIError
from bots.ai.embeddings import Embedder
from bots.knowledge import finding, meaning, reading
from bots.models import AIConfiguration, KnowledgeChunk, KnowledgeEmbedding, KnowledgeSettings, KnowledgeSource
from tests.ai.conftest import KEY, far_end, running_far_end

__all__ = ["far_end", "running_far_end"]


@pytest.fixture(autouse=True)
def _closed_breakers(monkeypatch):
    monkeypatch.setattr(breaker, "_breakers", {})


@pytest.fixture
def base_url(far_end) -> str:
    return f"http://127.0.0.1:{far_end.port}/v1"


@pytest.fixture
def by_meaning(tenant, base_url) -> KnowledgeSettings:
    return KnowledgeSettings.objects.create(pk=1, by_meaning=True, base_url=base_url, api_key=KEY, model="hash")


def read_all() -> None:
    for source in KnowledgeSource.objects.all():
        reading.read(source.pk)


def embeddings_of(far_end) -> list[list[str]]:
    return [request["body"]["input"] for request in far_end.requests if request["path"] == "/v1/embeddings"]


def test_points_come_in_the_order_of_the_texts(far_end, base_url):
    embedder = Embedder(api_key=KEY, base_url=base_url, model="hash", private_hosts=["127.0.0.1"])
    one, other, again = embedder.embed(["a croissant", "a bicycle", "a croissant"])

    assert one == again != other
    assert len(one) == len(other)


@pytest.mark.parametrize(
    "body",
    [
        "{}",
        "[]",
        '{"data": []}',
        '{"data": [{"index": 0, "embedding": []}]}',
        '{"data": [{"index": 1, "embedding": [0.5]}]}',
        '{"data": [{"index": 0, "embedding": ["x"]}]}',
        '{"data": [{"index": 0, "embedding": [NaN]}]}',
        '{"data": [{"index": 0, "embedding": [1e30]}]}',
    ],
)
def test_an_answer_of_another_shape_is_an_error_of_the_service(far_end, base_url, body):
    far_end.fails_with("malformed", body=body)
    embedder = Embedder(api_key=KEY, base_url=base_url, model="hash", private_hosts=["127.0.0.1"])

    with pytest.raises(AIError) as failed:
        embedder.embed(["a croissant"])
    assert failed.value.kind == "unavailable"


def test_a_worker_takes_down_the_meaning_of_each_passage_once(by_meaning, far_end):
    read_all()
    read_all()

    assert KnowledgeEmbedding.objects.count() == KnowledgeChunk.objects.count() == 1
    assert len(embeddings_of(far_end)) == 1


def test_a_passage_that_shares_no_search_word_is_found_by_its_meaning(by_meaning):
    knowledge.replace(title="We", text="Who and where we are, and how you get here and there from here.")
    read_all()

    (found,) = [one for one in finding.find("how do we get there from here and where") if one.title == "We"]
    assert found.meaning is not None
    assert found.meaning > finding.LEAST_MEANING
    assert found.is_used


def test_a_passage_that_both_rankings_have_first_is_first_of_all(by_meaning):
    knowledge.replace(title="Croissant", text="Croissant with almonds.")
    read_all()

    best = finding.find("croissant with almonds")[0]
    assert best.title == "Croissant"
    assert best.score == pytest.approx(1.0)
    assert best.meaning is not None


def test_nothing_is_asked_of_anybody_where_it_is_switched_off(tenant, far_end, base_url):
    KnowledgeSettings.objects.create(pk=1, base_url=base_url, api_key=KEY, model="hash")
    read_all()
    knowledge.search("croissant")

    assert far_end.requests == []
    assert meaning.missing() == {}


def test_a_service_that_fails_leaves_the_words(by_meaning, far_end):
    read_all()
    far_end.fails_with("status", status=500, times=None)

    assert [passage.title for passage in knowledge.search("croissant")] == ["Prices"]


def test_a_service_that_hangs_is_waited_for_two_seconds_and_no_longer(by_meaning, far_end):
    read_all()
    far_end.fails_with("hang", times=None)
    started = time.monotonic()

    assert [passage.title for passage in knowledge.search("croissant")] == ["Prices"]
    assert time.monotonic() - started < meaning.LONGEST_QUESTION_CALL + 1.5


def test_a_service_that_fails_fails_no_source(by_meaning, far_end):
    far_end.fails_with("status", status=500, times=None)
    read_all()

    source = KnowledgeSource.objects.get(title="Prices")
    assert source.state == "ready"
    assert meaning.missing() == {source.pk: 1}


def test_a_database_without_pgvector_searches_by_words(by_meaning, monkeypatch):
    read_all()
    assert meaning.is_possible()
    monkeypatch.setattr(meaning, "is_possible", lambda: False)

    assert [(found.title, found.meaning) for found in finding.find("croissant")] == [("Prices", None)]


def test_another_model_is_another_space(by_meaning, far_end):
    read_all()
    KnowledgeSettings.objects.update(model="other")
    assert all(found.meaning is None for found in finding.find("croissant"))

    read_all()
    assert len(embeddings_of(far_end)) == 3
    assert finding.find("croissant")[0].meaning is not None


def test_points_of_another_length_are_never_compared(by_meaning):
    read_all()
    KnowledgeEmbedding.objects.update(point=[1.0, 0.0])

    assert [passage.title for passage in knowledge.search("croissant")] == ["Prices"]


def test_the_key_of_the_bots_provider_is_good_for_its_embeddings(tenant, far_end, base_url):
    AIConfiguration.objects.filter(is_active=True).update(provider="custom", base_url=base_url, model_name="echo")
    KnowledgeSettings.objects.create(pk=1, by_meaning=True, model="hash")
    bot = AIConfiguration.objects.get(is_active=True)
    bot.api_key = KEY
    bot.save()
    read_all()

    assert KnowledgeEmbedding.objects.count() == 1


def test_without_anybody_to_ask_words_do_alone(tenant):
    AIConfiguration.objects.filter(is_active=True).update(provider="builtin", base_url="")
    KnowledgeSettings.objects.create(pk=1, by_meaning=True)

    assert [passage.title for passage in knowledge.search("croissant")] == ["Prices"]
    assert meaning.missing() == {}


def test_a_key_that_cannot_be_opened_leaves_the_words(by_meaning):
    with connection.cursor() as cursor:
        cursor.execute("UPDATE bots_knowledgesettings SET api_key = 'gAAAAAnobody'")

    assert [passage.title for passage in knowledge.search("croissant")] == ["Prices"]


def test_passages_of_a_source_that_is_switched_off_are_not_found_by_meaning(by_meaning):
    read_all()
    KnowledgeSource.objects.update(is_active=False)

    assert finding.find("croissant") == []
