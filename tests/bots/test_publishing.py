"""The bot's draft and versions."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django_tenants.utils import schema_context

from bots import drafts, publishing, texts
from bots.differences import differences
from bots.drafts import ChangedMeanwhileError, change_draft, discard_draft, marks
from bots.models import AIConfiguration
from bots.publishing import NothingToPublishError, draft
from tenants.models import AuditEntry, Tenant, User

ANNA, BEN = "anna@acme.test", "ben@acme.test"
FALLBACK = {"provider": "anthropic", "api_key": "sk-second", "model_name": "claude", "base_url": "", "max_tokens": 50}


@pytest.fixture
def published(tenant: Tenant) -> AIConfiguration:
    AIConfiguration.objects.update(is_active=False)
    publishing.publish_values(
        {"provider": "openai", "api_key": "sk-first", "model_name": "gpt", "system_prompt": "Be kind."},
        fallback={},
        note="begun",
        by="",
    )
    return published_now()


@pytest.fixture
def anna(tenant: Tenant) -> User:
    return User.objects.create_user(ANNA, "hard-to-guess-9")


def edit(changes: dict[str, Any], *, by: str = ANNA, **more: Any) -> AIConfiguration:
    """An edit by somebody whose page shows the draft as it is."""
    return change_draft(changes, seen=marks(draft(), *changes), by=by, **more)


def published_now() -> AIConfiguration:
    found = publishing.active()
    assert found is not None
    return found


def test_a_draft_begins_as_what_is_published(published: AIConfiguration) -> None:
    begun = draft()

    assert differences(before=published, after=begun) == []
    assert begun.based_on == published.version
    assert draft().pk == begun.pk


def test_looking_at_the_draft_writes_nothing(published: AIConfiguration) -> None:
    before = AIConfiguration.objects.count()
    standing = drafts.standing()

    assert (standing.changes, standing.is_outdated) == ([], False)
    assert standing.draft.system_prompt == "Be kind."
    assert AIConfiguration.objects.count() == before


def test_an_edit_touches_the_draft_alone(published: AIConfiguration) -> None:
    edit({"system_prompt": "Be brief."})

    assert published_now().system_prompt == "Be kind."
    assert draft().system_prompt == "Be brief."
    assert [change.label for change in drafts.standing().changes] == ["Instructions"]


def test_publishing_makes_the_next_version_and_ends_the_draft(
    published: AIConfiguration, tenant: Tenant, anna: User
) -> None:
    edited = edit({"system_prompt": "Be brief."})
    made = publishing.publish(revision=edited.revision, note="shorter answers", tenant=tenant, by=anna)

    assert made.version == (published.version or 0) + 1
    assert (made.note, made.published_by, made.system_prompt) == ("shorter answers", ANNA, "Be brief.")
    assert made.api_key == "sk-first"
    assert list(AIConfiguration.objects.filter(is_active=True)) == [made]
    assert not AIConfiguration.objects.filter(is_draft=True).exists()


def test_publishing_and_rolling_back_are_in_the_audit(published: AIConfiguration, tenant: Tenant, anna: User) -> None:
    edited = edit({"system_prompt": "Be brief."})
    publishing.publish(revision=edited.revision, note="shorter", tenant=tenant, by=anna)
    publishing.roll_back(version=published.version or 0, note="", tenant=tenant, by=anna)

    back, made = AuditEntry.objects.filter(tenant=tenant, actor=anna, action__startswith="bot.")[:2]
    assert (made.action, made.detail["changed"], made.detail["note"]) == ("bot.published", ["system_prompt"], "shorter")
    assert (back.action, back.detail["to"]) == ("bot.rolled_back", published.version)


def test_a_draft_that_changes_nothing_is_not_published(published: AIConfiguration, tenant: Tenant, anna: User) -> None:
    with pytest.raises(NothingToPublishError):
        publishing.publish(revision=draft().revision, note="", tenant=tenant, by=anna)


def test_the_second_of_two_who_change_the_same_thing_is_told_who_was_first(published: AIConfiguration) -> None:
    seen = marks(draft(), "system_prompt")
    change_draft({"system_prompt": "Anna's"}, seen=seen, by=ANNA)
    with pytest.raises(ChangedMeanwhileError, match=r"anna@acme\.test changed this meanwhile: Instructions"):
        change_draft({"system_prompt": "Ben's"}, seen=seen, by=BEN)

    assert draft().system_prompt == "Anna's"


def test_who_saves_a_form_does_not_take_back_what_another_changed_in_it(published: AIConfiguration) -> None:
    seen = marks(draft(), "system_prompt", "temperature")
    change_draft({"system_prompt": "Anna's", "temperature": 0.7}, seen=seen, by=ANNA)
    change_draft({"system_prompt": "Be kind.", "temperature": 0.1}, seen=seen, by=BEN)

    assert (draft().system_prompt, draft().temperature) == ("Anna's", 0.1)


def test_both_may_change_the_same_thing_to_the_same_value(published: AIConfiguration) -> None:
    seen = marks(draft(), "temperature")
    change_draft({"temperature": 0.1}, seen=seen, by=ANNA)

    assert change_draft({"temperature": 0.1}, seen=seen, by=BEN).edits["temperature"]["by"] == ANNA


def test_who_edits_what_was_published_meanwhile_is_told_by_whom(
    published: AIConfiguration, tenant: Tenant, anna: User
) -> None:
    seen = marks(draft(), "system_prompt")
    edited = change_draft({"system_prompt": "Anna's"}, seen=seen, by=ANNA)
    publishing.publish(revision=edited.revision, note="", tenant=tenant, by=anna)
    with pytest.raises(ChangedMeanwhileError, match=r"anna@acme\.test"):
        change_draft({"system_prompt": "Ben's"}, seen=seen, by=BEN)


def test_a_draft_that_was_not_seen_whole_is_not_published(
    published: AIConfiguration, tenant: Tenant, anna: User
) -> None:
    seen = draft().revision
    edit({"system_prompt": "Anna's"})
    with pytest.raises(ChangedMeanwhileError):
        publishing.publish(revision=seen, note="", tenant=tenant, by=anna)
    with pytest.raises(ChangedMeanwhileError):
        discard_draft(revision=seen)

    assert published_now().system_prompt == "Be kind."


def test_a_version_that_is_published_beside_a_draft_leaves_the_draft(published: AIConfiguration) -> None:
    edit({"system_prompt": "Anna's"})
    changed = publishing.publish_values({"temperature": 0.2}, fallback=None, note="by file", by="")

    assert changed == ["temperature"]
    assert draft().system_prompt == "Anna's"
    assert published_now().system_prompt == "Be kind."
    assert drafts.standing().is_outdated


def test_a_rollback_publishes_the_old_version_again_but_keeps_the_keys_in_use(
    published: AIConfiguration, tenant: Tenant, anna: User
) -> None:
    new = {"system_prompt": "New.", "api_key": "sk-replaced", "transcription_api_key": "sk-heard"}
    publishing.publish_values(new, fallback=FALLBACK, note="", by=ANNA)
    publishing.publish_values({"system_prompt": "Newer."}, fallback={**FALLBACK, "api_key": "sk-3"}, note="", by=ANNA)
    made = publishing.roll_back(version=(published.version or 0) + 1, note="too curt", tenant=tenant, by=anna)

    assert (made.version, made.system_prompt) == ((published.version or 0) + 3, "New.")
    assert made.fallback
    assert (made.api_key, made.transcription_api_key, made.fallback.api_key) == ("sk-replaced", "sk-heard", "sk-3")
    assert AIConfiguration.objects.get(is_active=True) == made


def test_a_rollback_to_another_provider_brings_its_key_back(
    published: AIConfiguration, tenant: Tenant, anna: User
) -> None:
    publishing.publish_values({"provider": "builtin", "api_key": ""}, fallback=None, note="", by=ANNA)
    made = publishing.roll_back(version=published.version or 0, note="", tenant=tenant, by=anna)

    assert (made.provider, made.api_key) == ("openai", "sk-first")


# Keys


@pytest.mark.parametrize("elsewhere", [{"provider": "anthropic"}, {"base_url": "https://evil.example/v1"}])
def test_a_key_never_goes_to_another_provider_or_server(published: AIConfiguration, elsewhere: dict[str, str]) -> None:
    assert edit(elsewhere).api_key == ""


def test_the_key_of_voice_notes_never_goes_to_another_server(published: AIConfiguration) -> None:
    publishing.publish_values({"transcription_api_key": "sk-heard"}, fallback=None, note="", by=ANNA)
    assert edit({"transcription_base_url": "https://evil.example/v1"}).transcription_api_key == ""
    assert edit({"transcription_base_url": ""}).transcription_api_key == "sk-heard"


def test_the_key_of_a_fallback_stays_with_its_provider_alone(published: AIConfiguration) -> None:
    publishing.publish_values({}, fallback=FALLBACK, note="", by=ANNA)
    shown = {name: value for name, value in FALLBACK.items() if name != "api_key"} | {"temperature": 0.7}
    assert change_draft({}, fallback={**shown, "max_tokens": 70}, seen={}, by=ANNA).fallback.api_key == "sk-second"  # type: ignore[union-attr]
    moved = change_draft({}, fallback={**shown, "base_url": "https://evil.example"}, seen={}, by=ANNA)
    assert moved.fallback
    assert moved.fallback.api_key == ""


def test_who_comes_back_to_a_provider_has_its_key_again(published: AIConfiguration) -> None:
    edit({"provider": "anthropic"})
    assert edit({"provider": "openai"}).api_key == "sk-first"


def test_a_replaced_key_is_in_the_draft_and_the_audit_by_name_alone(
    published: AIConfiguration, tenant: Tenant, anna: User
) -> None:
    publishing.publish_values({}, fallback=FALLBACK, note="", by=ANNA)
    drafts.set_key("api_key", "sk-new", tenant=tenant, by=anna)
    row = drafts.set_key("fallback", "sk-newer", tenant=tenant, by=anna)

    assert row.fallback
    assert (row.api_key, row.fallback.api_key, published_now().api_key) == ("sk-new", "sk-newer", "sk-first")
    entries = AuditEntry.objects.filter(tenant=tenant, action="bot.key_replaced")
    assert [entry.detail["changed"] for entry in entries] == [["fallback"], ["api_key"]]
    assert "sk-new" not in str([entry.detail for entry in entries])


def test_the_mark_of_a_secret_tells_nothing_of_it(published: AIConfiguration) -> None:
    assert "sk-first" not in marks(draft(), "api_key")["api_key"]
    with_other_key = {**FALLBACK, "api_key": "sk-third"}
    first = marks(change_draft({}, fallback=FALLBACK, seen={}, by=ANNA), "fallback")
    assert marks(change_draft({}, fallback=with_other_key, seen={}, by=ANNA), "fallback") == first


# Fallbacks, differences


def test_a_fallback_goes_along_with_its_version_and_is_never_shared(
    published: AIConfiguration, tenant: Tenant, anna: User
) -> None:
    edited = change_draft({}, fallback=FALLBACK, seen={}, by=ANNA)
    first = publishing.publish(revision=edited.revision, note="a second leg", tenant=tenant, by=anna)
    second = publishing.publish(revision=edit({"temperature": 0.3}).revision, note="", tenant=tenant, by=anna)

    assert first.fallback
    assert second.fallback
    assert first.fallback.pk != second.fallback.pk
    assert second.fallback.api_key == "sk-second"
    without = change_draft({}, fallback={}, seen={}, by=ANNA)
    assert publishing.publish(revision=without.revision, note="", tenant=tenant, by=anna).fallback is None
    versions = AIConfiguration.objects.filter(version__isnull=False, fallback__isnull=False).count()
    assert AIConfiguration.objects.filter(version__isnull=True).count() == versions


def test_differences_name_things_as_pages_do_and_show_no_secret(published: AIConfiguration) -> None:
    edited = change_draft({"api_key": "sk-very-secret", "temperature": 0.1}, fallback=FALLBACK, seen={}, by=ANNA)
    shown = {one.label: (one.before, one.after) for one in differences(before=published, after=edited)}

    assert shown == {
        "API key": ("set", "replaced"),
        "Temperature": ("0.7", "0.1"),
        "Fallback": ("", "anthropic claude"),
    }


def test_differences_tell_the_hours_in_words_and_each_text_beside_its_default(published: AIConfiguration) -> None:
    edited = edit({"hours": {"mon": [["09:00", "17:00"]]}, "texts": {"no_words": "Words, please."}})
    shown = {one.label: (one.before, one.after) for one in differences(before=published, after=edited)}

    assert shown == {
        "Opening hours": ("", "Monday 09:00–17:00; closed on Tuesday to Sunday"),
        "A message holds no words": (texts.WORDS_ONLY, "Words, please."),
    }


def test_a_key_that_nothing_opens_can_be_replaced(published: AIConfiguration, tenant: Tenant, anna: User) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE bots_aiconfiguration SET api_key = 'gAAAAA-of-another-key' WHERE is_active")
    assert draft().api_key == ""
    assert drafts.standing().draft.api_key == ""
    edited = drafts.set_key("api_key", "sk-new", tenant=tenant, by=anna)

    assert publishing.publish(revision=edited.revision, note="", tenant=tenant, by=anna).api_key == "sk-new"


def test_the_database_keeps_to_one_draft(published: AIConfiguration) -> None:
    draft()
    with pytest.raises(IntegrityError, match="one_draft"), transaction.atomic():
        AIConfiguration.objects.create(provider="builtin", is_active=False, is_draft=True)


@pytest.mark.django_db(transaction=True)
def test_of_those_who_publish_at_once_one_does(tenant: Tenant) -> None:
    AIConfiguration.objects.update(is_active=False)
    publishing.publish_values({"provider": "builtin"}, fallback={}, note="", by="")
    people = [User.objects.create_user(f"{name}@acme.test", "hard-to-guess-9") for name in ("a", "b", "c", "d")]
    revision = edit({"system_prompt": "New."}).revision

    def one(who: User) -> bool:
        try:
            with schema_context(tenant.schema_name):
                publishing.publish(revision=revision, note="", tenant=tenant, by=who)
        except NothingToPublishError:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(4) as pool:
        outcomes = list(pool.map(one, people))

    assert sorted(outcomes) == [False, False, False, True]
    assert AIConfiguration.objects.filter(is_active=True).get().system_prompt == "New."
