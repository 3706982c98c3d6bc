"""The bot's pages, asked as a browser does."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from bots import drafts, publishing
from bots.models import AIConfiguration
from tenants.models import AuditEntry, Tenant, User
from tests.dashboard.conftest import PASSWORD, SignIn

TABS = (
    "/bot/",
    "/bot/provider/",
    "/bot/conversation/",
    "/bot/hours/",
    "/bot/texts/",
    "/bot/versions/",
    "/bot/publish/",
)
SEEN = re.compile(r'name="seen" value="([^"]*)"')


@pytest.fixture
def published(tenant: Tenant) -> AIConfiguration:
    AIConfiguration.objects.update(is_active=False)
    values = {"provider": "openai", "api_key": "sk-first", "model_name": "gpt-4o-mini", "system_prompt": "Be kind."}
    publishing.publish_values(values, fallback={}, note="begun", by="")
    found = publishing.active()
    assert found is not None
    return found


@pytest.fixture
def admin(tenant_client: Client, sign_in: SignIn, published: AIConfiguration) -> Client:
    return sign_in(tenant_client, "admin")


def seen(client: Client, *, group: str, tab: str = "/bot/") -> str:
    """What the page sends along with a group."""
    part = client.get(tab).text.split(f'id="{group}-state"')[1]
    found = SEEN.search(part)
    assert found
    return found[1].replace("&quot;", '"')


def save(client: Client, group: str, *, tab: str = "/bot/", htmx: bool = True, **fields: Any) -> Any:
    marks = fields.pop("marks", None) or seen(client, group=group, tab=tab)
    headers = {"HX-Request": "true"} if htmx else {}
    return client.post(f"/bot/save/{group}/", {"seen": marks, **fields}, headers=headers)


@pytest.mark.parametrize("path", TABS)
def test_every_tab_is_there_with_and_without_a_draft(path: str, admin: Client) -> None:
    assert admin.get(path).status_code == 200
    drafts.draft()
    assert admin.get(path).status_code == 200


@pytest.mark.parametrize("path", TABS)
def test_looking_begins_no_draft(path: str, admin: Client) -> None:
    admin.get(path)
    assert not AIConfiguration.objects.filter(is_draft=True).exists()


@pytest.mark.parametrize(
    ("path", "queries"), [("/bot/", 7), ("/bot/provider/", 7), ("/bot/texts/", 7), ("/bot/versions/", 9)]
)
def test_a_tab_asks_the_database_so_often_however_many_versions_there_are(
    path: str, queries: int, admin: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(3):
        publishing.publish_values({"system_prompt": f"{number}"}, fallback={}, note="", by="")
    drafts.draft()
    admin.get(path)
    with django_assert_num_queries(queries):
        admin.get(path)


# Saving


def test_an_edit_is_saved_to_the_draft_and_says_how_the_draft_stands(admin: Client, published: AIConfiguration) -> None:
    answer = save(admin, "instructions", system_prompt="Be brief.")

    assert "Saved to draft" in answer.text
    assert "The draft differs from what is published (1 change)" in answer.text
    assert 'name="system_prompt"' not in answer.text, "what is typed stays as it is"
    assert (drafts.draft().system_prompt, published.system_prompt) == ("Be brief.", "Be kind.")


def test_a_form_is_saved_without_javascript_too(admin: Client) -> None:
    answer = save(admin, "instructions", htmx=False, system_prompt="Be brief.")

    assert (answer.status_code, answer["Location"]) == (302, "/bot/")
    assert "Saved to the draft" in admin.get("/bot/").text
    assert drafts.draft().edits["system_prompt"]["by"] == "admin@people.test"


def test_one_edit_after_another_is_no_conflict_with_oneself(admin: Client) -> None:
    first = save(admin, "instructions", system_prompt="One.")
    found = SEEN.search(first.text)
    assert found
    second = save(admin, "instructions", marks=found[1].replace("&quot;", '"'), system_prompt="Two.")

    assert "Saved to draft" in second.text
    assert drafts.draft().system_prompt == "Two."


@pytest.mark.parametrize("htmx", [True, False])
def test_an_unknown_variable_is_named_and_nothing_is_saved(htmx: bool, admin: Client) -> None:
    answer = save(admin, "instructions", htmx=htmx, system_prompt='Hi {contact_nmae}, {"a": 1}')

    assert "{contact_nmae} is not a variable. Known here: {business}" in answer.text
    assert drafts.standing().changes == []
    assert htmx or "Hi {contact_nmae}" in answer.text


def test_the_second_of_two_admins_is_told_and_keeps_what_they_typed(admin: Client, sign_in: SignIn) -> None:
    marks = seen(admin, group="instructions")
    drafts.change_draft({"system_prompt": "The owner's <b>words</b>"}, seen={}, by="owner@people.test")
    refused = save(admin, "instructions", marks=marks, system_prompt="Mine.")

    assert "owner@people.test changed “Instructions” just now." in refused.text
    assert "The owner&#x27;s &lt;b&gt;words&lt;/b&gt;" in refused.text
    assert drafts.draft().system_prompt == "The owner's <b>words</b>"
    # What the form sends by itself is still refused; the button that says so replaces it.
    old, new = (mark.replace("&quot;", '"') for mark in SEEN.findall(refused.text))
    assert old == marks
    again = save(admin, "instructions", marks=old, system_prompt="Mine!")
    assert "is not saved" in again.text
    replaced = admin.post("/bot/save/instructions/", {"seen": [old, new], "system_prompt": "Mine!"})
    assert replaced.status_code == 302
    assert drafts.draft().system_prompt == "Mine!"


def test_a_refused_form_keeps_its_text_without_javascript_too(admin: Client) -> None:
    marks = seen(admin, group="instructions")
    drafts.change_draft({"system_prompt": "Theirs."}, seen={}, by="owner@people.test")
    page = save(admin, "instructions", marks=marks, htmx=False, system_prompt="Mine, long and dear.")

    assert page.status_code == 200
    assert "Mine, long and dear." in page.text
    assert "owner@people.test changed “Instructions” just now." in page.text


def test_a_page_without_marks_saves_nothing(admin: Client) -> None:
    answer = admin.post("/bot/save/instructions/", {"system_prompt": "x"}, headers={"HX-Request": "true"})
    assert "too old to be saved" in answer.text
    assert drafts.standing().changes == []


def test_a_form_sets_its_own_columns_and_no_others(admin: Client) -> None:
    save(
        admin,
        "instructions",
        system_prompt="New.",
        api_key="sk-evil",
        provider="custom",
        base_url="https://evil.example",
        is_active="true",
        version="99",
        published_by="x",
    )
    draft = drafts.draft()
    assert (draft.api_key, draft.provider, draft.base_url) == ("sk-first", "openai", "")
    assert (draft.version, draft.is_active, draft.is_draft, draft.published_by) == (None, False, True, "")


def test_what_people_write_is_text_on_every_page(admin: Client) -> None:
    evil = "</textarea><script>alert(1)</script>"
    save(admin, "instructions", system_prompt=evil)
    save(admin, "greeting", greeting=evil)
    save(admin, "texts", tab="/bot/texts/", no_words=evil)
    admin.post("/bot/publish/", {"revision": drafts.draft().revision, "note": evil})
    for path in (*TABS, "/bot/versions/2/", "/bot/versions/1/", "/"):
        assert "<script>alert" not in admin.get(path).text, path


# Groups


def provider_fields(**changes: Any) -> dict[str, Any]:
    fields = {"provider": "openai", "base_url": "", "model_name": "gpt-4o-mini", "max_tokens": 1000, "temperature": 0.7}
    return {**fields, "vision": "", **changes}


def test_another_server_does_not_get_the_key(admin: Client) -> None:
    fields = provider_fields(provider="custom", base_url="https://evil.example/v1", model_name="m")
    answer = save(admin, "provider", tab="/bot/provider/", **fields)

    assert "Saved to draft" in answer.text
    assert drafts.draft().api_key == ""
    assert "Not set" in answer.text


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("ftp://llm.example.com", "Write a web address"),
        ("https://", "Write a web address"),
        ("https://user:secret@llm.example.com/v1", "A key does not belong into the address"),
    ],
)
def test_an_address_that_is_none_is_refused_in_words(url: str, sentence: str, admin: Client) -> None:
    answer = save(admin, "provider", tab="/bot/provider/", **provider_fields(provider="custom", base_url=url))
    assert sentence in answer.text


def test_a_fallback_is_kept_with_its_own_model_and_can_be_given_up(admin: Client) -> None:
    fields = {"provider": "anthropic", "base_url": "", "model_name": "claude", "max_tokens": 500, "temperature": 0.2}
    save(admin, "fallback", tab="/bot/provider/", **fields)
    kept = drafts.draft().fallback
    assert kept
    assert (kept.provider, kept.model_name, kept.max_tokens) == ("anthropic", "claude", 500)

    save(admin, "fallback", tab="/bot/provider/", **{**fields, "provider": ""})
    assert drafts.draft().fallback is None


def test_opening_hours_are_kept_by_day_and_mistakes_are_named(admin: Client) -> None:
    base = {"outside_hours": "closed", "time_zone": "Europe/Paris"}
    none = save(admin, "hours", tab="/bot/hours/", **base)
    assert "Enter at least one span" in none.text
    wrong = save(
        admin, "hours", tab="/bot/hours/",
        **base, **{"mon-0-opens": "09:00", "mon-0-closes": "13:00", "mon-1-opens": "12:00", "mon-1-closes": "18:00"},
    )  # fmt: skip
    assert "Monday: two spans overlap." in wrong.text
    nowhere = save(admin, "hours", tab="/bot/hours/", outside_hours="always", time_zone="Europe/Atlantis")
    assert "Choose a time zone" in nowhere.text
    save(admin, "hours", tab="/bot/hours/", **base, **{"mon-0-opens": "09:00", "mon-0-closes": "13:00"})
    draft = drafts.draft()
    assert (draft.hours, draft.outside_hours, draft.time_zone) == (
        {"mon": [["09:00", "13:00"]]}, "closed", "Europe/Paris"
    )  # fmt: skip


def test_an_empty_text_is_the_default_and_one_with_an_unknown_variable_is_refused(admin: Client) -> None:
    save(admin, "texts", tab="/bot/texts/", no_words="Words, please.", too_large="")
    assert drafts.draft().texts == {"no_words": "Words, please."}
    refused = save(admin, "texts", tab="/bot/texts/", too_large="{file} is huge")
    assert "{file} is not a variable. Known here: {it}." in refused.text


def test_an_untouched_page_changes_nothing_when_it_is_saved(admin: Client, published: AIConfiguration) -> None:
    languages = ["en", "de", "fr"]
    publishing.publish_values({"languages": languages, "ttl_seconds": 1234}, fallback={}, note="", by="")
    fields = {
        "ttl_seconds": 1234,
        "max_context_messages": published.max_context_messages,
        "reply_delay_seconds": published.reply_delay_seconds,
        "rate_limit_per_minute": published.rate_limit_per_minute,
        "handover_pause_seconds": published.handover_pause_seconds,
        "languages": ["de", "fr"],
    }
    save(admin, "conversation", tab="/bot/conversation/", **fields)
    save(admin, "provider", tab="/bot/provider/", **provider_fields())
    assert drafts.standing().changes == []


# Starting points


def test_a_starting_point_is_taken_over_and_taken_back(admin: Client) -> None:
    admin.post("/bot/starting-points/bakery/")
    assert drafts.draft().system_prompt.startswith("You are the friendly voice of {business}, a bakery.")
    page = admin.get("/bot/").text
    assert 'action="/bot/starting-points/undo/"' in page
    admin.post("/bot/starting-points/undo/")
    assert drafts.draft().system_prompt == "Be kind."
    assert admin.post("/bot/starting-points/astrologer/").status_code == 404


# Keys


def confirmed(client: Client) -> Client:
    """Somebody who has just given their password."""
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    return client


def test_a_key_is_set_after_asking_who_it_is_and_is_never_shown(admin: Client) -> None:
    refused = admin.post("/bot/keys/api_key/", {"key": "sk-secret-new"})
    assert refused.status_code == 302
    assert "reauthenticate" in refused["Location"] or "login" in refused["Location"]
    assert drafts.standing().changes == []

    answer = confirmed(admin).post("/bot/keys/api_key/", {"key": " sk-secret-new "})
    assert (answer.status_code, answer["Location"]) == (302, "/bot/provider/")
    assert drafts.draft().api_key == "sk-secret-new"
    for path in (*TABS, "/bot/keys/api_key/"):
        assert "sk-secret-new" not in admin.get(path).text


def test_a_key_with_a_blank_in_it_is_refused_and_one_can_be_removed(admin: Client) -> None:
    confirmed(admin)
    assert "Copy it again" in admin.post("/bot/keys/api_key/", {"key": "sk-a sk-b"}).text
    admin.post("/bot/keys/api_key/", {"remove": "yes"})
    assert drafts.draft().api_key == ""
    assert admin.get("/bot/keys/fallback/").status_code == 404, "there is no fallback"


# Publishing


def publish(client: Client, **changes: Any) -> Any:
    return client.post("/bot/publish/", {"revision": drafts.draft().revision, "note": "Shorter", **changes})


def test_publishing_shows_what_changes_and_asks_why(admin: Client) -> None:
    save(admin, "instructions", system_prompt="Be brief.")
    page = admin.get("/bot/publish/").text
    assert "Be kind." in page
    assert "Be brief." in page
    unsaid = publish(admin, note=" ")
    assert "Say why in a few words." in unsaid.text
    assert re.search(r"<input[^>]*name=\"note\"[^>]* autofocus\b", unsaid.text), "the cursor stands where it is wrong"

    answer = publish(admin)
    assert (answer.status_code, answer["Location"]) == (302, "/bot/versions/")
    assert publishing.active().system_prompt == "Be brief."  # type: ignore[union-attr]
    versions = admin.get("/bot/versions/").text
    assert "Shorter" in versions
    assert "admin@people.test" in versions


def test_a_draft_that_somebody_edited_meanwhile_is_not_published(admin: Client) -> None:
    save(admin, "instructions", system_prompt="Be brief.")
    revision = drafts.draft().revision
    drafts.change_draft({"temperature": 0.1}, seen={}, by="owner@people.test")
    answer = publish(admin, revision=revision)

    assert "owner@people.test changed “Temperature” just now. Look at the changes again" in answer.text
    assert publishing.active().system_prompt == "Be kind."  # type: ignore[union-attr]


def test_a_draft_that_could_answer_nobody_is_not_published(admin: Client) -> None:
    save(admin, "provider", tab="/bot/provider/", **provider_fields(provider="anthropic", model_name=""))
    assert "Anthropic has no API key and no model yet." in admin.get("/bot/").text
    answer = publish(admin)

    assert "This draft could answer nobody" in answer.text
    assert publishing.active().provider == "openai"  # type: ignore[union-attr]


def test_a_second_click_on_publish_publishes_nothing_twice(admin: Client) -> None:
    save(admin, "instructions", system_prompt="Be brief.")
    revision = drafts.draft().revision
    publish(admin, revision=revision)
    again = publish(admin, revision=revision)

    assert (again.status_code, again["Location"]) == (302, "/bot/versions/")
    assert "there is nothing left to publish" in admin.get("/bot/versions/").text
    assert AIConfiguration.objects.filter(note="Shorter").count() == 1


def test_a_version_is_rolled_back_to_and_that_is_undone(admin: Client, published: AIConfiguration) -> None:
    save(admin, "instructions", system_prompt="Be brief.")
    publish(admin)
    admin.post(f"/bot/versions/{published.version}/roll-back/")
    assert publishing.active().system_prompt == "Be kind."  # type: ignore[union-attr]
    undo = f'action="/bot/versions/{(published.version or 0) + 1}/roll-back/"'
    assert undo in admin.get("/bot/versions/").text
    assert AuditEntry.objects.filter(action="bot.rolled_back", actor__email="admin@people.test").exists()
    assert admin.post("/bot/versions/999/roll-back/").status_code == 404


def test_the_first_version_says_what_it_began_with_and_the_next_what_came_in_place_of_what(
    admin: Client, published: AIConfiguration
) -> None:
    save(admin, "provider", tab="/bot/provider/", **provider_fields(max_tokens=500))
    publish(admin)
    first = admin.get("/bot/versions/1/").text
    following = admin.get(f"/bot/versions/{(published.version or 0) + 1}/").text

    assert '<p class="bot-values"><ins>1 hour</ins></p>' in first
    assert "Longest answer" not in first, "the built-in answerer knows no tokens"
    assert "<del>" not in first
    assert re.search(r"<del>.*1000</del>.*→.*<ins>.*500</ins>", following)


def test_a_version_says_what_it_changed(admin: Client, published: AIConfiguration) -> None:
    save(admin, "instructions", system_prompt="Be brief.")
    publish(admin)
    page = admin.get(f"/bot/versions/{(published.version or 0) + 1}/").text
    assert "Be kind." in page
    assert "Be brief." in page
    assert "sk-first" not in admin.get(f"/bot/versions/{published.version}/").text
    assert admin.get("/bot/versions/999/").status_code == 404


def test_a_draft_is_discarded_but_not_one_that_was_not_seen(admin: Client) -> None:
    save(admin, "instructions", system_prompt="Be brief.")
    revision = drafts.draft().revision
    drafts.change_draft({"temperature": 0.1}, seen={}, by="owner@people.test")
    admin.post("/bot/discard/", {"revision": revision})
    assert len(drafts.standing().changes) == 2
    admin.post("/bot/discard/", {"revision": revision + 1})
    assert drafts.standing().changes == []


# Rights


@pytest.mark.parametrize("role", ["agent", "viewer"])
def test_who_may_only_look_sees_locked_fields_and_changes_nothing(
    role: str, tenant_client: Client, sign_in: SignIn, published: AIConfiguration
) -> None:
    client = sign_in(tenant_client, role)
    page = client.get("/bot/").text
    assert "disabled" in page.split('name="system_prompt"')[1].split(">")[0]
    assert "Review and publish" not in page
    for path in ("save/instructions/", "publish/", "discard/", "versions/1/roll-back/", "starting-points/bakery/",
                 "keys/api_key/", "test/provider/"):  # fmt: skip
        assert client.post(f"/bot/{path}", {"seen": "{}", "system_prompt": "x"}).status_code == 403, path
    assert drafts.standing().changes == []


def test_nothing_is_saved_by_a_form_of_another_site(sign_in: SignIn, published: AIConfiguration) -> None:
    client = Client(headers={"host": "acme.localhost", "x-forwarded-proto": "https"}, enforce_csrf_checks=True)
    answer = sign_in(client, "admin").post("/bot/save/instructions/", {"seen": "{}", "system_prompt": "x"})
    assert answer.status_code == 403


def test_another_tenants_versions_are_not_there(admin: Client, other_tenant: Tenant, people: dict[str, User]) -> None:
    client = Client(headers={"host": "bravo.localhost", "x-forwarded-proto": "https"})
    client.force_login(people["admin"])
    assert client.get("/bot/").status_code == 403
