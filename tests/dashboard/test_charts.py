"""Geometry of charts, without a browser."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.charts.bars import bar_chart
from dashboard.charts.frame import Series, few
from dashboard.charts.histogram import counts, spans
from dashboard.charts.line import line_chart, path
from dashboard.charts.scale import HEIGHT, STEPS, WIDTH, scale, short
from dashboard.charts.sparkline import sparkline

VALUES = st.lists(st.integers(0, 10**9), min_size=1, max_size=60)
NOON = datetime(2026, 3, 2, 12)


@pytest.mark.parametrize(
    ("highest", "top", "step"), [(0, 1, 1), (1, 1, 1), (3, 3, 1), (7, 8, 2), (130, 150, 50), (20, 20, 5), (21, 30, 10)]
)
def test_a_scale_ends_on_a_round_number(highest: float, top: float, step: float) -> None:
    made = scale(highest)
    assert (made.top, made.step) == (top, step)


@settings(deadline=None)
@given(st.floats(0.001, 1e12))
def test_a_scale_holds_every_value_in_few_steps(highest: float) -> None:
    made = scale(highest, whole=False)
    assert made.top >= highest * (1 - 1e-6)
    assert round(made.top / made.step) <= STEPS
    assert made.y(0) == HEIGHT


def test_fractions_get_a_scale_below_one() -> None:
    assert [tick.label for tick in scale(0.7, whole=False).ticks(words=short)] == ["0", "0.2", "0.4", "0.6", "0.8"]


@pytest.mark.parametrize(
    ("value", "words"), [(0, "0"), (12, "12"), (0.25, "0.25"), (1200, "1.2k"), (30_000, "30k"), (2_500_000, "2.5M")]
)
def test_values_are_said_shortly(value: float, words: str) -> None:
    assert short(value) == words


def test_a_line_runs_from_edge_to_edge() -> None:
    assert path([10, 20, 0]) == "M0 10L500 20L1000 0"
    assert path([7]) == "M0 7H1000"
    assert path([]) == ""


def sides(rectangle: str) -> tuple[float, ...]:
    """Left, top, width and height of a path."""
    found = re.fullmatch(r"M(\S+) (\S+)h(\S+)v(\S+)h-\3z", rectangle)
    assert found, rectangle
    return tuple(map(float, found.groups()))


@settings(deadline=None)
@given(VALUES)
def test_stacked_bars_stand_on_each_other_and_inside_the_drawing(values: list[int]) -> None:
    halves = [Series(name="A", values=values), Series(name="B", values=values, tone="2")]
    chart = bar_chart(labels=[str(index) for index in range(len(values))], series=halves)
    for slot, value in zip(chart.slots, values, strict=True):
        assert len(slot.bars) == (2 if value else 0)
        left, top, width, height = sides(slot.path)
        assert (0 <= left <= WIDTH, top, height) == (True, 0, HEIGHT)
        for bar in slot.bars:
            assert bar.y >= -2 * len(slot.bars)
            x, y, across, high = sides(bar.path)
            assert (y, high) == (pytest.approx(bar.y, abs=0.01), pytest.approx(bar.height, abs=0.01))
            assert left <= x <= x + across <= left + width + 0.1
        if slot.bars:
            lower, upper = slot.bars
            assert upper.y + upper.height == pytest.approx(lower.y, abs=0.02)
            assert lower.y + lower.height == pytest.approx(HEIGHT, abs=0.02)


def test_a_bar_says_its_parts_and_leads_to_them() -> None:
    series = [Series(name="Answered", values=[12, 3]), Series(name="Failed", values=[1, 0], tone="bad")]
    chart = bar_chart(labels=["Mon", "Tue"], series=series, links=["?day=1", "?day=2"])
    assert [(slot.title, slot.href) for slot in chart.slots] == [
        ("Mon: 12 answered, 1 failed", "?day=1"),
        ("Tue: 3 answered, 0 failed", "?day=2"),
    ]
    assert [row.values for row in chart.rows] == [["12", "1"], ["3", "0"]]


def test_a_week_has_a_label_below_each_bar_and_a_month_a_few() -> None:
    week = bar_chart(labels=list("abcdefg"), series=[Series(name="N", values=range(7))])
    month = bar_chart(labels=[str(day) for day in range(1, 31)], series=[Series(name="N", values=range(30))])
    assert week.has_all_labels
    assert week.times == list("abcdefg")
    assert not month.has_all_labels
    assert month.times == ["1", "8", "15", "23", "30"]
    assert few(["only"]) == ["only"]


def test_values_without_labels_are_refused() -> None:
    with pytest.raises(ValueError, match="argument"):
        line_chart(labels=["Mon"], series=[Series(name="N", values=[1, 2])])


def test_only_a_single_line_has_an_area_below_it() -> None:
    one, two = Series(name="A", values=[1, 2]), Series(name="B", values=[2, 1])
    assert line_chart(labels=["x", "y"], series=[one]).series[0].area.endswith("V200H0Z")
    assert [line.area for line in line_chart(labels=["x", "y"], series=[one, two]).series] == ["", ""]


def test_nothing_makes_an_empty_chart() -> None:
    assert line_chart(labels=[], series=[]).series == []
    assert bar_chart(labels=[], series=[]).slots == []
    assert sparkline([]).path == ""


def test_moments_are_counted_in_their_span_and_those_outside_are_not() -> None:
    hours = spans(start=NOON, end=NOON + timedelta(hours=3), count=3)
    at = [NOON, NOON + timedelta(minutes=59), NOON + timedelta(hours=1), NOON + timedelta(hours=3), NOON - timedelta(1)]
    assert counts(at, over=hours) == [2, 1, 0]


def test_a_histogram_over_no_time_is_refused() -> None:
    with pytest.raises(ValueError, match="time between"):
        spans(start=NOON, end=NOON, count=4)


def test_a_sparkline_goes_from_zero_to_its_highest_value() -> None:
    assert sparkline([0, 4, 2]).path == "M0 22L48 2L96 12"
