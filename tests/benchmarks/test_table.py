"""What the table says of a number."""

from __future__ import annotations

import pytest

from benchmarks.table import Row, number, render


def row(value: float, *, at_least: bool = False) -> Row:
    bounds = {"must": 40.0, "aim": 80.0} if at_least else {"must": 4.0, "aim": 2.0}
    return Row(what="webhook", value=value, unit="x", at_least=at_least, **bounds)


@pytest.mark.parametrize(("value", "verdict"), [(2, "met, aim too"), (2.01, "met"), (4, "met"), (4.01, "MISSED")])
def test_less_is_better_up_to_and_with_the_bound(value: float, verdict: str) -> None:
    assert row(value).verdict == verdict


@pytest.mark.parametrize(("value", "verdict"), [(80, "met, aim too"), (79, "met"), (40, "met"), (39.9, "MISSED")])
def test_more_is_better_where_the_row_says_so(value: float, verdict: str) -> None:
    assert row(value, at_least=True).verdict == verdict


def test_bounds_are_written_in_the_direction_in_which_they_hold() -> None:
    assert row(1).cells()[2:4] == ("<= 4x", "<= 2x")
    assert row(1, at_least=True).cells()[2:4] == (">= 40x", ">= 80x")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (0.0634, "0.063"),
        (0.5, "0.5"),
        (2.0, "2"),
        (2.756, "2.76"),
        (15.83, "15.8"),
        (100.0, "100"),
        (1088.4, "1088"),
    ],
)
def test_numbers_have_three_digits_that_matter(value: float, text: str) -> None:
    assert number(value) == text


def test_the_table_is_markdown_with_columns_of_one_width() -> None:
    lines = render([row(1), row(12345)]).splitlines()
    assert [len(line) for line in lines] == [len(lines[0])] * 4
    assert lines[0].startswith("| what    | measured | must")
    assert lines[2].split("|")[1:6] == [" webhook ", " 1x       ", " <= 4x ", " <= 2x ", " met, aim too "]
