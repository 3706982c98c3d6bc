"""What came of a webhook request, in plain words: pure functions from values to sentences."""

from __future__ import annotations

from bots.models import Message, WebhookLog
from dashboard import wording
from dashboard.inbox.thread_words import SETTINGS
from dashboard.ledger.words import Said

#: What the log says of a refused request -> why, as it helps whoever mends it. The beginning of the log's own sentence.
REFUSALS = {
    "The request carries no signature": "No signature: this was not {provider}",
    "The request comes from another account": "Wrong account: the number is stored with another account's id",
    "The signature is wrong: the stored app secret": "Signature wrong: the app secret stored here is not the app's",
    "The signature is wrong": "Signature wrong: the token stored here is not the account's",
}
HINTS = {
    "The request carries no signature": "Somebody who knows the address posted to it. There is nothing to mend.",
    "The request comes from another account": "Check the account of the number, or whether two accounts use it.",
    "The signature is wrong: the stored app secret": "Copy the app secret anew from the app's settings at Meta.",
    "The signature is wrong": "Copy the auth token anew from Twilio's console. If it is right, the public address that "
    "Switchboard was set up with is not the one that Twilio posts to.",
}
KINDS = {WebhookLog.Kind.MESSAGE.value: "Message", WebhookLog.Kind.STATUS.value: "Status"}
WORDS_FOR_STATUS = {200: "OK", 204: "No content", 400: "Bad request", 403: "Forbidden", 404: "Not found"}


def request(log: WebhookLog, *, reported_status: str) -> Said:
    """A request that led to no outcome of a message's. `reported_status`: what a status told, if it told one."""
    match log.outcome:
        case WebhookLog.Outcome.ACCEPTED:
            return Said("Kept; its message was deleted since", "calm")
        case WebhookLog.Outcome.REPEAT:
            return Said("Repeat of an earlier request; nothing was done twice", "calm")
        case WebhookLog.Outcome.UPDATED:
            told = f"Reply is now {reported_status}" if reported_status else "Reply's delivery status was raised"
            return Said(told, "bad" if reported_status in ("failed", "undelivered") else "calm")
        case WebhookLog.Outcome.IGNORED:
            told = f"Reported “{reported_status}”; nothing changed" if reported_status else "Nothing changed"
            return Said(told, "calm")
        case WebhookLog.Outcome.FORGED:
            return Said(_of(log, REFUSALS) or f"Refused. {log.error or ''}".strip(), "bad")
        case _:
            return Said(f"Malformed: {log.error}" if log.error else "Malformed", "bad")


def hint(log: WebhookLog) -> str:
    """What helps against a refusal, or a failure that comes back until the bot is set right; else empty."""
    if concerns_provider(log):
        return "Set the bot's AI provider right first: with its key and model as they are, it fails again."
    return _of(log, HINTS) if log.outcome == WebhookLog.Outcome.FORGED else ""


def concerns_credentials(log: WebhookLog) -> bool:
    """Whether the number's own page is where it can be mended."""
    error = log.error or ""
    return log.outcome == WebhookLog.Outcome.FORGED and not error.startswith("The request carries no signature")


def concerns_provider(log: WebhookLog) -> bool:
    """Whether the bot's AI provider is what has to be set right before it is processed again."""
    message = log.message
    return message is not None and message.outcome == Message.Outcome.FAILED and message.outcome_reason in SETTINGS


def kind(log: WebhookLog) -> str:
    return KINDS.get(log.kind, log.kind)


def answered(log: WebhookLog) -> str:
    """What the provider got for it."""
    provider = wording.provider(log.channel.provider) if log.channel else "The provider"
    match log.response_status:
        case 200 if log.kind == WebhookLog.Kind.MESSAGE:
            return f"Taken. {provider} got an empty reply: answers are sent by its API, when they are there."
        case status if status < 300:  # noqa: PLR2004
            return "Taken, with an empty reply."
        case 403:
            return f"“The request is not signed by this number's account.” {provider} shows this as a failed webhook."
        case _:
            return f"Refused, with the reason in a line of text. {provider} shows this as a failed webhook."


def http_status(status: int) -> str:
    return f"{status} {WORDS_FOR_STATUS[status]}" if status in WORDS_FOR_STATUS else str(status)


def _of(log: WebhookLog, table: dict[str, str]) -> str:
    error = log.error or ""
    provider = wording.provider(log.channel.provider) if log.channel else "the provider"
    found = next((text for start, text in table.items() if error.startswith(start)), "")
    return found.format(provider=provider)
