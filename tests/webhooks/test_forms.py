"""A form is read as the standard library reads it, only sooner."""

from __future__ import annotations

from urllib.parse import parse_qsl

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from webhooks.requests import MOST_FIELDS, pairs_of


def read_by_the_library(form: str) -> list[tuple[str, str]] | None:
    try:
        return parse_qsl(
            form, keep_blank_values=True, strict_parsing=bool(form), max_num_fields=MOST_FIELDS, errors="strict"
        )
    except ValueError:
        return None


def read(form: str) -> list[tuple[str, str]] | None:
    try:
        return pairs_of(form)
    except ValueError:
        return None


@example("")
@example("Body=1%2B1+%26+2&Body=&=x")
@example("Body=%ff")
@example("Body=%zz%2")
@example("Body=é%C3%A9")
@example("a=b=c&&d=e")
@given(st.text(alphabet="aB=&+%2C3A9;é🥐\0", max_size=30))
def test_a_form_is_read_as_the_standard_library_reads_it(form: str) -> None:
    assert read(form) == read_by_the_library(form)


@pytest.mark.parametrize("count", [MOST_FIELDS, MOST_FIELDS + 1])
def test_so_many_fields_are_read_and_no_more(count: int) -> None:
    form = "&".join(f"name{number}=x" for number in range(count))
    assert (read(form) is None) == (count > MOST_FIELDS)
    assert read(form) == read_by_the_library(form)
