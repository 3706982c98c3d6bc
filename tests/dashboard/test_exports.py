"""The pages of exports: who may, what they offer, the list while a file comes, the file itself."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django_tenants.utils import schema_context

from bots.exporting import asking, writing
from bots.models import Channel, Contact, Conversation, Export, Label, Message
from tenants.models import AuditEntry, Tenant
from tests.dashboard.conftest import SignIn

URL = "/exports/"
MARKUP = "<script>alert(1)</script>"
MOST_QUERIES = 14


@pytest.fixture(autouse=True)
def _no_worker(rung: list[str]) -> None:
    """Nobody is told; a test looks at who would have been."""


@pytest.fixture(autouse=True)
def media(media_root: Path) -> Path:
    return media_root


@pytest.fixture
def owner(sign_in: SignIn, tenant_client: Client) -> Client:
    return sign_in(tenant_client, "owner")


@pytest.fixture
def said(converse: Callable[..., Message]) -> Conversation:
    return converse().conversation


@pytest.fixture
def asked(owner: Client, tenant: Tenant) -> Callable[..., Export]:
    """Asks through the page; `written`: and a worker has written it."""

    def asked(*, written: bool = True, **data: Any) -> Export:
        before = set(Export.objects.values_list("pk", flat=True))
        owner.post(f"{URL}new/", {"scope": "all", "format": "json", **data})
        export = Export.objects.exclude(pk__in=before).get()
        if written:
            writing.write(export.pk, tenant=tenant)
            export.refresh_from_db()
        return export

    return asked


def test_the_empty_page_offers_everything_and_says_how_to_take_less(owner):
    page = owner.get(URL).text
    assert "Everything: all conversations of this business" in page
    assert "No export yet" in page
    assert "For less, open a conversation" in page
    assert "style=" not in page


def test_a_conversations_export_is_asked_for_from_its_link(owner, said, rung):
    form = owner.get(URL, {"scope": "conversation", "conversation": said.pk}).context["form"]
    assert form.initial["scope"] == "conversation"
    assert dict(form.fields["scope"].choices)["conversation"] == "A conversation with Ada L."
    data = {"scope": "conversation", "conversation": str(said.pk), "format": "csv"}
    assert owner.post(f"{URL}new/", data)["Location"] == URL
    export = Export.objects.get()
    assert (export.scope, export.format, export.criteria) == ("conversation", "csv", {"conversation": str(said.pk)})
    assert str(export.pk) in rung


def test_a_filter_is_kept_as_it_stands_in_the_inboxs_address(owner, said, asked):
    label = Label.objects.create(name="VIP")
    query = {"scope": "filter", "view": "human", "q": "refund", "label": str(label.pk), "assignee": "none"}
    page = owner.get(URL, query)
    words = "Conversations: list “Human”, with “refund”, label VIP, assigned to nobody"
    assert dict(page.context["form"].fields["scope"].choices)["filter"] == words
    assert asked(**query).criteria == {key: value for key, value in query.items() if key != "scope"}
    assert words in owner.get(URL).text


@pytest.mark.parametrize(
    "data",
    [
        {"scope": "conversation", "conversation": str(uuid4())},
        {"scope": "conversation", "conversation": "x"},
        {"scope": "contact", "contact": str(uuid4())},
        {"scope": "contact"},
        {"scope": "filter", "view": "all"},
        {"scope": "galaxy"},
        {"scope": "all", "format": "exe"},
        {},
    ],
)
def test_what_is_not_there_is_not_exported(owner, data):
    response = owner.post(f"{URL}new/", {"format": "json", **data})
    assert response.status_code == 200
    assert "field-wrong" in response.text
    assert not Export.objects.exists()


def test_another_tenants_conversation_is_not_exported(owner, other_tenant: Tenant):
    with schema_context(other_tenant.schema_name):
        contact = Contact.objects.create(channel=Channel.objects.get(), identity="theirs", reply_to="theirs")
        theirs = Conversation.objects.create(contact=contact)
        export = Export.objects.create(
            scope="all", format="json", asked_by_id=1, asked_by="They", expires_at=timezone.now() + timedelta(days=1)
        )
    owner.post(f"{URL}new/", {"scope": "conversation", "conversation": str(theirs.pk), "format": "json"})
    assert not Export.objects.exists()
    assert owner.get(f"{URL}{export.pk}/file/").status_code == 404
    for action in ("again", "delete"):
        assert owner.post(f"{URL}{export.pk}/{action}/").status_code == 404


def test_the_list_asks_for_itself_while_a_file_comes_and_hears_nothing_while_nothing_changes(
    owner, asked, tenant, rung
):
    export = asked(written=False)
    page = owner.get(URL)
    assert "Waits for a worker" in page.text
    assert 'hx-trigger="every 2s"' in page.text
    seen = page.context["found"].seen
    rung.clear()
    assert owner.get(f"{URL}progress/", {"seen": seen}).status_code == 204
    assert rung == [str(export.pk)], "its bell may have been lost"
    Export.objects.filter(pk=export.pk).update(
        state="writing", attempts=1, done=30, total=100, lease_until=timezone.now() + timedelta(seconds=60)
    )
    partial = owner.get(f"{URL}progress/", {"seen": seen})
    assert '<progress aria-label="Is written" value="30" max="100">' in partial.text
    assert "<html" not in partial.text
    Export.objects.filter(pk=export.pk).update(state="waiting")
    writing.write(export.pk, tenant=tenant)
    done = owner.get(f"{URL}progress/", {"seen": seen}).text
    assert "Download" in done
    assert "hx-trigger" not in done


def test_the_file_is_downloaded_under_a_speaking_name_and_that_is_audited(owner, asked, said, people):
    export = asked(scope="conversation", conversation=str(said.pk))
    response = owner.get(f"{URL}{export.pk}/file/")
    assert json.loads(b"".join(response.streaming_content))["conversations"][0]["id"] == str(said.pk)
    assert response["Content-Disposition"].startswith('attachment; filename="acme-one-conversation-')
    assert response["Content-Type"] == "application/json"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in response["Cache-Control"]
    entries = AuditEntry.objects.filter(action__startswith="export.").order_by("pk")
    assert [(entry.action, entry.actor_id) for entry in entries] == [
        ("export.created", people["owner"].pk),
        ("export.downloaded", people["owner"].pk),
    ]


def test_a_file_whose_time_is_over_is_not_handed_out_even_before_it_is_deleted(owner, asked):
    export = asked()
    Export.objects.filter(pk=export.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    page = owner.get(f"{URL}{export.pk}/file/", follow=True)
    assert "This file is not there any more." in page.text
    assert "Its file is gone" in page.text
    assert not AuditEntry.objects.filter(action="export.downloaded").exists()


def test_a_failed_export_says_why_and_is_asked_for_again(owner, asked, tenant):
    export = asked(written=False)
    Export.objects.update(state="failed", error=writing.GAVE_UP)
    assert writing.GAVE_UP in owner.get(URL).text
    owner.post(f"{URL}{export.pk}/again/")
    writing.write(export.pk, tenant=tenant)
    assert Export.objects.get().state == "ready"


def test_an_export_is_deleted_with_its_file(owner, asked, media):
    export = asked()
    assert list(media.rglob("exports/*"))
    page = owner.post(f"{URL}{export.pk}/delete/", follow=True).text
    assert "The export is deleted." in page
    assert list(media.rglob("exports/*")) == []
    assert AuditEntry.objects.filter(action="export.deleted").exists()


def test_too_many_at_a_time_are_refused_in_words(owner, asked):
    for _ in range(asking.MOST_PENDING):
        asked(written=False)
    page = owner.post(f"{URL}new/", {"scope": "all", "format": "json"}).text
    assert "5 exports are on their way already." in page
    assert Export.objects.count() == asking.MOST_PENDING


@pytest.mark.parametrize("role", ["admin", "agent", "viewer"])
def test_only_owners_take_data_along(sign_in, tenant_client, asked, role):
    export = asked()
    member = sign_in(tenant_client, role)
    for response in (
        member.get(URL),
        member.get(f"{URL}{export.pk}/file/"),
        member.post(f"{URL}new/", {"scope": "all", "format": "json"}),
        member.post(f"{URL}{export.pk}/delete/"),
        member.get(f"{URL}contacts/{UUID(int=1)}/erase/"),
        member.get(f"{URL}erasures/"),
    ):
        assert response.status_code == 403
    assert Export.objects.count() == 1
    assert 'href="/exports/"' not in member.get("/").text


def test_markup_in_names_and_words_stays_text(owner, converse, asked):
    said = converse(name=MARKUP).conversation
    asked(scope="conversation", conversation=str(said.pk))
    asked(scope="filter", view="all", q=MARKUP)
    for address in (URL, f"{URL}?scope=contact&contact={said.contact_id}"):
        assert MARKUP not in owner.get(address).text


def test_numbers_are_masked_in_the_list(owner, converse, asked):
    said = converse(name="", phone="+4915112345601").conversation
    asked(scope="contact", contact=str(said.contact_id))
    page = owner.get(URL).text
    assert "All that is kept of +49 151 *** 5601" in page
    assert "12345601" not in page


def test_an_export_of_somebody_who_is_gone_says_so(owner, said, asked):
    asked(scope="contact", contact=str(said.contact_id))
    said.contact.delete()
    assert "All that is kept of somebody who was erased" in owner.get(URL).text


def test_the_page_costs_the_same_for_few_exports_and_for_many(owner, converse, asked):
    counts = []
    for _ in range(2):
        for number in range(3):
            said = converse(name=f"Ada {uuid4().hex}", phone="").conversation
            asked(scope="conversation", conversation=str(said.pk))
            asked(scope="contact", contact=str(said.contact_id))
            asked(scope="filter", view="all", q=str(number), label="1", channel=str(uuid4()))
        owner.get(URL)
        with CaptureQueriesContext(connection) as queries:
            owner.get(URL)
        counts.append(len(queries))
    assert counts[0] == counts[1] <= MOST_QUERIES
