"""The playground with a true worker and a provider that streams slowly: words come while nobody's process waits."""

from __future__ import annotations

import time

import pytest

from tests.processes.businesses import BOOKS, FERRIES, Business
from tests.processes.member import Member, polled
from tests.processes.platform import Platform

pytestmark = pytest.mark.process
HTMX = {"hx-request": "true"}
WORDS = " ".join(f"w{number}" for number in range(12))


def rows(platform: Platform, business: Business, columns: str = "state, text") -> list[tuple]:
    return platform.database.query(
        f"SELECT {columns} FROM {business.schema}.bots_playgroundanswer a"
        f" JOIN {business.schema}.bots_playgroundquestion q ON q.id = a.question_id ORDER BY q.asked_at"
    )


def counted(platform: Platform, business: Business) -> list[int]:
    """What the business has of conversations, messages and turns."""
    tables = ("conversation", "message", "turn")
    return [platform.database.query(f"SELECT count(*) FROM {business.schema}.bots_{table}")[0][0] for table in tables]


@pytest.fixture(scope="module")
def members(running_platform: Platform) -> dict[str, Member]:
    return {business.slug: Member(running_platform, business) for business in (BOOKS, FERRIES)}


@pytest.fixture
def member(platform: Platform, members: dict[str, Member]) -> Member:
    """The owner of the bookshop, with an empty chat."""
    for member in members.values():
        member.post("/playground/reset/")
    return members[BOOKS.slug]


@pytest.mark.parametrize("business", [BOOKS, FERRIES], ids=["openai", "anthropic"])
def test_an_answer_is_read_while_it_is_written(
    platform: Platform, member: Member, members: dict[str, Member], business: Business
) -> None:
    before = counted(platform, business)
    asking = members[business.slug]
    platform.far_end.fails_with("slow", seconds=0.2, key=business.api_key)
    poll = polled(asking.post("/playground/ask/", htmx=True, text=WORDS).text)

    shown: list[str] = []
    took: list[float] = []
    deadline = time.monotonic() + 30
    while poll:
        assert time.monotonic() < deadline, shown
        began = time.monotonic()
        answer = asking.get(poll, **HTMX)
        took.append(time.monotonic() - began)
        if answer.status_code == 200:
            shown.append(answer.text)
            poll = polled(answer.text)
        time.sleep(0.1)

    assert sum("w3" in page and "w11</bdi>" not in page.split("exchange-answers")[1] for page in shown) > 1, "in pieces"
    assert max(took) < 1.5, "no request waits for the provider"
    assert f"echo: {WORDS}" in shown[-1]
    assert "tokens in, 13 out · " in shown[-1], "as the provider counted"
    assert " than $0.0001 · " in shown[-1] or "about $0.0" in shown[-1]
    [(state, text, estimated)] = rows(platform, business, "state, a.text, is_estimate")
    assert (state, text, estimated) == ("done", f"echo: {WORDS}", False)
    assert counted(platform, business) == before, "nothing of it is a conversation"


def test_stop_ends_what_the_provider_is_asked_for(platform: Platform, member: Member) -> None:
    platform.far_end.fails_with("slow", seconds=0.2, key=BOOKS.api_key)
    page = member.post("/playground/ask/", htmx=True, text=WORDS).text
    platform.wait_until(lambda: "w1" in rows(platform, BOOKS, "state, a.text")[0][1], what="writing")
    stopped = member.post(polled(page).split("?")[0] + "stop/", htmx=True).text

    assert polled(stopped) == ""
    platform.wait_until(lambda: rows(platform, BOOKS, "is_estimate") == [(True,)], what="noticed by the worker")
    [(state, text)] = rows(platform, BOOKS, "state, a.text")
    assert state == "stopped"
    assert "w11" not in text
    assert member.post("/playground/ask/", htmx=True, text="And now?").headers["hx-trigger"] == "asked"
    platform.wait_until(lambda: rows(platform, BOOKS, "state")[-1] == ("done",), what="answered")


@pytest.mark.slow
def test_a_worker_that_is_killed_while_it_writes_is_told_of_and_the_question_asked_again(
    platform: Platform, member: Member
) -> None:
    platform.far_end.fails_with("slow", seconds=0.5, key=BOOKS.api_key)
    poll = polled(member.post("/playground/ask/", htmx=True, text=WORDS).text)
    platform.wait_until(lambda: "w1" in rows(platform, BOOKS, "state, a.text")[0][1], what="writing")
    platform.worker.kill()
    platform.start()

    page = ""

    def is_over() -> bool:
        nonlocal page
        page = member.get("/playground/").text
        return polled(page) == ""

    platform.wait_until(is_over, what="given up after the lease")
    assert "The answer was broken off." in page
    assert "w1" in page, "what was written stays"

    again = member.post(poll.split("?")[0] + "again/", htmx=True)
    assert polled(again.text)
    platform.wait_until(lambda: rows(platform, BOOKS, "state, a.text") == [("done", f"echo: {WORDS}")], what="answered")
