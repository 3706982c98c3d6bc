"""Erasing a contact through its pages: what is said before, the word that confirms, the proof, the check."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from django.test import Client
from django_tenants.utils import schema_context

from bots import broker
from bots.models import Channel, Contact, Erasure, Export, Message
from tenants.models import Tenant
from tests.dashboard.conftest import SignIn

ADA = "+4915112345601"
CHECK = "/exports/erasures/"


@pytest.fixture(autouse=True)
def _aside(media_root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(broker, "send", lambda *_, **__: None)


@pytest.fixture
def owner(sign_in: SignIn, tenant_client: Client) -> Client:
    return sign_in(tenant_client, "owner")


@pytest.fixture
def ada(converse: Callable[..., Message]) -> Contact:
    return converse(phone=ADA).conversation.contact


def url(contact: Contact) -> str:
    return f"/exports/contacts/{contact.pk}/erase/"


def test_the_page_says_who_what_goes_what_stays_and_offers_a_copy_first(owner, ada):
    page = owner.get(url(ada)).text
    assert "Erase <bdi>Ada L.</bdi>" in page
    assert "1 conversation · 2 messages" in page
    assert 'class="toast' not in page.partition('id="toasts"')[2].partition("</div>")[0], "nothing was done yet"
    assert "What is not erased here" in page
    assert "+49 151 *** 5601" in page
    assert "12345601" not in page
    owner.post("/exports/new/", {"scope": "contact", "contact": str(ada.pk), "format": "json"})
    assert Export.objects.get().criteria == {"contact": str(ada.pk)}


@pytest.mark.parametrize("typed", ["", "erase", "ERASE it", "Ada L."])
def test_without_the_word_nothing_is_erased(owner, ada, typed):
    page = owner.post(url(ada), {"confirmation": typed}).text
    assert "field-wrong" in page
    assert Contact.objects.filter(pk=ada.pk).exists()
    assert not Erasure.objects.exists()


def test_the_word_erases_and_leads_to_the_proof(owner, ada, people):
    page = owner.post(url(ada), {"confirmation": " ERASE "}, follow=True)
    proof = Erasure.objects.get()
    assert page.redirect_chain[0][0] == f"{CHECK}{proof.pk}/"
    assert proof.contact_digest in page.text
    assert "<dt>Messages</dt><dd>2</dd>" in page.text
    assert proof.asked_by_id == people["owner"].pk
    assert not Contact.objects.exists()
    assert owner.get(url(ada)).status_code == 404
    assert owner.post(url(ada), {"confirmation": "ERASE"}).status_code == 404


def test_whether_a_number_was_erased_is_told_and_the_number_is_in_no_address(owner, ada):
    def checked(number: str) -> str:
        return owner.post(CHECK, {"number": number}).text

    assert "No erasure of +49 151 *** 5601 is known" in checked(ADA)
    assert "There is a contact with this number." in checked(ADA)
    owner.post(url(ada), {"confirmation": "ERASE"})
    told = checked("+49 151 12345601")
    assert "+49 151 *** 5601 was erased" in told
    assert "There is no contact with this number now." in told
    Contact.objects.create(channel=Channel.objects.get(), identity=ADA, phone=ADA, reply_to=ADA)
    assert "There is a contact with this number again" in checked(ADA)
    assert 'value="+49' not in owner.get(CHECK, {"number": ADA}).text


@pytest.mark.parametrize(
    ("number", "said"),
    [
        ("x", "No erasure of"),
        ("0", "No erasure of"),
        ("+" * 160, "No erasure of"),
        ("\x00+4915112345601", "field-wrong"),
    ],
)
def test_a_number_that_is_none_is_simply_unknown(owner, number, said):
    page = owner.post(CHECK, {"number": number})
    assert page.status_code == 200
    assert said in page.text
    assert "There is a contact" not in page.text


def test_another_tenants_contact_and_proof_are_not_found(owner, other_tenant: Tenant):
    with schema_context(other_tenant.schema_name):
        theirs = Contact.objects.create(channel=Channel.objects.get(), identity="theirs", reply_to="theirs")
        proof = Erasure.objects.create(contact_digest="0" * 64, asked_by_id=1, asked_by="They")
    assert owner.post(url(theirs), {"confirmation": "ERASE"}).status_code == 404
    assert owner.get(f"{CHECK}{proof.pk}/").status_code == 404
    with schema_context(other_tenant.schema_name):
        assert Contact.objects.filter(pk=theirs.pk).exists()


def test_the_proofs_are_listed(owner, ada):
    assert "Nobody was erased yet" in owner.get(CHECK).text
    owner.post(url(ada), {"confirmation": "ERASE"})
    assert Erasure.objects.get().contact_digest[:16] in owner.get(CHECK).text
