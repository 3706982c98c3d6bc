"""Every URL with the id of a row in it, asked for a row of another tenant's: there is no such row here."""

from __future__ import annotations

import re

import pytest
from django.conf import settings
from django.test import Client
from django_tenants.utils import schema_context

from bots import models as bots
from bots.desk import labels
from tenants.models import Invitation, Membership, Tenant, User
from tests.dashboard.conftest import PASSWORD
from tests.dashboard.furnished import Converse, House
from tests.dashboard.urls import NOBODYS, pages

#: What the first id in a path is of, by how the path begins; the first line that fits.
ROWS = {
    "/conversations/labels/": bots.Label,
    "/conversations/replies/": bots.CannedReply,
    "/conversations/": bots.Conversation,
    "/contacts/": bots.Contact,
    "/team/invitations/": Invitation,
    "/team/members/": Membership,
    "/bot/versions/": bots.AIConfiguration,
    "/channels/": bots.Channel,
    "/playground/answers/": bots.PlaygroundAnswer,
    "/playground/": bots.PlaygroundQuestion,
    "/knowledge/": bots.KnowledgeSource,
    "/answers/": bots.Turn,
    "/exports/contacts/": bots.Contact,
    "/exports/erasures/": bots.Erasure,
    "/exports/": bots.Export,
    "/ledger/": bots.Message,
    "/logs/": bots.WebhookLog,
}
#: tests/dashboard/thread/test_files.py asks for another tenant's files, and a label is brought back below.
ELSEWHERE = re.compile("/conversations/(files/|labels/[0-9]+/restore/)")
IDS = [str(one) for one in NOBODYS.values()]
WITH_AN_ID = [
    page.path
    for page in pages(settings.ROOT_URLCONF)
    if isinstance(page.admits, tuple) and any(f"/{one}/" in page.path for one in IDS) and not ELSEWHERE.match(page.path)
]
#: What the forms there need to be looked at at all.
FILLED_IN = {"name": "Mine", "text": "Hello", "title": "Mine", "shortcut": "mine"}
#: A version's number is no id: each tenant counts its own from 1.
NUMBERED = 30


def the_only_one(path: str, *, tenant: Tenant) -> str:
    """The path with the key of a row that is there."""
    model = next(model for beginning, model in ROWS.items() if path.startswith(beginning))
    key: object
    if model is bots.AIConfiguration:
        key = NUMBERED
    elif model in (Invitation, Membership):
        key = model.objects.filter(tenant=tenant).order_by("-pk").values_list("pk", flat=True)[0]
    elif model is bots.Channel:
        key = model.objects.filter(provider="meta").values_list("pk", flat=True)[0]
    else:
        key = model.objects.order_by("-pk").values_list("pk", flat=True)[0]
    for nobodys in IDS:
        path = path.replace(f"/{nobodys}/", f"/{key}/", 1)
    return path


@pytest.fixture
def paths(other_tenant: Tenant, people: dict[str, User], converse: Converse) -> list[str]:
    """Each URL with an id, as it leads to a row of Bravo's."""
    with schema_context(other_tenant.schema_name):
        house = House(tenant=other_tenant, owner=people["other"], converse=converse)
        house.furnish()
        bots.AIConfiguration.objects.filter(is_active=True).update(version=NUMBERED)
        return [the_only_one(path, tenant=other_tenant) for path in WITH_AN_ID]


def browser(host: str, *, email: str) -> Client:
    """Of somebody who went through the sign-in page just now, so that nothing asks who it is."""
    client = Client(headers={"host": host, "x-forwarded-proto": "https"})
    client.post("/accounts/login/", {"login": email, "password": PASSWORD})
    return client


def test_to_another_tenants_owner_no_row_is_there(paths: list[str], people: dict[str, User]) -> None:
    client = browser("acme.localhost", email=people["owner"].email)
    found = {path: {client.get(path).status_code, client.post(path, FILLED_IN).status_code} for path in paths}
    assert {path: statuses for path, statuses in found.items() if statuses - {405} != {404}} == {}


def test_to_their_own_owner_they_are(paths: list[str], people: dict[str, User]) -> None:
    """Else the test above would find nothing wrong in an empty house."""
    client = browser("bravo.localhost", email=people["other"].email)
    found = {path: client.get(path).status_code for path in paths if path.count(IDS[-1]) == 0}
    assert {path for path, status in found.items() if status == 404} == set()
    assert list(found.values()).count(200) > len(ROWS)


def test_a_label_that_another_tenant_deleted_is_not_brought_back_here(
    paths: list[str], other_tenant: Tenant, people: dict[str, User]
) -> None:
    with schema_context(other_tenant.schema_name):
        deleted = labels.delete(bots.Label.objects.all()[0].pk)
    client = browser("acme.localhost", email=people["owner"].email)
    client.post(f"/conversations/labels/{deleted.pk}/restore/")
    assert not bots.Label.objects.filter(name=deleted.name).exists()
    with schema_context(other_tenant.schema_name):
        assert labels.restore(deleted.pk).name == deleted.name, "and they can still bring it back"
