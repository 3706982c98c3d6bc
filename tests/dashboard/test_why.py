"""Why the bot said that: what the page says of each kind of answer, who may see and mark it, and how little it costs."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django_tenants.utils import schema_context

from bots import marks, retention
from bots.desk.base import Member
from bots.models import AnswerMark, Channel, Contact, Conversation, Message, Suggestion, Turn, WebhookLog
from tenants.models import AuditEntry, Tenant
from tests.dashboard.conftest import SignIn

MARKUP = "<script>alert(1)</script><b>bold</b>"
HTMX = {"hx-request": "true"}
ANNA = Member(id=7, name="Anna")
#: What a page of this kind may ask, frame and rights included.
MOST_QUERIES = 14


@pytest.fixture
def answered(converse: Callable[..., Message]) -> Callable[..., Turn]:
    """An answer of the bot's, its turn with these columns."""

    def answered(*, question: str = "How much is a croissant?", minutes_ago: float = 5, **columns: Any) -> Turn:
        turn = converse(text=question, minutes_ago=minutes_ago, name=f"Ada {uuid4().hex[:6]}", phone="").turn
        assert turn
        fields = {
            "provider": "openai",
            "model_name": "gpt-4o-mini-2024-07-18",
            "input_tokens": 1412,
            "output_tokens": 38,
            "attempts": 1,
            "answer": "A croissant is **2.40** euro.",
            "timings": {"waited": 2000.0, "queued": 300.0, "files": 0.0, "retrieval": 3.0, "ai": 1200.0},
            "prompt": [{"role": "system", "content": "You are Rosa."}, {"role": "user", "content": question}],
            "passages": [{"title": "Prices", "text": "Croissant 2.40", "score": 0.91, "source": "17"}],
        }
        Turn.objects.filter(pk=turn.pk).update(**(fields | columns))
        turn.refresh_from_db()
        return turn

    return answered


@pytest.fixture
def agent(sign_in: SignIn, tenant_client: Client) -> Client:
    return sign_in(tenant_client, "agent")


def url(turn: Turn, action: str = "") -> str:
    return f"/answers/{turn.pk}/{action}"


def test_the_page_tells_what_the_answer_was_made_of(agent, answered):
    turn = answered()
    sent = turn.messages.get(direction="out")
    at = sent.timestamp
    Message.objects.filter(pk=sent.pk).update(sending_at=at, sent_at=at + timedelta(seconds=1))
    page = agent.get(url(turn)).text

    assert "Answered after " in page
    assert 'href="/bot/versions/1/"' in page
    assert "You are Rosa." in page
    assert "0.91" in page
    assert "Open its source" not in page, "17 is nobody's address"
    assert "1,412 in, 38 out" in page
    assert "about $0.00023" in page
    for step in ("Webhook", "Burst", "Queue", "Retrieval", "AI", "Commit", "Send", "Delivered", "Read"):
        assert f'<span class="waterfall-name">{step}</span>' in page
    assert "Not measured. Nobody reported it (yet)." in page
    assert "How much is a croissant?" in page
    assert "style=" not in page


def test_a_passage_leads_to_its_source(agent, answered):
    source = uuid4()
    turn = answered(passages=[{"title": "Prices", "text": "…", "score": 0.5, "source": str(source)}])
    assert f'href="/knowledge/{source}/"' in agent.get(url(turn)).text


def test_the_drawer_gets_the_explanation_without_the_frame(agent, answered):
    partial = agent.get(url(answered()), headers=HTMX).text
    assert "<html" not in partial
    assert "The exact prompt" in partial


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"outcome": "apologised", "error": "timeout: it took too long"}, ["An apology", "it took too long"]),
        ({"is_fallback": True, "error": "unavailable: 503"}, ["Answered by the fallback", "unavailable: 503"]),
        ({"attempts": 3}, ["3 calls: what came before the last one failed"]),
        ({"provider": "custom", "model_name": "local"}, ["There is no price for this model", "unknown"]),
        ({"input_tokens": 0, "output_tokens": 0}, ["our estimate", "about "]),
        ({"cost": "0.0123"}, ["about $0.012", "By the list price of that day."]),
        ({"cost": "0.0002346", "provider": "openai"}, ["about $0.00023", "$0.15 for a million tokens in"]),
        ({"provider": "builtin", "model_name": "", "cost": 0}, ["free"]),
        ({"provider": "builtin", "model_name": ""}, ["The built-in answerer costs nothing."]),
        ({"configuration": None}, ["a version that is not kept any more"]),
    ],
)
def test_each_kind_of_answer_says_what_it_is(agent, answered, columns, words):
    page = agent.get(url(answered(**columns))).text
    assert [word for word in words if word not in page] == []


def test_a_fixed_text_says_which_rule_spoke_and_shows_no_prompt(agent, converse):
    turn = converse(outcome="refused", reason="stop").turn
    page = agent.get(url(turn)).text
    assert "The AI was not asked: the contact asked for silence." in page
    assert "The exact prompt" not in page


def test_an_answer_that_was_withheld_is_shown_and_said_not_to_be_sent(agent, answered):
    turn = answered()
    turn.messages.filter(direction="out").delete()
    Suggestion.objects.create(
        conversation=turn.conversation, kind="withheld", state="ready", text=turn.answer, turn=turn
    )
    page = agent.get(url(turn)).text
    assert "Written, and not sent" in page
    assert "What it would have said" in page


def test_an_old_answer_says_what_was_not_measured_then(agent, answered):
    turn = answered(timings={"waited": 900.0, "ai": 700.0})
    WebhookLog.objects.all().delete()
    page = agent.get(url(turn)).text
    assert "Its log is not kept any more." in page
    assert "This answer is older than the measurement." in page


def test_an_explanation_that_was_deleted_has_a_page_that_says_so(agent, answered, settings):
    settings.TURN_RETENTION_DAYS = 90
    turn = answered()
    address = url(turn)
    turn.delete()
    response = agent.get(address)
    assert response.status_code == 404
    assert "Explanations are kept for 90 days" in response.text
    assert "Explanations are kept for 90 days" in agent.get(address, headers=HTMX).text


def test_another_tenants_answers_are_not_found(agent, other_tenant: Tenant):
    with schema_context(other_tenant.schema_name):
        contact = Contact.objects.create(channel=Channel.objects.get(), identity="theirs", reply_to="theirs")
        conversation = Conversation.objects.create(contact=contact)
        theirs = Turn.objects.create(conversation=conversation, outcome="answered")
    assert agent.get(url(theirs)).status_code == 404
    assert agent.post(url(theirs, "mark/"), {"verdict": "wrong"}).status_code == 404


def test_markup_in_what_was_said_stays_text(agent, answered):
    turn = answered(
        question=MARKUP,
        answer=MARKUP,
        error=MARKUP,
        outcome="apologised",
        prompt=[{"role": MARKUP, "content": MARKUP}],
        passages=[{"title": MARKUP, "text": MARKUP, "score": 1.0, "source": MARKUP}],
    )
    marks.mark(turn.pk, verdict="wrong", better_answer=MARKUP, by=Member(id=7, name=MARKUP))
    for address in (url(turn), "/answers/"):
        page = agent.get(address).text
        assert "<script>alert" not in page
        assert "<b>bold" not in page


def test_the_phone_number_of_the_contact_is_masked(agent, converse):
    turn = converse(name="", phone="+4915112345601").turn
    page = agent.get(url(turn)).text
    assert "+49 151 *** 5601" in page
    assert "15112345601" not in page.replace(" ", "")


def test_the_page_asks_no_more_of_the_database_for_a_long_turn(agent, answered):
    short, long = answered(), answered()
    first = short.messages.get(direction="in")
    for number in range(20):
        Message.objects.create(
            conversation=long.conversation,
            turn=long,
            role="user",
            direction="in",
            status="received",
            content=f"And {number}?",
            timestamp=first.timestamp,
        )
    agent.get(url(short))
    counts = []
    for turn in (short, long):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            agent.get(url(turn))
        counts.append(len(queries))
    assert counts[0] == counts[1] <= MOST_QUERIES


# Marks


def test_an_answer_is_marked_wrong_with_a_better_one_and_the_mark_is_changed_and_taken_away(agent, answered, people):
    turn = answered()
    agent.post(url(turn, "mark/"), {"verdict": "wrong"})
    page = agent.post(
        url(turn, "mark/"), {"verdict": "wrong", "better_answer": " It is 2.60 euro. "}, headers=HTMX
    ).text
    assert "The better answer is kept." in page
    mark = AnswerMark.objects.get()
    assert (mark.verdict, mark.better_answer, mark.author_id) == ("wrong", "It is 2.60 euro.", people["agent"].pk)

    agent.post(url(turn, "mark/"), {"verdict": "right", "better_answer": "left over"})
    mark.refresh_from_db()
    assert (mark.verdict, mark.better_answer) == ("right", "")

    agent.post(url(turn, "mark/"), {"verdict": "none"})
    assert not AnswerMark.objects.exists()


def test_a_verdict_that_does_not_exist_and_a_text_that_is_too_long_change_nothing(agent, answered):
    turn = answered()
    for data in ({"verdict": "maybe"}, {}, {"verdict": "wrong", "better_answer": "x" * 5000}):
        response = agent.post(url(turn, "mark/"), data, follow=True)
        assert 'class="toast' in response.text
    assert not AnswerMark.objects.exists()


def test_a_viewer_sees_a_mark_and_cannot_set_one(sign_in, tenant_client, answered):
    turn = answered()
    marks.mark(turn.pk, verdict="wrong", better_answer="It is 2.60 euro.", by=ANNA)
    viewer = sign_in(tenant_client, "viewer")
    page = viewer.get(url(turn)).text
    assert "It is 2.60 euro." in page
    assert "Take the mark away" not in page
    assert viewer.post(url(turn, "mark/"), {"verdict": "right"}).status_code == 403
    assert AnswerMark.objects.get().verdict == "wrong"


def test_marked_answers_outlive_the_others(answered, settings):
    settings.TURN_RETENTION_DAYS = 30
    marked, other = answered(), answered()
    marks.mark(marked.pk, verdict="right", better_answer="", by=ANNA)
    for turn in (marked, other):
        Turn.objects.filter(pk=turn.pk).update(created_at=timezone.now() - timedelta(days=40))
        type(turn.conversation).objects.update(started_at=timezone.now() - timedelta(days=41))
    retention.prune()
    assert list(Turn.objects.values_list("pk", flat=True)) == [marked.pk]


def test_the_list_shows_the_newest_first_filters_and_goes_on_where_a_page_ends(agent, answered, monkeypatch):
    monkeypatch.setattr("dashboard.views.marks.A_PAGE", 2)
    verdicts = ["wrong", "right", "wrong", "wrong"]
    for number, verdict in enumerate(verdicts):
        marks.mark(answered(question=f"question {number}").pk, verdict=verdict, better_answer="", by=ANNA)

    def shown(page: str) -> list[int]:
        return [number for number in range(4) if f"question {number}<" in page.replace("</bdi>", "<")]

    first = agent.get("/answers/")
    assert shown(first.text) == [2, 3]
    second = agent.get("/answers/", {"cursor": first.context["older"]})
    assert shown(second.text) == [0, 1]
    assert second.context["older"] == ""
    wrong = agent.get("/answers/", {"verdict": "wrong"})
    assert shown(wrong.text) == [2, 3]
    assert shown(agent.get("/answers/", {"verdict": "wrong", "cursor": wrong.context["older"]}).text) == [0]


@pytest.mark.parametrize(
    "cursor", ["x", "~", "2026-01-01T00:00:00~1", "2026-99-01~2", f"2026-01-01T00:00:00Z~{'9' * 40}"]
)
def test_a_cursor_of_nobodys_begins_at_the_newest(agent, answered, cursor):
    marks.mark(answered().pk, verdict="right", better_answer="", by=ANNA)
    assert len(agent.get("/answers/", {"cursor": cursor}).context["rows"]) == 1


def test_the_list_costs_the_same_for_one_mark_and_for_many(agent, answered):
    counts = []
    for _ in range(2):
        for _ in range(3):
            marks.mark(answered().pk, verdict="right", better_answer="", by=ANNA)
        agent.get("/answers/")
        with CaptureQueriesContext(connection) as queries:
            agent.get("/answers/")
        counts.append(len(queries))
    assert counts[0] == counts[1] <= MOST_QUERIES


def test_the_file_has_a_line_for_each_mark_and_is_audited(sign_in, tenant_client, answered, monkeypatch):
    monkeypatch.setattr(marks, "AT_ONCE", 2)
    for number in range(5):
        marks.mark(answered(question=f"q{number}").pk, verdict="wrong", better_answer=f"better {number}", by=ANNA)
    marks.mark(answered().pk, verdict="right", better_answer="", by=ANNA)
    response = sign_in(tenant_client, "owner").get("/answers/file/?verdict=wrong")

    lines = [json.loads(line) for line in response.text.splitlines()]
    assert [line["better_answer"] for line in lines] == [f"better {number}" for number in (4, 3, 2, 1, 0)]
    assert lines[0]["question"] == ["q4"]
    assert lines[0]["prompt"][0] == {"role": "system", "content": "You are Rosa."}
    assert lines[0]["version"] == 1
    assert response["Content-Disposition"] == 'attachment; filename="answers-wrong.jsonl"'
    assert AuditEntry.objects.get(action="marks.downloaded").detail == {"verdict": "wrong"}


def test_only_who_may_export_is_offered_the_file(agent, answered):
    marks.mark(answered().pk, verdict="wrong", better_answer="", by=ANNA)
    assert "JSON lines" not in agent.get("/answers/").text
    assert agent.get("/answers/file/").status_code == 403
