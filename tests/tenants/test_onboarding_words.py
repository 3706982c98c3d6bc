"""What the file says of opening hours, the greeting and the fixed texts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django_tenants.utils import schema_context

from bots import drafts
from bots.hours import KEYS, OUTSIDE
from bots.models import AIConfiguration
from bots.own_texts import TEXTS
from bots.publishing import publish_values
from tests.tenants.files import ENVIRONMENT, apply, changed, everything
from tests.tenants.test_onboarding_mistakes import mistakes

pytestmark = pytest.mark.django_db
HOURS: dict[str, Any] = {
    "time_zone": "Europe/Paris",
    "outside": "note",
    "sat": ["09:00-13:00"],
    "mon": ["14:00-18:00", "09:00-12:30"],
    "fri": ["18:00-02:00"],
}
WEEK = {"mon": [["09:00", "12:30"], ["14:00", "18:00"]], "fri": [["18:00", "02:00"]], "sat": [["09:00", "13:00"]]}
TEXTS_OF_THEIRS = {"greeting": "Hello from {business}! We are here {hours}.", "closed": "Back {opens}.", "help": "Ask!"}


@pytest.fixture(autouse=True)
def _secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)


def active() -> AIConfiguration:
    with schema_context("new_comer"):
        return AIConfiguration.objects.get(is_active=True)


def held() -> tuple[Any, ...]:
    now = active()
    return now.time_zone, now.outside_hours, now.hours, now.greeting, now.texts


def test_the_file_sets_hours_greeting_and_texts(tmp_path: Path) -> None:
    apply(tmp_path, changed(hours=HOURS, texts=TEXTS_OF_THEIRS))

    greeting = "Hello from {business}! We are here {hours}."
    assert held() == ("Europe/Paris", "note", WEEK, greeting, {"closed": "Back {opens}.", "help": "Ask!"})


def test_the_same_file_again_changes_nothing_though_it_has_hours_and_texts(tmp_path: Path) -> None:
    contents = changed(hours=HOURS, texts=TEXTS_OF_THEIRS)
    apply(tmp_path, contents)
    before = everything()

    assert apply(tmp_path, contents) == []
    assert everything() == before


def test_a_file_without_the_tables_leaves_what_the_dashboard_made(tmp_path: Path) -> None:
    apply(tmp_path, changed())
    theirs = {
        "time_zone": "Asia/Tokyo",
        "outside_hours": "closed",
        "hours": WEEK,
        "greeting": "Hi",
        "texts": {"stop": "Bye"},
    }
    with schema_context("new_comer"):
        publish_values(theirs, fallback=None, note="", by="owner@new.test")

    assert apply(tmp_path, changed(ai__max_tokens=9)) == ["ai.max_tokens"]
    assert held() == tuple(theirs.values())


def test_what_a_table_does_not_name_is_the_default(tmp_path: Path) -> None:
    apply(tmp_path, changed(hours=HOURS, texts=TEXTS_OF_THEIRS))

    made = apply(tmp_path, changed(hours={"time_zone": "Europe/Paris"}, texts={"stop": "Bye", "closed": ""}))
    assert sorted(made) == ["ai.greeting", "ai.hours", "ai.outside_hours", "ai.texts"]
    assert held() == ("Europe/Paris", "always", {}, "", {"stop": "Bye"})


def test_every_text_of_the_dashboard_can_stand_in_the_file_with_its_variables(tmp_path: Path) -> None:
    worded = {key: " ".join(f"{{{name}}}" for name in ("x", *text.variables)) for key, text in TEXTS.items()}
    worded = {key: text.replace("{x}", "Ours:") for key, text in worded.items()}
    apply(tmp_path, changed(texts=worded))

    assert active().texts == worded


def test_the_docs_name_every_text_and_every_day() -> None:
    told = (settings.BASE_DIR / "docs" / "onboarding.md").read_text(encoding="utf-8")
    told = told[told.index("### `[hours]`") : told.index("### `[[knowledge]]`")]

    assert [key for key in ("greeting", *TEXTS, *KEYS, *OUTSIDE) if f"`{key}`" not in told] == []


def test_a_draft_stays_as_it_is(tmp_path: Path) -> None:
    apply(tmp_path, changed())
    with schema_context("new_comer"):
        drafts.change_draft({"greeting": "A greeting to be"}, seen={}, by="owner@new.test")
    apply(tmp_path, changed(texts=TEXTS_OF_THEIRS))

    with schema_context("new_comer"):
        assert drafts.draft().greeting == "A greeting to be"


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (
            {"hours": {"time_zone": "UTC", "mon": ["9 to 5"]}},
            'hours.mon: must be a list of spans such as ["09:00-12:30", "14:00-18:00"]',
        ),
        (
            {"hours": {"time_zone": "UTC", "mon": ["09:00-17:00", "16:00-18:00"]}},
            "hours: Monday: two spans overlap.",
        ),
        (
            {"hours": {"time_zone": "UTC", "outside": "closed"}},
            'hours: outside = "closed" needs at least one day with hours',
        ),
        ({"hours": {"time_zone": "CET-ish"}}, "hours.time_zone: must be a time zone such as Europe/Paris"),
        ({"texts": {"closed": "{soon}"}}, "texts.closed: {soon} is not a variable; known here: {business}, {opens}"),
        ({"texts": {"timeout": "{it}"}}, "texts.timeout: {it} is not a variable; there are none in this text"),
        ({"texts": {"welcome": "Hi"}}, "texts.welcome: is not a known key"),
    ],
)
def test_each_mistake_says_what_to_write(change: dict[str, Any], sentence: str, tmp_path: Path) -> None:
    [said] = mistakes(tmp_path, changed(**change))
    assert said.startswith(sentence)
