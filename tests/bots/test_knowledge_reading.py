"""Files become texts: read by true parsers, in a worker's steps, whatever happens between them."""

from __future__ import annotations

import io
import zipfile
from datetime import timedelta

import pytest
from django.utils import timezone

from bots import broker, knowledge
from bots.knowledge import reading, sources
from bots.media import documents
from bots.models import KnowledgeSource, KnowledgeUpload
from tenants.models import User
from tests.bots.files import pdf_of, word_of


@pytest.fixture
def by(tenant):
    return {"tenant": tenant, "actor": User.objects.create_user("rosa@acme.test", "hard-to-guess-9")}


@pytest.fixture
def bells(monkeypatch):
    rung: list[str] = []
    monkeypatch.setattr(broker, "send", lambda task, tenant, source, **_: rung.append(source))
    return rung


def upload(by, name: str, content: bytes) -> KnowledgeSource:
    return sources.upload(name=name, content=content, **by)


def now_of(source: KnowledgeSource) -> KnowledgeSource:
    return KnowledgeSource.objects.get(pk=source.pk)


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("list.txt", b"Panettone: 9.00 euro", "txt"),
        ("list.md", b"# Cakes\n\n- Panettone: 9.00 euro", "md"),
        ("list.csv", b"cake;price\nPanettone;9.00", "csv"),
        ("list.pdf", pdf_of("Panettone 9.00 euro"), "pdf"),
        ("list.docx", word_of("Panettone 9.00 euro"), "docx"),
        ("utf16.txt", "Panettone: 9.00 €".encode("utf-16"), "txt"),
    ],
)
def test_a_file_is_known_once_a_worker_has_read_it(by, name, content, kind):
    source = upload(by, name, content)
    assert source.state == "waiting"
    assert "panettone" not in str(knowledge.search("panettone")).lower()

    reading.read(source.pk)
    source = now_of(source)
    assert (source.state, source.kind, source.problem) == ("ready", kind, "")
    assert "9.00" in knowledge.search("panettone")[0].text
    assert not KnowledgeUpload.objects.exists(), "the text is what is kept"


def zip_bomb() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", b"0" * (80 * 1024 * 1024))
    return out.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("scan.pdf", pdf_of(), "scanned"),
        ("secret.pdf", pdf_of("Panettone", password="key"), "locked"),
        ("broken.pdf", b"%PDF-1.7 and nothing else", "unreadable"),
        ("photo.pdf", b"\xff\xd8\xff\xe0 a picture", "mismatch"),
        ("program.txt", b"\x7fELF\0\0\0", "mismatch"),
        ("blank.txt", b"  \n\n ", "empty"),
        ("broken.docx", b"PK\x03\x04 and nothing else", "unreadable"),
        ("bomb.docx", zip_bomb(), "too_large"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(by, name, content, problem):
    source = upload(by, name, content)
    reading.read(source.pk)

    source = now_of(source)
    assert (source.state, source.problem) == ("failed", problem)
    assert not KnowledgeUpload.objects.exists()


def test_a_killed_workers_file_is_read_by_the_next_one_once_its_lease_is_over(by):
    source = upload(by, "list.txt", b"Panettone: 9.00")
    reading._take(source.pk)  # and its worker is killed

    reading.read(source.pk)
    assert now_of(source).state == "reading", "the first worker may still be at it"

    KnowledgeSource.objects.filter(pk=source.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
    reading.read(source.pk)
    assert now_of(source).state == "ready"


def test_a_file_of_which_workers_die_is_given_up(by):
    source = upload(by, "poison.txt", b"Panettone: 9.00")
    for _ in range(reading.MOST_ATTEMPTS):
        assert reading._take(source.pk)
        KnowledgeSource.objects.filter(pk=source.pk).update(lease_until=timezone.now() - timedelta(seconds=1))

    reading.read(source.pk)
    assert (now_of(source).state, now_of(source).problem) == ("failed", "gave_up")


def test_a_file_for_which_there_was_no_place_waits_and_loses_no_attempt(by, monkeypatch):
    source = upload(by, "list.txt", b"Panettone: 9.00")
    with monkeypatch.context() as busy:
        busy.setattr(documents, "read", lambda *_, **__: documents.Document(problem="unavailable"))
        for _ in range(reading.MOST_ATTEMPTS + 2):
            reading.read(source.pk)
    assert now_of(source).state == "waiting"

    reading.read(source.pk)
    assert now_of(source).state == "ready"


def test_a_worker_that_was_overtaken_by_an_edit_writes_nothing(by):
    source = upload(by, "list.txt", b"Panettone: 9.00")
    taken = reading._take(source.pk)
    seen = now_of(source)
    sources.edit(source.pk, version=seen.version, title="list", text="Panettone: 12.00", language="", **by)

    reading._settle(taken, outcome=reading._Outcome(text="Panettone: 9.00"))
    assert now_of(source).text == "Panettone: 12.00"


def test_a_text_that_is_written_over_a_waiting_file_is_what_counts(by):
    source = KnowledgeSource.objects.get(title="Prices")
    sources.replace_file(source.pk, name="new.txt", content=b"Croissant: 3.10", **by)
    knowledge.replace(title="Prices", text="Croissant: 4.00")
    reading.read(source.pk)

    assert now_of(source).text == "Croissant: 4.00"
    assert not KnowledgeUpload.objects.exists()


def test_a_worker_that_was_overtaken_by_another_file_writes_nothing(by):
    source = upload(by, "list.txt", b"Panettone: 9.00")
    late = reading._take(source.pk)
    sources.replace_file(source.pk, name="new.txt", content=b"Panettone: 12.00", **by)
    reading._take(source.pk)  # with the same number of attempts as the first

    reading._settle(late, outcome=reading._Outcome(text="Panettone: 9.00"))
    assert now_of(source).text == ""
    assert KnowledgeUpload.objects.exists()


def test_a_source_that_was_deleted_meanwhile_stays_so(by):
    source = upload(by, "list.txt", b"Panettone: 9.00")
    taken = reading._take(source.pk)
    sources.delete(source.pk, **by)

    reading._settle(taken, outcome=reading._Outcome(text="Panettone: 9.00"))
    assert now_of(source).text == ""
    assert knowledge.search("panettone") == []


def test_the_old_text_is_known_until_the_new_file_is_read(by):
    source = KnowledgeSource.objects.get(title="Prices")
    sources.replace_file(source.pk, name="new.txt", content=b"Croissant: 3.10", **by)
    assert "2.40" in knowledge.search("croissant")[0].text

    reading.read(source.pk)
    assert "3.10" in knowledge.search("croissant")[0].text
    assert now_of(source).file_name == "new.txt"


def test_the_old_text_stays_in_use_where_the_new_file_cannot_be_read(by):
    source = KnowledgeSource.objects.get(title="Prices")
    sources.replace_file(source.pk, name="scan.pdf", content=pdf_of(), **by)
    reading.read(source.pk)

    assert now_of(source).problem == "scanned"
    assert now_of(source).file_name == ""
    assert "2.40" in knowledge.search("croissant")[0].text


def test_a_source_that_waits_without_a_file_is_cut_anew(by):
    source = sources.write(title="Book", text="A line about panettone.\n\n" * 2000, **by)
    reading.read(source.pk)

    assert now_of(source).state == "ready"
    assert knowledge.search("panettone")[0].title == "Book"


def test_a_long_document_is_read_whole(by):
    lines = "\n\n".join(
        f"Article {number} costs {number}.00 euro, says the list of all the articles." for number in range(900)
    )
    source = upload(by, "long.txt", f"{lines}\n\nPanettone: 9.00".encode())
    reading.read(source.pk)

    assert len(now_of(source).text) > documents.LONGEST_TEXT * 3
    assert "9.00" in knowledge.search("panettone")[0].text


def test_the_housekeeper_rings_for_what_was_left_lying_and_for_nothing_else(by, bells):
    lying, busy = upload(by, "a.txt", b"a"), upload(by, "b.txt", b"b")
    reading._take(busy.pk)

    assert reading.keep_house() == 1
    assert bells == [str(lying.pk)]


def test_a_broker_that_is_away_loses_no_file(by, monkeypatch):
    def away(*_, **__):
        raise ConnectionError

    monkeypatch.setattr(broker, "send", away)
    source = upload(by, "a.txt", b"a")

    assert reading.ring(source.pk, tenant=by["tenant"]) is False
    assert reading.due().filter(pk=source.pk).exists()
