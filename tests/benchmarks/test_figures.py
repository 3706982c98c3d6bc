"""From samples to a number."""

from __future__ import annotations

import pytest

from benchmarks.figures import compare, cpu_each, percentile


def test_a_percentile_is_a_sample_and_not_between_two() -> None:
    assert percentile([4, 1, 3, 2], 50) == 2
    assert percentile(list(range(1, 101)), 95) == 95
    assert percentile([7], 1) == 7
    assert percentile([1, 2], 100) == 2


def test_no_samples_have_no_percentile() -> None:
    with pytest.raises(ValueError, match="no samples"):
        percentile([], 50)


def test_a_turn_in_which_the_machine_was_slow_does_not_move_the_ratio() -> None:
    ours, floor = iter([4.0, 40.0, 4.4]), iter([2.0, 20.0, 2.0])
    compared = compare(lambda: next(ours), lambda: next(floor), turns=3)
    assert (compared.ratio, compared.ours, compared.floor) == (2.0, 4.4, 2.0)


def test_cpu_is_counted_for_each_thing_and_sleep_costs_none() -> None:
    def busy() -> int:
        return len([sum(range(1000)) for _ in range(300)])

    assert 0 < cpu_each(busy) * 300 < 10_000
    assert cpu_each(lambda: 1_000_000) < cpu_each(busy)
