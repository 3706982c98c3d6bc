"""Where the cursor is when a page opens that asks for one thing."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client


@pytest.mark.parametrize(("path", "name"), [("/accounts/login/", "login"), ("/accounts/password/reset/", "email")])
def test_the_cursor_is_in_the_first_field_and_in_no_other(
    path: str, name: str, people: Any, tenant_client: Client
) -> None:
    focused = [one for one in re.findall(r"<input[^>]*>", tenant_client.get(path).text) if "autofocus" in one]
    assert len(focused) == 1
    assert f'name="{name}"' in focused[0]
