"""What the checklist and the health card say: pure, so every case has a line."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, get_args

import pytest

from bots.channels.facts import Facts, Outbound
from bots.channels.findings import Findings
from bots.channels.proof import Refusal
from bots.channels.trial import Refusal as TrialRefusal
from bots.whatsapp.accounts import State
from dashboard.channels import words
from dashboard.channels.health import at_a_glance, health
from dashboard.channels.steps import Step, steps, waits, works
from dashboard.channels.verdicts import Line

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
OURS, ELSEWHERE = "https://bots.example.com/api/whatsapp/webhook/#rc=5&rp=all", "https://elsewhere.example.com/hook"
LINE = Line(provider="twilio", number="+1 415-555-0123")
NEW = Facts(
    findings=Findings(),
    kept="readable",
    error="",
    last_inbound=None,
    is_signed=False,
    refusal="",
    refused_at=None,
    last_outbound=None,
    trial=None,
)
FOUND = Findings(asked_at=NOON, credentials="good", number="ready", number_name="Acme Support", webhook="")
WRONG_SIGNATURE = (
    "The signature is wrong: the stored auth token or PUBLIC_BASE_URL is not what the provider signed with."
)


def sent(status: str, *, code: str = "", error: str = "") -> Outbound:
    return Outbound(at=NOON, status=status, error_code=code, error=error)


def marks(facts: Facts, line: Line = LINE) -> list[str]:
    return [step.state for step in steps(facts, line)]


def step(facts: Facts, key: str, line: Line = LINE) -> Step:
    return next(one for one in steps(facts, line) if one.key == key)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, ["current", "todo", "todo", "todo", "todo"]),
        ({"findings": FOUND}, ["done", "done", "current", "todo", "todo"]),
        ({"findings": replace(FOUND, webhook=OURS)}, ["done", "done", "done", "busy", "todo"]),
        ({"findings": replace(FOUND, webhook=OURS), "is_signed": True}, ["done", "done", "done", "done", "current"]),
        (
            {"findings": replace(FOUND, webhook=OURS), "is_signed": True, "trial": sent("queued")},
            ["done", "done", "done", "done", "busy"],
        ),
        (
            {"findings": replace(FOUND, webhook=OURS), "is_signed": True, "trial": sent("delivered")},
            ["done", "done", "done", "done", "done"],
        ),
        # An onboarding file connected it, and it has worked ever since: nothing is left to be checked.
        ({"is_signed": True}, ["done", "done", "done", "done", "current"]),
        ({"findings": Findings(credentials="wrong_credentials")}, ["failed", "todo", "todo", "todo", "todo"]),
        ({"findings": replace(FOUND, number="pending")}, ["done", "current", "todo", "todo", "todo"]),
        ({"findings": replace(FOUND, number="offline")}, ["done", "failed", "todo", "todo", "todo"]),
        ({"kept": "unreadable", "is_signed": True}, ["failed", "done", "done", "done", "todo"]),
    ],
)
def test_each_step_waits_for_the_ones_before_it(changes: dict[str, Any], expected: list[str]) -> None:
    assert marks(replace(NEW, **changes)) == expected


def test_only_what_can_be_done_now_is_offered() -> None:
    assert [one.remedy for one in steps(NEW, LINE)] == ["check", "", "", "", ""]
    assert [one.remedy for one in steps(replace(NEW, findings=FOUND), LINE)] == ["", "", "set_webhook", "", ""]


def test_an_address_that_leads_elsewhere_is_named_by_its_host_alone() -> None:
    elsewhere = replace(NEW, findings=replace(FOUND, webhook="https://crm.example.com/in?key=s3cret"))
    assert "crm.example.com" in step(elsewhere, "webhook").text
    assert "s3cret" not in step(elsewhere, "webhook").text


def test_twilios_trial_number_is_set_by_hand_and_proven_by_its_first_message() -> None:
    shared = replace(NEW, findings=Findings(asked_at=NOON, credentials="good", number="shared", webhook=None))
    assert marks(shared) == ["done", "done", "current", "busy", "todo"]
    assert step(shared, "webhook").remedy == ""
    assert step(shared, "webhook").has_body
    assert marks(replace(shared, is_signed=True)) == ["done", "done", "done", "done", "current"]


def test_a_wrong_signature_names_the_token_and_offers_to_replace_it() -> None:
    refused = replace(NEW, findings=replace(FOUND, webhook=OURS), refusal=WRONG_SIGNATURE, refused_at=NOON)
    told = step(refused, "message")
    assert (told.state, told.remedy) == ("failed", "replace")
    assert "the Auth Token stored here is not the account's" in told.text
    assert waits(steps(refused, LINE))


def test_a_request_without_any_signature_is_anybodys_and_says_nothing() -> None:
    spam = replace(NEW, findings=replace(FOUND, webhook=OURS), refusal="The request carries no signature.")
    assert step(spam, "message").state == "busy"


def test_a_forged_request_does_not_break_a_number_that_works() -> None:
    """Anybody can send one: it is told, and nothing more."""
    forged = replace(NEW, findings=replace(FOUND, webhook=OURS), is_signed=True, refusal=WRONG_SIGNATURE)
    found = steps(forged, LINE)
    assert works(found)
    told = health(forged, LINE, steps=found)
    assert (told.tone, told.remedy) == ("warn", "check")
    assert "somebody else sent it" in told.problem


def test_a_send_that_was_refused_outweighs_an_older_check() -> None:
    refused = replace(NEW, findings=replace(FOUND, webhook=OURS), is_signed=True, error="Twilio answered 401")
    told = health(refused, LINE, steps=steps(refused, LINE))
    assert (told.tone, told.word) == ("bad", "Needs attention")
    assert (step(refused, "credentials").state, step(refused, "credentials").remedy) == ("failed", "replace")


@pytest.mark.parametrize(
    ("status", "state"), [("sending", "busy"), ("sent", "busy"), ("read", "done"), ("failed", "failed")]
)
def test_the_test_message_is_followed_to_the_phone(status: str, state: str) -> None:
    facts = replace(NEW, is_signed=True, trial=sent(status, code="63016" if status == "failed" else ""))
    assert step(facts, "trial").state == state
    assert waits(steps(facts, LINE)) is (state == "busy")


def test_a_failed_message_is_told_in_plain_words() -> None:
    facts = replace(
        NEW, findings=replace(FOUND, webhook=OURS), is_signed=True, last_outbound=sent("failed", code="63016")
    )
    told = health(facts, LINE, steps=steps(facts, LINE))
    assert told.tone == "warn"
    assert "more than 24 hours" in told.problem


def test_what_a_step_tells_is_not_told_a_second_time_beside_it() -> None:
    failed = sent("failed", code="63016")
    facts = replace(NEW, findings=replace(FOUND, webhook=OURS), is_signed=True, last_outbound=failed, trial=failed)
    told = health(facts, LINE, steps=steps(facts, LINE))
    assert (told.word, told.problem) == ("Last message failed", "")
    assert "more than 24 hours" in step(facts, "trial").text


def test_an_unknown_code_is_told_in_the_providers_own_words() -> None:
    told = words.undelivered(code="63999", error="Something {new} happened", provider="twilio")
    assert told == "The last message could not be delivered. Twilio says: Something {new} happened"


def test_what_a_provider_wrote_is_shown_as_it_is() -> None:
    facts = replace(NEW, findings=replace(FOUND, number="offline", number_reason="{0.__class__} is {bad}"))
    assert "{0.__class__} is {bad}" in step(facts, "number").text


def test_a_working_number_says_so_whether_or_not_it_was_tried_out() -> None:
    facts = replace(NEW, findings=replace(FOUND, webhook=OURS), is_signed=True)
    assert health(facts, LINE, steps=steps(facts, LINE)).word == "Working"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "Not finished"),
        ({"is_signed": True}, "Working"),
        ({"is_signed": True, "error": "Twilio answered 401"}, "Needs attention"),
        ({"is_signed": True, "kept": "unreadable"}, "Needs attention"),
        ({"is_signed": True, "findings": Findings(credentials="account_suspended")}, "Needs attention"),
        ({"is_signed": True, "findings": Findings(credentials="good", number="offline")}, "Needs attention"),
    ],
)
def test_the_list_tells_in_a_word_how_each_number_is(changes: dict[str, Any], expected: str) -> None:
    known = {"findings": Findings(), "kept": "readable", "error": "", "is_signed": False}
    assert at_a_glance(**(known | changes)).word == expected


@pytest.mark.parametrize("provider", ["twilio", "meta"])
def test_every_refusal_has_a_sentence_of_its_own(provider: str) -> None:
    refusals = [word for part in get_args(Refusal) for word in get_args(part)]
    assert len(refusals) > 10
    told = {word: words.refusal(word, provider=provider, code="12345") for word in refusals}
    of_this_provider = {word for word in refusals if word in words.PROVIDERS[provider] or word in words.ANYBODY}
    assert len({told[word] for word in of_this_provider}) == len(of_this_provider)
    for sentence in told.values():
        assert re.fullmatch(r"[A-Z].+\.", sentence, re.DOTALL)
        assert "{" not in sentence


def test_a_number_of_somebody_else_is_refused_without_a_name() -> None:
    assert words.refusal("held_by_another", provider="twilio") == (
        "This number is connected to another business on this platform. If it is yours, ask the platform's owners to "
        "free it."
    )


@pytest.mark.parametrize("state", get_args(State))
def test_every_state_of_a_number_has_words(state: State) -> None:
    text = step(replace(NEW, findings=replace(FOUND, number=state)), "number").text
    assert text.endswith(".")
    assert "{" not in text


@pytest.mark.parametrize("word", get_args(TrialRefusal))
def test_every_reason_against_a_test_message_says_what_to_do(word: TrialRefusal) -> None:
    assert words.trial(word, number="+1 415-555-0123").endswith("then try again.")


def test_a_message_is_newer_evidence_than_what_the_provider_said_before() -> None:
    """Somebody pasted the address by hand and wrote: nobody has to press anything."""
    later = NOON.replace(hour=13)
    by_hand = replace(NEW, findings=FOUND, is_signed=True, last_inbound=later)
    assert marks(by_hand) == ["done", "done", "done", "done", "current"]
    registered = replace(by_hand, findings=replace(FOUND, number="pending", webhook=OURS))
    assert step(registered, "number").state == "done"
    moved_away = replace(by_hand, findings=replace(FOUND, webhook=ELSEWHERE, asked_at=later.replace(hour=14)))
    assert marks(moved_away) == ["done", "done", "current", "done", "todo"]
