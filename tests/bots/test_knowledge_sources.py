"""What people do with knowledge, and what the bot knows after it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone
from django_tenants.utils import schema_context

from bots import knowledge
from bots.knowledge import sources
from bots.knowledge.sources import SourceError
from bots.models import KnowledgeSource, KnowledgeUpload, KnowledgeWord
from tenants.models import AuditEntry, User


@pytest.fixture
def by(tenant):
    return {"tenant": tenant, "actor": User.objects.create_user("rosa@acme.test", "hard-to-guess-9")}


def titles(question: str) -> list[str]:
    return [passage.title for passage in knowledge.search(question)]


def edited(source: KnowledgeSource, by, **changes):
    given = {"version": source.version, "title": source.title, "text": source.text, "language": source.language}
    return sources.edit(source.pk, **{**given, **changes}, **by)


def test_what_is_written_is_known_at_once(by):
    source = sources.write(title="Parking", text="There is a yard.", **by)

    assert titles("is there a yard?") == ["Parking"]
    assert (source.updated_by, source.version, source.state) == ("rosa@acme.test", 1, "ready")
    assert AuditEntry.objects.get(action="knowledge.added").detail == {"title": "Parking"}


def test_a_long_text_waits_for_a_worker_and_its_author_does_not(by):
    source = sources.write(title="Book", text="A line about bread.\n" * 2000, **by)

    assert source.state == "waiting"
    assert source.chunks.count() == 0


def test_two_sources_cannot_have_one_title(by):
    with pytest.raises(SourceError) as refused:
        sources.write(title="Prices", text="…", **by)
    assert refused.value.field == "title"


def test_a_source_can_be_renamed_and_is_found_by_its_new_title_alone(by):
    edited(KnowledgeSource.objects.get(title="Prices"), by, title="Tariff")

    assert titles("tariff") == ["Tariff"]
    assert titles("prices") == []


def test_saving_without_a_change_changes_nothing(by):
    source = KnowledgeSource.objects.get(title="Prices")
    edited(source, by)

    assert KnowledgeSource.objects.get(pk=source.pk).version == source.version
    assert not AuditEntry.objects.filter(action__startswith="knowledge.").exists()


def test_the_second_of_two_authors_is_told_and_overwrites_nothing(by):
    source = KnowledgeSource.objects.get(title="Prices")
    edited(source, by, text="Croissant: 2.60")

    with pytest.raises(SourceError, match=r"changed by rosa@acme\.test"):
        edited(source, by, text="Croissant: 9.99")
    assert KnowledgeSource.objects.get(pk=source.pk).text == "Croissant: 2.60"


def test_a_source_that_is_switched_off_is_known_again_when_it_is_switched_on(by):
    source = KnowledgeSource.objects.get(title="Prices")
    sources.switch(source.pk, is_active=False, **by)
    assert titles("croissant") == []

    sources.switch(source.pk, is_active=True, **by)
    assert titles("croissant") == ["Prices"]
    actions = AuditEntry.objects.filter(action__startswith="knowledge.").order_by("pk").values_list("action", flat=True)
    assert list(actions) == ["knowledge.switched_off", "knowledge.switched_on"]


def test_a_deletion_can_be_taken_back(by):
    source = KnowledgeSource.objects.get(title="Prices")
    sources.delete(source.pk, **by)
    assert titles("croissant") == []

    sources.restore(source.pk, **by)
    assert titles("croissant") == ["Prices"]


def test_what_comes_back_to_a_taken_title_has_another(by):
    source = KnowledgeSource.objects.get(title="Prices")
    sources.delete(source.pk, **by)
    sources.write(title="Prices", text="Baguette: 1.80", **by)

    assert sources.restore(source.pk, **by).title == "Prices (2)"
    assert titles("croissant") == ["Prices (2)"]


def test_a_deleted_source_is_forgotten_after_a_day_and_not_before(by):
    source = KnowledgeSource.objects.get(title="Prices")
    sources.delete(source.pk, **by)
    assert sources.purge() == 0

    KnowledgeSource.objects.update(deleted_at=timezone.now() - timedelta(days=1, minutes=1))
    assert sources.purge() == 1
    assert not KnowledgeWord.objects.exists()


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("photo.jpg", b"x", "wrong_type"),
        ("README", b"x", "wrong_type"),
        ("letter.doc", b"x", "old_word"),
        ("empty.txt", b"", "empty"),
        ("big.txt", b"x" * (sources.MOST_BYTES + 1), "too_large"),
    ],
)
def test_a_file_that_no_worker_need_look_at_is_refused_at_once(by, name, content, problem):
    with pytest.raises(SourceError, match=problem):
        sources.upload(name=name, content=content, **by)
    assert not KnowledgeUpload.objects.exists()


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("Price_list 2026.txt", "Price list 2026"),
        ("../../etc/passwd.txt", "passwd"),
        ("C:\\Users\\rosa\\menu.TXT", "menu"),
        ("<b>bold</b>.txt", "b>"),
        ("Prices.txt", "Prices (2)"),
        (".txt", "Untitled"),
        ("x" * 300 + ".txt", "Untitled"),
    ],
)
def test_the_name_of_a_file_becomes_a_title_and_never_a_path(by, name, title):
    if len(name) > 200:
        with pytest.raises(SourceError, match="wrong_type"):
            sources.upload(name=name, content=b"text", **by)
        return
    assert sources.upload(name=name, content=b"text", **by).title == title


def test_an_onboarding_file_finds_the_title_again_that_was_deleted(by):
    source = KnowledgeSource.objects.get(title="Prices")
    sources.delete(source.pk, **by)

    assert knowledge.replace(title="Prices", text="Croissant: 2.40") is True
    assert titles("croissant") == ["Prices"]


@pytest.mark.django_db(transaction=True)
def test_those_who_take_one_title_at_once_get_it_one_after_the_other(by):
    """Two who drop the same file, and two who write under the same title."""

    def drop(_: int) -> str:
        with schema_context("acme"):
            title = sources.upload(name="Menu at once.txt", content=b"Soup 4.50", **by).title
        connection.close()
        return title

    def write(_: int) -> str:
        try:
            with schema_context("acme"):
                return sources.write(title="Written at once", text="Soup 4.50", **by).title
        except SourceError as error:
            return error.field
        finally:
            connection.close()

    try:
        with ThreadPoolExecutor(4) as pool:
            dropped, written = list(pool.map(drop, range(4))), list(pool.map(write, range(4)))
    finally:
        KnowledgeSource.objects.filter(title__contains="at once").delete()
        AuditEntry.objects.filter(actor=by["actor"]).delete()
        by["actor"].delete()
    assert sorted(dropped) == ["Menu at once", *(f"Menu at once ({number})" for number in (2, 3, 4))]
    assert sorted(written) == ["Written at once", "title", "title", "title"]
