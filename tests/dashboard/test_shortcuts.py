"""The table of keys: what the pages' scripts wait for is in it, each key once, and nobody is shown what they may not do."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from dashboard.rights import Can
from dashboard.shortcuts import GROUPS, groups
from tests.dashboard.conftest import SignIn

SCRIPTS = Path(settings.BASE_DIR) / "static" / "js"
NAMED = [one for group in GROUPS for one in group.shortcuts if one.name]


def names(role: str, *, on_console: bool = False) -> set[str]:
    return {one.name for group in groups(on_console=on_console, can=Can(role)) for one in group.shortcuts}


def test_each_key_does_one_thing() -> None:
    assert len({one.key for one in NAMED}) == len({one.name for one in NAMED}) == len(NAMED)


def test_every_shortcut_of_the_table_is_one_that_a_page_knows_and_the_other_way_round() -> None:
    scripts = "".join(path.read_text() for path in SCRIPTS.glob("*.js"))
    bar = (Path(settings.BASE_DIR) / "templates/inbox/_selection.html").read_text()
    waited_for = set(re.findall(r'event\.detail [!=]== "([a-z-]+)"', scripts)) | set(
        re.findall(r'data-does="([a-z-]+)"', bar)
    )
    own = re.search(r"const OWN = \{(.+?)\};", scripts)
    assert own
    waited_for |= set(re.findall(r'"?([a-z-]+)"?(?=:|,)', own[1]))
    assert waited_for == {one.name for one in NAMED}


@pytest.mark.parametrize(("role", "may"), [("agent", True), ("viewer", False)])
def test_the_keys_that_are_shown_are_those_that_do_something(
    tenant_client: Client, sign_in: SignIn, role: str, may: bool
) -> None:
    page = sign_in(tenant_client, role).get("/conversations/").text
    assert 'data-shortcut="X" data-name="select-range"' in page
    assert ('data-shortcut="t" data-name="take-over"' in page) is may
    assert ("take-over" in names(role)) is may
    assert "mark-unread" in names(role)


def test_the_console_has_the_keys_that_are_everywhere() -> None:
    assert names("owner", on_console=True) == {"", "search", "next-row", "previous-row", "keys"}
