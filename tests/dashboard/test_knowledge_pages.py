"""The pages of the knowledge, as members of every role meet them."""

from __future__ import annotations

import re
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django_tenants.utils import schema_context
from pytest_django import DjangoAssertNumQueries

from bots import knowledge
from bots.knowledge import meaning, reading, sources
from bots.models import KnowledgeSettings, KnowledgeSource, KnowledgeUpload
from dashboard.knowledge.highlight import pieces
from tenants.models import AuditEntry, Tenant
from tests.bots.files import pdf_of
from tests.dashboard.conftest import PASSWORD, SignIn

HOSTILE = '<script>alert("x")</script>'
HTMX = {"HX-Request": "true"}


@pytest.fixture
def owner(sign_in: SignIn, tenant_client: Client) -> Client:
    return sign_in(tenant_client, "owner")


@pytest.fixture
def fresh(owner: Client) -> Client:
    """The owner's browser, who has said a moment ago once more who it is."""
    owner.post("/accounts/reauthenticate/", {"password": PASSWORD})
    return owner


@pytest.fixture
def viewer(sign_in: SignIn, tenant_client: Client) -> Client:
    return sign_in(tenant_client, "viewer")


@pytest.fixture(autouse=True)
def bells(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    rung: list[str] = []
    monkeypatch.setattr(reading.bell.broker, "send", lambda task, tenant, source, **_: rung.append(source))
    return rung


@pytest.fixture
def prices(tenant: Tenant) -> KnowledgeSource:
    return KnowledgeSource.objects.get(title="Prices")


def path(source: KnowledgeSource, verb: str = "") -> str:
    return f"/knowledge/{source.pk}/{verb}"


def file(name: str = "menu.txt", content: bytes = b"Panettone: 9.00") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def given(source: KnowledgeSource, **changes: Any) -> dict[str, Any]:
    shown = {"title": source.title, "text": source.text, "language": source.language, "version": source.version}
    return {**shown, **changes}


def test_the_list_says_what_there_is_and_how_it_stands(owner: Client, prices: KnowledgeSource) -> None:
    text = owner.get("/knowledge/").text

    assert "1 source" in text
    assert f'href="/knowledge/{prices.pk}/"' in text
    assert "In use" in text


def test_a_tenant_without_knowledge_is_told_what_to_do(owner: Client, prices: KnowledgeSource) -> None:
    prices.delete()

    assert "The bot knows nothing yet" in owner.get("/knowledge/").text


def test_a_viewer_sees_everything_and_is_offered_nothing_that_changes_it(
    viewer: Client, prices: KnowledgeSource
) -> None:
    for url in ("/knowledge/", path(prices), "/knowledge/try/?q=croissant"):
        text = viewer.get(url).text
        assert "Prices" in text
        for offer in ("/edit/", "/delete/", "/switch/", "/upload/", "/knowledge/new/", "/knowledge/settings/"):
            assert offer not in text, f"{offer} on {url}"


def test_a_text_that_is_written_is_in_the_next_answer(owner: Client, tenant: Tenant) -> None:
    response = owner.post("/knowledge/new/", {"title": "  Parking  ", "text": "There is a yard.", "language": ""})
    source = KnowledgeSource.objects.get(title="Parking")

    assert response["Location"] == path(source)
    assert source.updated_by == "owner@people.test"
    assert knowledge.search("a yard?")[0].text == "There is a yard."
    assert AuditEntry.objects.filter(action="knowledge.added", actor__email="owner@people.test").exists()


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"title": "", "text": "x"}, "Give it a title."),
        ({"title": "x", "text": "  "}, "Write what the bot may say."),
        ({"title": "Prices", "text": "x"}, "There is a source of this title already"),
        ({"title": "x" * 201, "text": "x"}, "at most 200 characters"),
        ({"title": "x", "text": "x", "language": "klingon"}, "Select a valid choice"),
    ],
)
def test_a_text_that_cannot_be_kept_says_why_and_is_not_lost(
    owner: Client, tenant: Tenant, fields: dict[str, str], told: str
) -> None:
    response = owner.post("/knowledge/new/", {"language": "", **fields})

    assert response.status_code == 422
    assert told in response.text
    (cursor,) = re.findall(r"<(?:input|textarea|select)[^>]* autofocus\b[^>]*>", response.text)
    assert 'aria-invalid="true"' in cursor
    assert KnowledgeSource.objects.count() == 1


def test_a_zero_character_is_left_out(owner: Client, tenant: Tenant) -> None:
    response = owner.post("/knowledge/new/", {"title": "Zero", "text": "a\0b", "language": ""})

    assert response.status_code in (302, 422)
    assert "\0" not in "".join(KnowledgeSource.objects.values_list("text", flat=True))


def test_fields_that_the_form_does_not_have_change_nothing(owner: Client, prices: KnowledgeSource) -> None:
    more = {"is_active": "", "state": "failed", "updated_by": "x@y.test", "attempts": 9, "deleted_at": "2020-01-01"}
    owner.post(path(prices, "edit/"), {**given(prices, text="Croissant: 2.60"), **more})

    prices.refresh_from_db()
    assert prices.text == "Croissant: 2.60"
    assert (prices.is_active, prices.state, prices.updated_by) == (True, "ready", "owner@people.test")
    assert prices.deleted_at is None


def test_the_second_of_two_editors_keeps_their_text_and_overwrites_nothing(
    owner: Client, prices: KnowledgeSource
) -> None:
    owner.post(path(prices, "edit/"), given(prices, text="Croissant: 2.60"))
    response = owner.post(path(prices, "edit/"), given(prices, text="Croissant: my own"))

    assert response.status_code == 422
    assert "Meanwhile this was changed by owner@people.test" in response.text
    assert "Croissant: my own" in response.text
    assert KnowledgeSource.objects.get(pk=prices.pk).text == "Croissant: 2.60"


def test_an_edit_without_a_version_is_no_way_around_that(owner: Client, prices: KnowledgeSource) -> None:
    fields = given(prices, text="Croissant: 9.99")
    del fields["version"]

    assert owner.post(path(prices, "edit/"), fields).status_code == 422
    assert KnowledgeSource.objects.get(pk=prices.pk).text == prices.text


def test_several_files_become_sources_and_each_bad_one_says_why(
    owner: Client, tenant: Tenant, bells: list[str]
) -> None:
    files = [file("menu.txt"), file("photo.jpg"), file("terms.pdf", pdf_of("No dogs")), file("empty.md", b"")]
    response = owner.post("/knowledge/upload/", {"uploads": files}, follow=True)

    waiting = KnowledgeSource.objects.filter(state="waiting")
    assert sorted(waiting.values_list("title", flat=True)) == ["menu", "terms"]
    assert sorted(bells) == sorted(str(pk) for pk in waiting.values_list("pk", flat=True))
    assert "photo.jpg: This kind of file cannot be read." in response.text
    assert "empty.md: There is no text in this file." in response.text


def test_an_upload_by_htmx_answers_with_the_list_that_asks_for_itself(owner: Client, tenant: Tenant) -> None:
    text = owner.post("/knowledge/upload/", {"uploads": [file()]}, headers=HTMX).text

    assert "Waiting to be read" in text
    assert 'hx-trigger="every 2s"' in text
    assert "<html" not in text


def test_a_file_that_is_too_large_is_refused_without_being_read(
    owner: Client, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sources, "MOST_BYTES", 10)
    response = owner.post("/knowledge/upload/", {"uploads": [file(content=b"x" * 11)]}, follow=True)

    assert "menu.txt: This file is too large." in response.text
    assert not KnowledgeUpload.objects.exists()


def test_an_upload_without_a_file_says_so(owner: Client, tenant: Tenant) -> None:
    assert "Choose a file first." in owner.post("/knowledge/upload/", follow=True).text


def test_the_list_asks_for_itself_only_while_something_is_in_progress(owner: Client, tenant: Tenant) -> None:
    assert "every 2s" not in owner.get("/knowledge/").text
    owner.post("/knowledge/upload/", {"uploads": [file()]})
    waiting = KnowledgeSource.objects.get(title="menu")
    assert "every 2s" in owner.get("/knowledge/").text
    assert "every 2s" in owner.get(path(waiting)).text

    reading.read(waiting.pk)
    assert "every 2s" not in owner.get("/knowledge/").text
    assert "every 2s" not in owner.get(path(waiting)).text


def test_who_waits_is_answered_when_something_changed_and_lost_bells_are_rung_again(
    owner: Client, tenant: Tenant, bells: list[str]
) -> None:
    owner.post("/knowledge/upload/", {"uploads": [file()]})
    bells.clear()
    seen = owner.get("/knowledge/").context["version"]
    assert owner.get(f"/knowledge/progress/?seen={seen}").status_code == 204
    waiting = KnowledgeSource.objects.get(title="menu")
    assert bells == [str(waiting.pk)]

    reading.read(waiting.pk)
    assert "In use" in owner.get(f"/knowledge/progress/?seen={seen}").text
    assert owner.get(path(waiting, "progress/?seen=older")).status_code == 200


@pytest.mark.parametrize(
    ("content", "told"),
    [(pdf_of(), "is a scan"), (pdf_of("x", password="key"), "locked by a password")],
)
def test_a_file_that_could_not_be_read_says_why_in_the_list_and_on_its_page(
    owner: Client, tenant: Tenant, content: bytes, told: str
) -> None:
    owner.post("/knowledge/upload/", {"uploads": [file("scan.pdf", content)]})
    source = KnowledgeSource.objects.get(title="scan")
    reading.read(source.pk)

    assert told in owner.get("/knowledge/").text
    assert told in owner.get(path(source)).text
    assert "Could not be read" in owner.get("/knowledge/").text


def test_a_new_file_takes_the_place_of_the_old_text(owner: Client, prices: KnowledgeSource) -> None:
    response = owner.post(path(prices, "file/"), {"file": file("new.txt", b"Croissant: 3.10")}, follow=True)
    assert "Until then the bot uses the text of before." in response.text

    reading.read(prices.pk)
    assert "3.10" in owner.get(path(prices)).text


def test_switching_off_and_on_holds_for_the_next_question(owner: Client, prices: KnowledgeSource) -> None:
    owner.post(path(prices, "switch/"))
    assert knowledge.search("croissant") == []
    assert "Switched off" in owner.get("/knowledge/").text

    text = owner.post(path(prices, "switch/"), {"is_active": "on"}, headers=HTMX).text
    assert "is in use again" in text
    assert knowledge.search("croissant")


def test_a_deletion_offers_to_be_taken_back(owner: Client, prices: KnowledgeSource) -> None:
    response = owner.post(path(prices, "delete/"), follow=True)
    assert f'action="/knowledge/{prices.pk}/restore/"' in response.text
    assert knowledge.search("croissant") == []
    assert owner.get(path(prices)).status_code == 404

    assert owner.post(path(prices, "restore/")).status_code == 302
    assert knowledge.search("croissant")


def test_a_tried_question_shows_what_is_found_and_why(owner: Client, tenant: Tenant) -> None:
    knowledge.replace(title="Letters", text="Alpha beta gamma delta epsilon zeta eta theta and one croissant.")
    text = owner.get("/knowledge/try/", {"q": "is there a crossant"}).text

    assert "The bot is told 2 passages" in text
    assert "<mark>Croissant</mark>" in text
    assert "“crossant” read as “croissant”" in text
    assert "the 4 passages that fit best, at most" in text


def test_a_question_that_nothing_fits_says_what_the_bot_would_say(owner: Client, tenant: Tenant) -> None:
    assert "The bot would say that it does not know" in owner.get("/knowledge/try/", {"q": "quantum"}).text


@pytest.mark.parametrize("question", ["", "\0", "'; DROP TABLE x", "x" * 5000, "🥐" * 300, HOSTILE])
def test_no_question_breaks_the_page(owner: Client, tenant: Tenant, question: str) -> None:
    response = owner.get("/knowledge/try/", {"q": question})

    assert response.status_code == 200
    assert HOSTILE not in response.text


def test_trying_has_a_limit(owner: Client, tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dashboard.views.knowledge.MOST_TRIALS", 1)
    owner.get("/knowledge/try/", {"q": "croissant"})

    assert "Wait a minute" in owner.get("/knowledge/try/", {"q": "croissant"}).text


def test_markup_in_titles_texts_and_names_stays_text(owner: Client, tenant: Tenant) -> None:
    owner.post("/knowledge/new/", {"title": HOSTILE, "text": f"croissant {HOSTILE}", "language": ""})
    owner.post("/knowledge/upload/", {"uploads": [file("<img src=x onerror=alert(1)>.txt")]}, follow=True)
    source = KnowledgeSource.objects.get(title=HOSTILE)

    for url in ("/knowledge/", path(source), path(source, "edit/"), "/knowledge/try/?q=croissant"):
        text = owner.get(url).text
        assert HOSTILE not in text
        assert "<img src=x" not in text


@pytest.mark.parametrize("verb", ["", "progress/", "edit/", "file/", "switch/", "delete/", "restore/"])
def test_another_tenants_sources_do_not_exist(owner: Client, other_tenant: Tenant, verb: str) -> None:
    with schema_context(other_tenant.schema_name):
        knowledge.replace(title="Theirs", text="Their secret")
        theirs = KnowledgeSource.objects.get(title="Theirs")
    response = (
        owner.get(path(theirs, verb)) if verb in ("", "progress/") else owner.post(path(theirs, verb), given(theirs))
    )

    assert response.status_code in (302, 404) if verb == "file/" else response.status_code == 404
    with schema_context(other_tenant.schema_name):
        theirs.refresh_from_db()
        assert (theirs.text, theirs.deleted_at, theirs.is_active) == ("Their secret", None, True)


def test_a_source_of_nobody_does_not_exist(owner: Client, tenant: Tenant) -> None:
    assert owner.get(f"/knowledge/{uuid4()}/").status_code == 404


def test_the_settings_try_the_service_before_they_are_kept(fresh: Client, tenant: Tenant) -> None:
    fields = {"by_meaning": "on", "base_url": "http://127.0.0.1:9/v1", "api_key": "sk-secret-1", "model": "m"}
    response = fresh.post("/knowledge/settings/", fields)

    assert response.status_code == 422
    assert "It does not work yet" in response.text
    assert "sk-secret-1" not in response.text
    assert not KnowledgeSettings.objects.exists()


def test_a_key_is_kept_and_never_shown_and_never_goes_to_another_address(
    fresh: Client, tenant: Tenant, monkeypatch: pytest.MonkeyPatch, bells: list[str]
) -> None:
    monkeypatch.setattr("dashboard.views.knowledge_settings.meaning.embedder_of", lambda *_, **__: Answering())
    first = {"by_meaning": "on", "base_url": "http://one.test/v1", "api_key": "sk-secret-1", "model": "m"}
    assert fresh.post("/knowledge/settings/", first).status_code == 302
    assert bells == [str(KnowledgeSource.objects.get().pk)]
    assert "sk-secret-1" not in fresh.get("/knowledge/settings/").text

    fresh.post("/knowledge/settings/", {**first, "api_key": ""})
    assert meaning.current().api_key == "sk-secret-1"
    fresh.post("/knowledge/settings/", {**first, "api_key": "", "base_url": "http://two.test/v1"})
    assert meaning.current().api_key == ""


class Answering:
    base_url, model, api_key = "http://one.test/v1", "m", "k"

    def embed(self, texts: list[str]) -> list[list[float]]:
        return [[1.0] for _ in texts]


def test_the_settings_ask_who_it_is_first(owner: Client, tenant: Tenant) -> None:
    session = owner.session
    session["account_authentication_methods"] = []
    session.save()

    assert "/accounts/" in owner.get("/knowledge/settings/")["Location"]


def test_the_number_of_queries_does_not_grow_with_the_sources(
    owner: Client, tenant: Tenant, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    pages = ["/knowledge/", f"/knowledge/{KnowledgeSource.objects.get().pk}/", "/knowledge/try/?q=croissant"]
    for page in pages:  # What is said once a minute, and prepared once for a connection.
        owner.get(page)
    before = [_queries(owner, page) for page in pages]
    for number in range(20):
        knowledge.replace(title=f"Source {number}", text="A croissant.\n\n" * 3)
    owner.get("/knowledge/")

    assert [_queries(owner, page) for page in pages] == before
    assert max(before) <= 12


def _queries(client: Client, page: str) -> int:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as queries:
        assert client.get(page).status_code == 200
    return len(queries)


def test_long_lists_have_pages(owner: Client, tenant: Tenant) -> None:
    for number in range(60):
        KnowledgeSource.objects.create(title=f"Source {number:02}", text="x")

    assert "51–61 of 61" in owner.get("/knowledge/?page=2").text
    assert "Source 07" in owner.get("/knowledge/?q=07").text
    assert "No source has this in its title" in owner.get("/knowledge/?q=zebra").text


def test_what_is_highlighted_is_the_whole_text_again() -> None:
    text = "Croissants: 2.40 €, Café crème & <b>"
    found = pieces(text, words={"croissant", "cafe"})

    assert "".join(piece.text for piece in found) == text
    assert [piece.text for piece in found if piece.is_marked] == ["Croissants", "Café"]
