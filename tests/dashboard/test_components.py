"""What components are made of: navigation, icons, JSON, changes, toasts; and that the style page shows them all."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.messages import get_messages
from django.contrib.messages.storage.cookie import CookieStorage
from django.template import Context, Template
from django.test import RequestFactory
from django.urls import reverse
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from dashboard import diff, navigation, toasts
from dashboard.json_tree import DEEPEST, MOST, Node, tree
from dashboard.navigation import Place
from dashboard.templatetags.shell import hue, initials
from tests.screenshots.pages import PAGES as PAGES_SHOWN

ROOT = Path(settings.BASE_DIR)
SPRITE = (ROOT / "static/icons/lucide.svg").read_text()
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
#: Mail has no stylesheets.
PAGES = [one for one in TEMPLATES if one.parent.name not in {"mail", "email"}]

JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inside: st.lists(inside, max_size=4) | st.dictionaries(st.text(), inside, max_size=4),
    max_leaves=30,
)
PLACES = (
    Place(label="Overview", icon="house", url_name="overview", key="o"),
    Place(label="Team", icon="users", url_name="team", key="t", right="manage_team"),
)


def render(source: str, **context: Any) -> str:
    return Template(source).render(Context(context))


@pytest.mark.parametrize(("path", "current"), [("/", "Overview"), ("/team/", "Team"), ("/team/invite/", "Team")])
def test_a_page_below_an_entry_counts_as_it(path: str, current: str) -> None:
    shown = navigation.links(PLACES, path=path, can=lambda right: True)
    assert [link.label for link in shown if link.is_current] == [current]


def test_an_address_outside_the_table_has_no_current_entry() -> None:
    assert not any(link.is_current for link in navigation.links(PLACES, path="/account/", can=lambda right: True))


def test_what_a_role_may_not_do_is_not_in_its_navigation() -> None:
    assert [link.label for link in navigation.links(PLACES, path="/", can=lambda right: False)] == ["Overview"]


@pytest.mark.parametrize("table", [navigation.TENANT, navigation.CONSOLE])
def test_no_two_entries_share_a_key_and_each_has_its_icon(table: tuple[Place, ...]) -> None:
    keys = [place.key for place in table]
    assert len(set(keys)) == len(keys)
    assert all(len(key) == 1 and key.isalpha() for key in keys)
    assert [place.icon for place in table if f'id="{place.icon}"' not in SPRITE] == []


def test_what_the_palette_alone_lists_has_an_icon_and_no_key() -> None:
    assert [place.label for place in navigation.TENANT_BELOW if place.key] == []
    assert [place.icon for place in navigation.TENANT_BELOW if f'id="{place.icon}"' not in SPRITE] == []


@pytest.mark.parametrize(
    ("table", "urlconf", "visitor"),
    [
        (navigation.TENANT, settings.ROOT_URLCONF, "owner"),
        (navigation.TENANT_BELOW, settings.ROOT_URLCONF, "owner"),
        (navigation.CONSOLE, settings.PUBLIC_SCHEMA_URLCONF, "operator"),
    ],
)
def test_every_place_of_the_navigation_is_among_the_pages_that_the_browser_tests_visit(
    table: tuple[Place, ...], urlconf: str, visitor: str
) -> None:
    shown = {one.path for one in PAGES_SHOWN if one.visitor == visitor}
    assert [place.label for place in table if reverse(place.url_name, urlconf=urlconf) not in shown] == []


def test_every_icon_that_a_template_names_is_in_the_sprite() -> None:
    named = {
        (page.name, name)
        for page in TEMPLATES
        for name in re.findall(r"""(?:\{% icon(?:_url)? |icon=)["']([a-z0-9-]+)["']""", page.read_text())
    }
    assert named
    assert [(page, name) for page, name in sorted(named) if f'id="{name}"' not in SPRITE] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT / "templates")))
def test_no_template_holds_what_the_content_security_policy_forbids(page: Path) -> None:
    source = page.read_text()
    assert re.findall(r"<style|<[a-z][^>]*\s(?:style|on[a-z]+|hx-on[^=]*)=|javascript:", source) == []
    assert [tag for tag in re.findall(r"<script[^>]*>", source) if "src=" not in tag and "json" not in tag] == []


def test_every_stylesheet_of_a_component_is_on_every_page() -> None:
    sheets = (ROOT / "templates/components/stylesheets.html").read_text()
    files = sorted((ROOT / "static/css/components").glob("*.css"))
    assert [one.name for one in files if f"css/components/{one.name}" not in sheets] == []


def test_colours_outside_the_tokens_are_pairs_for_both_themes() -> None:
    for sheet in (ROOT / "static/css").rglob("*.css"):
        if sheet.name == "tokens.css":
            continue
        alone = re.sub(r"light-dark\((?:[^()]|\([^()]*\))*\)", "", sheet.read_text())
        assert re.findall(r"#[0-9a-f]{3,8}\b|oklch\([^)v]*\)|rgba?\(", alone) == [], sheet.name


@hypothesis_settings(deadline=None)
@given(JSON)
def test_any_json_becomes_a_tree(value: Any) -> None:
    node = tree(value)
    assert (node.children is None) == (not isinstance(value, dict | list))


def test_a_tree_says_what_it_leaves_out() -> None:
    node = tree(list(range(MOST + 3)))
    assert node.text == f"{MOST + 3} items"
    assert node.children
    assert node.children[-1].text == "3 more are not shown"
    deep: Any = "end"
    for _ in range(DEEPEST + 5):
        deep = [deep]
    levels, at = 0, tree(deep)
    while at.children:
        levels, at = levels + 1, at.children[0]
    assert (levels, at.text) == (DEEPEST, "…")


def test_json_is_shown_as_text_never_as_markup() -> None:
    page = render('{% include "components/json.html" with value=value only %}', value={"<b>": "</script><img>"})
    assert "&lt;b&gt;" in page
    assert "<img>" not in page
    assert tree(True) == Node(key="", kind="word", text="true")


def test_a_diff_shows_changes_with_what_surrounds_them() -> None:
    before = "\n".join(str(number) for number in range(20))
    changed = diff.lines(before=before, after=before.replace("10", "ten"))
    assert [(line.kind, line.text) for line in changed] == [
        ("gap", "7 unchanged lines"),
        ("same", "7"),
        ("same", "8"),
        ("same", "9"),
        ("removed", "10"),
        ("added", "ten"),
        ("same", "11"),
        ("same", "12"),
        ("same", "13"),
        ("gap", "6 unchanged lines"),
    ]


@hypothesis_settings(deadline=None)
@given(st.text(alphabet="ab\n", max_size=60), st.text(alphabet="ab\n", max_size=60))
def test_a_diff_loses_no_line(before: str, after: str) -> None:
    changed = diff.lines(before=before, after=after)
    if before.splitlines() == after.splitlines():
        assert changed == []
        return
    gaps = sum(int(line.text.split()[0]) for line in changed if line.kind == "gap")
    kept = sum(line.kind in {"same", "removed"} for line in changed)
    assert gaps + kept == len(before.splitlines())


def test_a_toast_that_can_be_undone_posts_to_where_it_is() -> None:
    request = RequestFactory().get("/")
    request._messages = CookieStorage(request)  # type: ignore[attr-defined]
    toasts.done(request, text="Saved <b>it</b>", undo="/undo/7/")
    toasts.failed(request, text="Refused")
    source = '{% include "components/toasts.html" with messages=messages csrf_token="t" only %}'
    page = render(source, messages=list(get_messages(request)))
    assert 'action="/undo/7/"' in page
    assert page.count("<form") == 1
    assert "Saved &lt;b&gt;it&lt;/b&gt;" in page
    assert page.count("data-stays") == 1


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("Ada Lovelace", "AL"),
        ("Ben", "B"),
        ("owner@lumen.test", "O"),
        ("+447700900123", "#"),
        ("+1 415 *** 8886", "#"),
        ("🎂 🎉", "🎂"),
        ("", "#"),
        ("李 小龍", "李小"),
    ],
)
def test_initials_are_of_names_not_of_numbers(name: str, letters: str) -> None:
    assert initials(name) == letters


def test_a_name_keeps_its_hue() -> None:
    assert hue("Ada Lovelace") == hue("Ada Lovelace")
    assert len({hue(f"person {number}") for number in range(200)}) == 8


def test_no_component_is_left_over() -> None:
    shown = "".join(one.read_text() for one in (ROOT / "templates").rglob("*.html"))
    for component in (ROOT / "templates/components").glob("*.html"):
        assert f"components/{component.name}" in shown, component.name
