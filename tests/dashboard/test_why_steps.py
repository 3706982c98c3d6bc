"""Where an answer's time went, and how it is drawn: pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from dashboard.charts.waterfall import NARROWEST, Step, waterfall
from dashboard.why.steps import Moments, seconds_until_sent, steps_of
from dashboard.wording import duration

START = datetime(2026, 3, 2, 9, 41, tzinfo=UTC)


def after(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


#: Received, 1.5 s of burst, 0.5 s of queue, 0.1 s of search, 1.4 s of AI, committed after 3.6 s.
MOMENTS = Moments(
    received=START,
    webhook=12.0,
    timings={"waited": 2000.0, "queued": 500.0, "files": 0.1, "retrieval": 100.0, "ai": 1400.0},
    committed=after(3.6),
    asked_ai=True,
    has_files=False,
    replies=2,
    sending=after(3.7),
    sent=after(4.0),
    delivered=after(5.0),
    read=after(7200),
)


def lasting(moments: Moments) -> dict[str, float | None]:
    return {step.name: None if step.lasts is None else round(step.lasts, 3) for step in steps_of(moments)}


def test_each_step_is_told_from_the_one_before_it() -> None:
    assert lasting(MOMENTS) == {
        "Webhook": 12.0,
        "Burst": 1500.0,
        "Queue": 500.0,
        "Retrieval": 100.0,
        "AI": 1400.0,
        "Commit": 100.0,
        "Send": 300.0,
        "Delivered": 1000.0,
        "Read": 7_195_000.0,
    }


def test_a_step_begins_where_the_one_before_it_ends() -> None:
    steps = {step.name: step for step in steps_of(MOMENTS)}
    assert steps["Queue"].begins == steps["Burst"].begins + 1500
    assert steps["AI"].begins == steps["Retrieval"].begins + 100
    assert steps["Send"].begins == 3712.0, "the 12 ms of the request come first"


def test_what_nobody_measured_is_said_and_not_made_up() -> None:
    unknown = replace(MOMENTS, webhook=None, timings={"waited": 2000.0, "ai": 1400.0}, delivered=None, read=None)
    steps = {step.name: step for step in steps_of(unknown)}
    assert lasting(unknown)["Webhook"] is None
    assert lasting(unknown)["Waiting"] == 2000.0, "burst and queue, which older answers do not tell apart"
    assert lasting(unknown)["Retrieval"] is None
    assert steps["Delivered"].lasts is None
    assert steps["Read"].lasts is None
    assert all(step.why for step in steps.values() if step.lasts is None)


def test_a_message_that_is_not_sent_yet_has_no_time_of_sending() -> None:
    assert lasting(replace(MOMENTS, sent=None, delivered=None, read=None))["Send"] is None
    assert seconds_until_sent(replace(MOMENTS, sent=None)) is None
    assert seconds_until_sent(MOMENTS) == 4.0


def test_a_fixed_text_has_no_steps_of_the_ai() -> None:
    names = set(lasting(replace(MOMENTS, asked_ai=False)))
    assert names.isdisjoint({"AI", "Retrieval"})
    assert "Commit" in names


def test_files_are_a_step_only_where_there_were_any() -> None:
    assert "Files" not in lasting(MOMENTS)
    assert lasting(replace(MOMENTS, has_files=True))["Files"] == 0.1


def test_clocks_that_disagree_make_no_negative_time() -> None:
    early = replace(MOMENTS, committed=after(0.1), sending=after(4.0), sent=after(3.9))
    steps = steps_of(early)
    assert [step.name for step in steps] == [step.name for step in steps_of(MOMENTS)]
    assert all(step.begins >= 0 and (step.lasts or 0) >= 0 for step in steps)


def test_without_the_messages_there_is_nothing_to_draw() -> None:
    assert steps_of(replace(MOMENTS, received=None)) == []


def test_a_message_read_hours_later_is_cut_and_leaves_the_seconds_to_be_seen() -> None:
    rows = {row.step.name: row for row in waterfall(steps_of(MOMENTS), words=duration).rows}
    assert rows["Read"].is_cut
    assert rows["Read"].took == "1 h"
    assert not rows["Delivered"].is_cut
    assert rows["AI"].width > 200
    assert rows["Delivered"].x + rows["Delivered"].width == 1000


def test_every_bar_is_seen_and_none_leaves_the_drawing() -> None:
    drawn = waterfall(
        [Step(name="a", explanation="", lasts=0.0), Step(name="b", explanation="", lasts=9000.0)], words=duration
    )
    assert [row.width for row in drawn.rows] == [NARROWEST, 1000.0]
    late = Step(name="late", explanation="", begins=60_000.0, lasts=1.0, is_patient=True)
    row = waterfall([Step(name="a", explanation="", lasts=10.0), late], words=duration).rows[1]
    assert row.is_cut
    assert row.x + row.width <= 1000
