"""The playground's page: who may ask, what it shows while an answer comes and afterwards, and how little that costs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django_tenants.utils import schema_context

from bots import knowledge
from bots.drafts import change_draft
from bots.models import PlaygroundAnswer, PlaygroundQuestion
from bots.models.clock import database_time
from bots.playground.playing import Why
from bots.playground.writing import Problem
from dashboard import spending
from dashboard.playground import words
from tenants.models import Tenant, User
from tests.dashboard.conftest import SignIn

URL = "/playground/"
MARKUP = "<script>alert(1)</script><b>bold</b>"
HTMX = {"hx-request": "true"}


@pytest.fixture(autouse=True)
def _no_worker(rung: list[str]) -> None:
    """Nobody is told; a test looks at who would have been."""


@pytest.fixture
def owner(sign_in: SignIn, tenant_client: Client) -> Client:
    return sign_in(tenant_client, "owner")


@pytest.fixture
def answered(tenant: Tenant, people: dict[str, User]) -> Callable[..., PlaygroundAnswer]:
    """A question of the owner's, and its answer with these columns."""

    def answer(*, asking: str = "How much is a croissant?", whose: str = "owner", **columns: Any) -> PlaygroundAnswer:
        question = PlaygroundQuestion.objects.create(member_id=people[whose].pk, text=asking)
        fields = {
            "source": "draft",
            "state": "done",
            "text": "A croissant is **2.40** euro.",
            "provider": "openai",
            "model_name": "gpt-4o-mini-2024-07-18",
            "input_tokens": 1412,
            "output_tokens": 38,
            "timings": {"retrieval": 3.0, "ai": 1200.0, "first_words": 410.0},
            "prompt": [{"role": "system", "content": "You are Rosa."}, {"role": "user", "content": asking}],
            "passages": [{"title": "Prices", "text": "Croissant 2.40", "score": 0.91}],
            "lease_until": database_time() + timedelta(seconds=30),
        }
        return PlaygroundAnswer.objects.create(question=question, **(fields | columns))

    return answer


def question_url(answer: PlaygroundAnswer, action: str = "") -> str:
    return f"{URL}{answer.question_id}/{action}"


def test_an_empty_chat_says_what_to_do_and_suggests_what_the_knowledge_answers(owner):
    knowledge_titles = ["Opening hours", "What we bake?"]
    for title in knowledge_titles:
        knowledge.replace(title=title, text="…")
    page = owner.get(URL).text

    assert "Ask your bot something" in page
    assert 'value="Opening hours?"' in page
    assert 'value="What we bake?"' in page
    assert "Nothing here reaches WhatsApp" in page


def test_a_question_is_kept_and_a_worker_is_asked(owner, rung):
    response = owner.post(f"{URL}ask/", {"text": "  hello?  "}, headers=HTMX)

    [answer] = PlaygroundAnswer.objects.all()
    assert (answer.question.text, answer.source, answer.state) == ("hello?", "draft", "waiting")
    assert rung == [str(answer.pk)]
    assert response["HX-Trigger"] == "asked"
    assert f'hx-get="{question_url(answer)}?seen=waiting0"' in response.text
    assert 'hx-trigger="every 400ms"' in response.text
    assert 'aria-busy="true"' in response.text


def test_without_javascript_the_page_comes_back_with_the_question(owner):
    response = owner.post(f"{URL}ask/", {"text": "hello?", "compare": "1"}, follow=True)

    assert response.redirect_chain == [(f"{URL}?compare=1", 302)]
    assert response.text.count("hello?") == 1
    assert 'aria-current="true">Compare with published' in response.text


def test_comparing_asks_the_draft_and_what_is_published(owner, rung):
    response = owner.post(f"{URL}ask/", {"text": "hello?", "compare": "1"}, headers=HTMX)

    assert {answer.source for answer in PlaygroundAnswer.objects.all()} == {"draft", "published"}
    assert len(rung) == 2
    assert "exchange-pair" in response.text


@pytest.mark.parametrize(
    ("text", "says"), [("", "Write a question first."), ("   ", "Write a question first."), ("x" * 4097, "4,096")]
)
def test_what_is_no_question_is_refused_in_words_and_changes_nothing(owner, text, says):
    response = owner.post(f"{URL}ask/", {"text": text}, headers=HTMX)

    assert says in response.text
    assert response["HX-Reswap"] == "none"
    assert not PlaygroundQuestion.objects.exists()


def test_a_second_question_waits_for_the_first_one_s_answer(owner):
    owner.post(f"{URL}ask/", {"text": "one"}, headers=HTMX)
    response = owner.post(f"{URL}ask/", {"text": "two"}, headers=HTMX)

    assert words.TOO_SOON in response.text
    assert PlaygroundQuestion.objects.count() == 1


def test_too_many_questions_are_refused_in_words(owner, monkeypatch):
    monkeypatch.setattr("bots.playground.chat.MOST_ANSWERS", 0)
    response = owner.post(f"{URL}ask/", {"text": "one"}, headers=HTMX)

    assert words.TOO_MANY in response.text
    assert not PlaygroundQuestion.objects.exists()


def test_nothing_but_the_question_is_taken_from_the_form(owner):
    sent = {"text": "hello?", "member_id": "1", "state": "done", "source": "published", "id": str(uuid4())}
    owner.post(f"{URL}ask/", sent, headers=HTMX)

    [answer] = PlaygroundAnswer.objects.all()
    assert (answer.source, answer.state) == ("draft", "waiting")
    assert str(answer.question_id) != sent["id"]


def test_the_page_asks_for_more_while_an_answer_comes_and_not_at_all_afterwards(owner, answered):
    answer = answered(state="writing", text="A croi")
    page = owner.get(URL).text
    assert page.count('hx-trigger="every 400ms"') == 1
    assert "A croi" in page
    assert f'action="{question_url(answer, "stop/")}"' in page

    PlaygroundAnswer.objects.update(state="done", text="A croissant is 2.40 euro.")
    assert 'hx-trigger="every 400ms"' not in owner.get(URL).text


def test_a_poll_brings_what_is_new_and_nothing_else(owner, answered):
    answer = answered(state="writing", text="A croi")
    poll = question_url(answer)
    assert owner.get(f"{poll}?seen=writing6", headers=HTMX).status_code == 204

    PlaygroundAnswer.objects.update(text="A croissant")
    more = owner.get(f"{poll}?seen=writing6", headers=HTMX)
    assert more.status_code == 200
    assert "A croissant" in more.text
    assert "?seen=writing11" in more.text

    PlaygroundAnswer.objects.update(state="done")
    last = owner.get(f"{poll}?seen=writing11", headers=HTMX)
    assert "hx-trigger" not in last.text
    assert "Ask again" in last.text


@pytest.mark.parametrize("seen", ["writing6", ""])
def test_a_poll_takes_two_queries_of_its_own(owner, answered, seen):
    answer = answered(state="writing", text="A croi")
    poll = f"{question_url(answer)}?seen={seen}"
    owner.get(poll, headers=HTMX)  # the membership notes when somebody was seen
    with CaptureQueriesContext(
        connection,
    ) as queries:
        owner.get(poll, headers=HTMX)

    asked = [query["sql"] for query in queries if not query["sql"].startswith("SET ")]
    assert len([sql for sql in asked if "bots_" in sql]) == 2
    # Who asks, for whom: the tenant by its host, the session, the user, the membership.
    assert len(asked) <= 6, asked


def test_a_poll_reads_no_prompt(owner, answered):
    answer = answered(state="writing")
    with CaptureQueriesContext(connection) as queries:
        owner.get(question_url(answer), headers=HTMX)
    assert not any('"prompt"' in query["sql"] for query in queries)


def test_the_page_takes_as_many_queries_with_many_questions_as_with_one(owner, answered):
    def count() -> int:
        with CaptureQueriesContext(connection) as queries:
            owner.get(URL)
        return len(queries)

    answered()
    owner.get(URL)
    one = count()
    for _ in range(5):
        answered()
    assert count() == one


def test_a_chat_that_was_reset_elsewhere_takes_the_question_away_and_its_polling_with_it(owner, tenant):
    gone = owner.get(f"{URL}{uuid4()}/", headers=HTMX)
    assert (gone.status_code, gone.content) == (200, b"")
    assert owner.get(f"{URL}{uuid4()}/").status_code == 404


def test_what_is_said_without_the_ai_stands_before_the_answer_with_its_reason(owner, answered):
    said = [["greeting", "Welcome to **Acme**!"], ["closed_note", "We're closed."]]
    answered(timings={"ai": 1200.0}, said=said)
    page = owner.get(URL).text

    assert page.index("Welcome to *Acme*!") < page.index("We&#x27;re closed.") < page.index("A croissant is")
    assert words.SAID["greeting"] in page
    assert words.SAID["closed_note"] in page
    assert "1,412 tokens in" in page


def test_a_command_has_its_reply_and_neither_figures_nor_a_prompt(owner, answered):
    answer = answered(
        asking="STOP", text="", provider="", model_name="", input_tokens=0, output_tokens=0, prompt=[], passages=[],
        timings={}, said=[["stop", "You won't hear from us again."]],
    )  # fmt: skip
    page = owner.get(URL).text

    assert "You won&#x27;t hear from us again." in page
    assert words.SAID["stop"] in page
    assert "Why this answer" not in page.split(f"question-{answer.question_id}")[1].split("</article>")[0]


@pytest.mark.parametrize("why", ["opted_out", "human", "closed"])
def test_silence_is_explained(owner, answered, why):
    answered(text="", provider="", timings={}, said=[[why, ""]])
    shown = owner.get(URL).context["page"].exchanges[0].answers[0].said

    assert [one.text for one in shown] == [""]
    assert shown[0].why.startswith("Nothing would be sent: ")


def test_every_reason_has_its_sentence():
    assert set(words.SAID) == set(Why.__args__)  # type: ignore[attr-defined]


def test_a_greeting_is_shown_before_the_first_words_come(owner, answered):
    answer = answered(state="writing", text="", timings={}, said=[["greeting", "Welcome!"]])
    more = owner.get(f"{question_url(answer)}?seen=writing0", headers=HTMX)

    assert more.status_code == 200
    assert "Welcome!" in more.text
    assert "?seen=writing0~1" in more.text
    assert owner.get(f"{question_url(answer)}?seen=writing0~1", headers=HTMX).status_code == 204


def test_an_answer_says_what_it_took(owner, answered):
    answered()
    page = owner.get(URL).text

    assert "1,412 tokens in, 38 out · about $0.00023 · 1.2 s" in page
    assert "A croissant is *2.40* euro." in page, "as WhatsApp would get it"


def test_why_an_answer_was_given_is_a_click_away(owner, answered):
    answer = answered()
    url = f"{URL}answers/{answer.pk}/"
    assert f'hx-get="{url}"' in owner.get(URL).text
    drawer, page = owner.get(url, headers=HTMX).text, owner.get(url).text

    for shown in (drawer, page):
        for part in ("You are Rosa.", "Prices", "Croissant 2.40", "0.91", "about $0.00023", "first words after"):
            assert part in shown
    assert "<html" not in drawer
    assert "<html" in page


def test_where_a_price_comes_from_is_said_also_when_it_was_only_copied(owner, answered):
    copied = answered()
    read = answered(provider="anthropic", model_name="claude-haiku-4-5")

    assert "as others copied it; we have not read it at the provider’s." in owner.get(f"{URL}answers/{copied.pk}/").text
    assert "out: the list price of 2026-10." in owner.get(f"{URL}answers/{read.pk}/").text


def test_an_answer_that_was_broken_off_says_so_and_offers_another_try(owner, answered, rung):
    answer = answered(state="writing", text="A croi", lease_until=database_time() - timedelta(seconds=1))
    page = owner.get(URL).text
    assert "The answer was broken off." in page
    assert 'hx-trigger="every' not in page

    again = owner.post(question_url(answer, "again/"), headers=HTMX)
    [begun] = PlaygroundAnswer.objects.all()
    assert (begun.state, begun.text, rung) == ("waiting", "", [str(begun.pk)])
    assert 'hx-trigger="every 400ms"' in again.text


def test_stopping_ends_the_polling_and_keeps_the_words(owner, answered):
    answer = answered(state="writing", text="A croi")
    response = owner.post(question_url(answer, "stop/"), headers=HTMX)

    assert PlaygroundAnswer.objects.get().state == "stopped"
    assert "A croi" in response.text
    assert "Stopped" in response.text
    assert "every 400ms" not in response.text


def test_a_reset_empties_the_chat(owner, answered):
    answered()
    answered(whose="admin", asking="the admin's own")
    page = owner.post(f"{URL}reset/", follow=True).text

    assert "Ask your bot something" in page
    assert "croissant" not in page
    assert PlaygroundQuestion.objects.get().text == "the admin's own"


def test_a_wrong_key_is_said_in_words_with_what_the_provider_said(owner, answered):
    answered(
        state="failed", text="", problem="credentials", detail="Incorrect API key provided.", error="credentials: x"
    )
    page = owner.get(URL).text

    assert "OpenAI does not take the API key." in page
    assert "Incorrect API key provided." in page
    assert 'href="/bot/provider/"' in page, "the way to where it is mended"


def test_whoever_may_not_mend_it_is_sent_to_somebody_who_may(sign_in, tenant_client, answered):
    answered(whose="agent", state="failed", text="", problem="credentials")
    page = sign_in(tenant_client, "agent").get(URL).text
    assert "Ask an admin." in page


@pytest.mark.parametrize("problem", list(words.TROUBLES))
def test_each_problem_has_its_sentence(owner, answered, problem):
    answered(state="failed", text="", problem=problem)
    response = owner.get(URL)
    assert words.TROUBLES[problem].text in response.context["page"].exchanges[0].answers[0].trouble.text
    assert "{provider}" not in response.text


def test_no_problem_is_without_words():
    kinds = {kind for part in Problem.__args__ for kind in part.__args__}  # type: ignore[attr-defined]
    assert set(words.TROUBLES) == kinds


def test_markup_is_shown_as_it_was_written(owner, answered):
    answer = answered(
        asking=MARKUP,
        text=MARKUP,
        state="failed",
        problem="configuration",
        detail=MARKUP,
        error=MARKUP,
        model_name=MARKUP,
        prompt=[{"role": MARKUP, "content": MARKUP}],
        timings={},
        said=[["greeting", MARKUP]],
        passages=[{"title": MARKUP, "text": MARKUP, "score": 1.0}],
    )
    knowledge.replace(title=MARKUP, text="…")
    change_draft({"model_name": MARKUP}, seen={}, by="owner@people.test")
    for url in (URL, f"{URL}answers/{answer.pk}/"):
        page = owner.get(url).text
        assert "<script>alert" not in page
        assert "<b>bold" not in page
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


@pytest.mark.parametrize("role", ["owner", "admin", "agent"])
def test_whoever_may_try_the_bot_finds_the_playground(sign_in, tenant_client, role):
    client = sign_in(tenant_client, role)
    assert client.get(URL).status_code == 200
    assert f'href="{URL}"' in client.get("/").text


def test_a_viewer_spends_no_tokens(sign_in, tenant_client, rung):
    client = sign_in(tenant_client, "viewer")
    assert client.get(URL).status_code == 403
    assert client.post(f"{URL}ask/", {"text": "hello?"}).status_code == 403
    assert f'href="{URL}"' not in client.get("/").text
    assert rung == []


@pytest.mark.parametrize("action", ["stop/", "again/"])
def test_another_member_s_question_is_nobody_else_s(owner, answered, action):
    answer = answered(whose="admin", state="writing")
    assert owner.post(question_url(answer, action)).status_code == 404
    assert owner.get(question_url(answer)).status_code == 404
    assert owner.get(f"{URL}answers/{answer.pk}/").status_code == 404
    assert PlaygroundAnswer.objects.get().state == "writing"


def test_another_tenant_s_question_is_not_found(owner, other_tenant, people):
    with schema_context(other_tenant.schema_name):
        question = PlaygroundQuestion.objects.create(member_id=people["owner"].pk, text="Bravo's")
        answer = question.answers.create(source="draft", lease_until=database_time())
    assert owner.get(f"{URL}{question.pk}/").status_code == 404
    assert owner.post(f"{URL}{question.pk}/again/").status_code == 404
    assert owner.get(f"{URL}answers/{answer.pk}/").status_code == 404


@pytest.mark.parametrize(
    ("amount", "words_"),
    [
        ("0", "free"),
        ("0.00002", "less than $0.0001"),
        ("0.0001", "about $0.0001"),
        ("0.000312", "about $0.00031"),
        ("0.0123", "about $0.012"),
        ("1.5", "about $1.5"),
    ],
)
def test_costs_are_told_as_exactly_as_they_are_known(amount, words_):
    assert spending.dollars(Decimal(amount)) == words_


@pytest.mark.parametrize(
    ("columns", "line"),
    [
        ({"provider": "custom", "model_name": "llama3"}, "1,412 tokens in, 38 out · cost unknown · 1.2 s"),
        ({"provider": "builtin", "model_name": "builtin"}, "no tokens · free · 1.2 s"),
        ({"is_estimate": True}, "about 1,412 tokens in, 38 out · about $0.00023 · 1.2 s"),
        ({"input_tokens": 0, "output_tokens": 0, "text": ""}, "1.2 s"),
        ({"timings": {}}, "1,412 tokens in, 38 out · about $0.00023"),
    ],
)
def test_what_an_answer_took_in_one_line(answered, columns, line):
    assert words.figures(answered(**columns)) == line
