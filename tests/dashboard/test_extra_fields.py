"""Forms that are sent with fields which they do not have: what is not asked for is not taken."""

from __future__ import annotations

from typing import Any

from django.test import Client

from bots import drafts
from bots.models import AnswerMark, Export, KnowledgeSource, Message, Note
from tenants.models import Membership, Tenant, User
from tests.dashboard.conftest import PASSWORD, SignIn
from tests.dashboard.furnished import Converse
from tests.dashboard.test_bot import admin, published, save  # noqa: F401 (fixtures)

SECRET = "sk-smuggled"


def test_ones_own_account_takes_a_name_and_nothing_else(
    people: dict[str, User], tenant: Tenant, sign_in: SignIn, tenant_client: Client
) -> None:
    client = sign_in(tenant_client, "viewer")
    more = {"is_staff": "on", "is_superuser": "on", "email": "owner@people.test", "password": "x", "role": "owner"}
    assert client.post("/account/", {"name": "Vera", **more}).status_code == 302
    user = User.objects.get(pk=people["viewer"].pk)
    assert (user.name, user.email) == ("Vera", "viewer@people.test")
    assert not user.is_staff
    assert user.check_password(PASSWORD)
    assert Membership.objects.get(user=user, tenant=tenant).role == "viewer"


def test_a_group_of_the_bot_takes_its_own_fields_alone(admin: Client) -> None:  # noqa: F811 (the fixture)
    more: dict[str, Any] = {"provider": "custom", "base_url": "http://10.0.0.1", "api_key": SECRET, "max_tokens": "1"}
    before = drafts.draft()
    save(admin, "instructions", system_prompt="Be brief.", is_draft="", is_active="on", version="99", **more)
    after = drafts.draft()
    assert after.system_prompt == "Be brief."
    kept = ("pk", "provider", "base_url", "api_key", "max_tokens", "version", "is_active", "is_draft")
    assert {name: getattr(after, name) for name in kept} == {name: getattr(before, name) for name in kept}


def test_a_new_text_begins_as_every_text_does(sign_in: SignIn, tenant_client: Client) -> None:
    client = sign_in(tenant_client, "admin")
    theirs = KnowledgeSource.objects.get(title="Prices")
    more = {"id": str(theirs.pk), "kind": "file", "state": "failed", "attempts": "9", "file_name": "../../etc/passwd"}
    assert client.post("/knowledge/new/", {"title": "Courses", "text": "On Thursdays.", **more}).status_code == 302
    made = KnowledgeSource.objects.get(title="Courses")
    assert made.pk != theirs.pk
    assert (made.kind, made.state, made.attempts, made.file_name) == ("typed", "ready", 0, "")
    theirs.refresh_from_db()
    assert theirs.title == "Prices"


def test_an_invitation_is_taken_by_whom_it_was_made_for_with_the_role_that_it_says(
    people: dict[str, User], tenant: Tenant, sign_in: SignIn, tenant_client: Client
) -> None:
    client = sign_in(tenant_client, "admin")
    client.post("/team/invite/", {"email": "new@people.test", "role": "viewer", "user": str(people["viewer"].pk)})
    assert not User.objects.filter(email="new@people.test").exists()
    invitation = tenant.invitations.get(email="new@people.test")
    assert (invitation.role, invitation.accepted_at) == ("viewer", None)


def test_what_a_member_writes_is_theirs_and_waits_like_everybodys(
    people: dict[str, User], sign_in: SignIn, tenant_client: Client, converse: Converse, rung: list[str]
) -> None:
    client, asked, somebody = sign_in(tenant_client, "agent"), converse(), str(people["owner"].pk)
    where = f"/conversations/{asked.conversation_id}/"
    client.post(f"{where}take-over/")
    more = {
        "author": "The owner",
        "author_id": somebody,
        "status": "delivered",
        "direction": "in",
        "external_id": "SM1",
    }
    client.post(f"{where}reply/", {"text": "Two euro forty.", "turn": str(asked.turn_id), **more})
    client.post(f"{where}note/", {"text": "A regular.", "conversation": somebody, **more})
    reply = Message.objects.get(content="Two euro forty.")
    assert (reply.author_id, reply.status, reply.direction) == (people["agent"].pk, "queued", "out")
    assert (reply.external_id, reply.turn_id) == (None, None)
    note = Note.objects.get(text="A regular.")
    assert (note.author_id, note.conversation_id) == (people["agent"].pk, asked.conversation_id)


def test_a_mark_is_its_authors(
    people: dict[str, User], sign_in: SignIn, tenant_client: Client, converse: Converse
) -> None:
    client, turn = sign_in(tenant_client, "agent"), converse().turn
    other = converse(phone="+4915112345602").turn
    assert turn
    assert other
    more = {"author_id": str(people["owner"].pk), "author": "The owner", "turn": str(other.pk), "id": "7"}
    assert client.post(f"/answers/{turn.pk}/mark/", {"verdict": "wrong", **more}).status_code < 400
    mark = AnswerMark.objects.get()
    assert (mark.turn_id, mark.author_id, mark.verdict) == (turn.pk, people["agent"].pk, "wrong")
    assert mark.author != "The owner"


def test_an_export_begins_empty_and_is_theirs_who_asked(
    people: dict[str, User], sign_in: SignIn, tenant_client: Client, converse: Converse, rung: list[str]
) -> None:
    client, _ = sign_in(tenant_client, "owner"), converse()
    more = {"state": "ready", "file": "../../etc/passwd", "expires_at": "2999-01-01", "asked_by_id": "1", "done": "9"}
    client.post("/exports/new/", {"scope": "all", "format": "json", **more})
    export = Export.objects.get()
    assert (export.state, export.file, export.done) == ("waiting", "", 0)
    assert export.asked_by_id == people["owner"].pk
    assert (export.expires_at - export.created_at).days < 8
