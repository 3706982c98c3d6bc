"""How things stand with each step of a number's checklist: pure, one function a step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from bots.channels.checking import leads_here
from bots.channels.facts import Facts
from bots.whatsapp.accounts import State
from dashboard.channels import words
from dashboard.channels.words import NAMES, Refusal

#: `busy`: something is going to happen by itself. `todo`: nothing is wrong, and nothing done.
Mark = Literal["todo", "current", "busy", "done", "failed"]
#: What can be done about a step, by the name of the form or link that does it.
Remedy = Literal["", "replace", "check", "set_webhook", "trial"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """How the number is shown. `number`: for people, empty where only an id is known."""

    provider: str
    number: str


@dataclass(frozen=True, slots=True)
class Verdict:
    state: Mark
    text: str
    remedy: Remedy = ""


KEPT = {
    "unreadable": "What is stored here cannot be opened: the platform's encryption key has changed. Enter it again.",
    "missing": "Nothing is stored here yet.",
}
REFUSED_A_SEND = "{name} refused them when a message was to be sent. Replace them with those that {name} shows now."
#: Problems that no other credentials would mend.
ASK_AGAIN = ("account_suspended", "refused", "not_allowed")


def credentials(facts: Facts, line: Line) -> Verdict:
    name, found = NAMES[line.provider], facts.findings.credentials
    if text := KEPT.get(facts.kept):
        return Verdict("failed", text, "replace")
    if found and found != "good":
        text = words.refusal(found, provider=line.provider, code=facts.findings.code)
        return Verdict("failed", text, "check" if found in ASK_AGAIN else "replace")
    if facts.error:
        return Verdict("failed", REFUSED_A_SEND.format(name=name), "replace")
    if found:
        return Verdict("done", f"{name} said so when it was asked.")
    if facts.is_signed:
        return Verdict("done", "Messages that came in prove it.")
    return Verdict("todo", f"Not checked yet. {name} is asked for your account and its numbers, nothing else.", "check")


NUMBERS: dict[State, Verdict] = {
    "ready": Verdict("done", "People see it{called}."),
    "shared": Verdict(
        "done",
        "This is Twilio's own number for trying out: only people who sent it your join code get through. Connect a "
        "number of your own before you tell customers.",
    ),
    "pending": Verdict(
        "current", "{name} is still registering it with WhatsApp, which takes from minutes to days.", "check"
    ),
    "offline": Verdict(
        "failed",
        "WhatsApp has taken this number out of service.{reason} Mend that at {name}, then check again.",
        "check",
    ),
    "not_a_sender": Verdict(
        "failed",
        "The number is in your account, and not on WhatsApp yet. Register it in the Twilio Console under Messaging, "
        "Senders, WhatsApp senders, then check again.",
        "check",
    ),
}


def number(facts: Facts, line: Line) -> Verdict:
    found, name = facts.findings, NAMES[line.provider]
    if _came_since(facts) and found.number not in ("ready", "shared"):
        return Verdict("done", "Messages for it come in.")
    problem: Refusal | Literal[""] = "not_in_account" if found.number == "not_in_account" else found.number_problem
    if problem:
        text = words.refusal(problem, provider=line.provider, code=found.code)
        return Verdict("failed", text, "check")
    if found.number:
        known = NUMBERS[found.number]
        called = f" as “{found.number_name}”" if found.number_name else ""
        reason = f" {name} says: {found.number_reason}" if found.number_reason else ""
        # What the provider wrote may hold braces: it is put in, never read.
        return Verdict(known.state, known.text.format(name=name, called=called, reason=reason), known.remedy)
    return Verdict("todo", "Checked together with step 1.", "check")


def _came_since(facts: Facts) -> bool:
    """Whether a message came in after the provider was asked: that is newer than what it said then."""
    asked_at = facts.findings.asked_at
    return facts.is_signed and (asked_at is None or (facts.last_inbound is not None and facts.last_inbound > asked_at))


def webhook(facts: Facts, line: Line) -> Verdict:
    found, name = facts.findings, NAMES[line.provider]
    if leads_here(found.webhook):
        return Verdict("done", "The address that is set there is this platform's.")
    if _came_since(facts) or (found.webhook is None and facts.is_signed):
        return Verdict("done", "Messages come in.")
    if found.number == "shared":
        return Verdict("todo", "Nobody but you can set this for the trial number: copy the address and paste it there.")
    if found.webhook:
        host = found.webhook.partition("://")[2].partition("/")[0][:80]
        return Verdict("todo", f"Now they go to {host}. Setting it here ends that.", "set_webhook")
    return Verdict("todo", f"We can tell {name} for you, or you paste the address there.", "set_webhook")


def message(facts: Facts, line: Line) -> Verdict:
    if facts.is_signed:
        return Verdict("done", f"It came, and it is really from {NAMES[line.provider]}.")
    if refused := words.turned_away(facts.refusal, provider=line.provider):
        return Verdict("failed", refused, "replace")
    where = f" to {line.number}" if line.number else " to the number"
    is_shared = facts.findings.number == "shared"
    before = [credentials(facts, line), number(facts, line), *([] if is_shared else [webhook(facts, line)])]
    if all(step.state == "done" for step in before):
        return Verdict("busy", f"Write anything{where} from your own phone. This ticks by itself.")
    return Verdict("todo", f"Write{where} from your own phone.")


ON_ITS_WAY, ARRIVED = ("queued", "sending", "sent"), ("delivered", "read")


def trial(facts: Facts, line: Line) -> Verdict:
    sent = facts.trial
    if sent is None and not facts.is_signed:
        return Verdict("todo", "Send one to yourself to check.")
    if sent is None:
        text = "A business may answer for 24 hours after somebody wrote: use the phone that you just wrote from."
        return Verdict("todo", text, "trial")
    if sent.status in ARRIVED:
        return Verdict("done", "It arrived.", "trial")
    if sent.status in ON_ITS_WAY:
        return Verdict("busy", "It is on its way.", "trial")
    why = words.undelivered(code=sent.error_code, error=sent.error, provider=line.provider)
    return Verdict("failed", why, "trial")
