"""What stands in the way of a number, each in its own sentence with what to do about it: tables, one a provider.

`{code}` is the provider's own word for the error; `{number}` and `{account}` are the channel's.
"""

from __future__ import annotations

from collections.abc import Mapping

from bots.channels.proof import Refusal
from bots.channels.trial import Refusal as TrialRefusal

#: Whatever the provider is.
ANYBODY: Mapping[Refusal, str] = {
    "held_by_another": "This number is connected to another business on this platform. If it is yours, ask the "
    "platform's owners to free it.",
    "connected_already": "You have connected this number already: it is in your list of numbers.",
    "removed_before": "You removed this number earlier. Connect it anew instead: its conversations come back with it.",
    "refused": "{provider} refused, with error {code}. Try again; if it stays, look the error up in {provider}'s help.",
}
TWILIO: Mapping[Refusal, str] = {
    "wrong_credentials": "Twilio does not know this pair of Account SID and Auth Token. Copy both again from the "
    "first page of the Twilio Console: an old Auth Token, or one from another account, does not work.",
    "test_credentials": "These are Twilio's test credentials, which cannot send WhatsApp messages. Use the live "
    "Account SID and Auth Token.",
    "account_suspended": "This Twilio account is suspended, most often because its balance ran out. Top it up, or ask "
    "Twilio's support, then check again.",
    "account_closed": "This Twilio account is closed, and Twilio does not open it again. Use another account's Account "
    "SID and Auth Token.",
    "not_allowed": "Twilio does not let this token see the account's WhatsApp numbers. Use the account's own Auth "
    "Token, not a restricted key.",
    "not_in_account": "The Twilio account does not have this number. Look it up in the Twilio Console under Messaging, "
    "Senders, WhatsApp senders, and check that you are in the right account.",
    "cannot_set": "Twilio does not let us set this for this number. Copy the address and paste it in the Twilio "
    "Console, as described below.",
    "too_many_requests": "Twilio is getting too many requests of this account. Wait a minute, then try again.",
    "unreachable": "Twilio did not answer in time. Nothing was changed: try again in a minute.",
}
META: Mapping[Refusal, str] = {
    "wrong_credentials": "Meta does not take this access token: it is wrong, has expired or was revoked. Make one that "
    "does not expire, for a system user, and paste it here.",
    "wrong_app_secret": "The app secret is not that of the app which the access token belongs to. Copy it from the "
    "app's settings, under Basic.",
    "account_suspended": "Meta has locked this WhatsApp Business Account, or cannot bill it. Open Meta's Business "
    "Support Home to see why, then check again.",
    "not_allowed": "The access token may not manage this number. Give its system user the permissions "
    "whatsapp_business_messaging and whatsapp_business_management, and the number's account as an asset.",
    "not_in_account": "The access token sees no number with this phone number ID. Copy the ID again from the app's "
    "WhatsApp page, under API Setup; it is not the phone number.",
    "callback_refused": "Meta asked this platform for the verify token and got no good answer: this platform may not "
    "be reachable from the internet. Ask the platform's owners, then try again.",
    "too_many_requests": "Meta is getting too many requests of this app. Wait a minute, then try again.",
    "unreachable": "Meta did not answer in time. Nothing was changed: try again in a minute.",
}
PROVIDERS: Mapping[str, Mapping[Refusal, str]] = {"twilio": TWILIO, "meta": META}
NAMES = {"twilio": "Twilio", "meta": "Meta"}

#: Why a request in the number's name was turned away, by how `WebhookLog.error` begins. One without any signature is
#: not the provider's, and says nothing of the number.
REFUSALS: Mapping[str, str] = {
    "The signature is wrong": "A message came, and its signature was wrong: the {secret} stored here is not the "
    "account's. Replace it with the one that {provider} shows now, the primary one where there are two.",
    "The request comes from another account": "A message came from another {provider} account than the one connected "
    "here. The number belongs to that account: replace the credentials with its own.",
}
#: The same where messages came in before: anybody may send such a request, so that it proves nothing.
MAY_BE_FORGED = (
    "A request came whose signature was wrong, and was turned away. If the {secret} was changed at {provider}, "
    "replace it here; if not, somebody else sent it, and there is nothing to do."
)
SECRET_NAMES = {"twilio": "Auth Token", "meta": "app secret"}

TRIALS: Mapping[TrialRefusal, str] = {
    "never_wrote": "Nobody has written to this number from that phone yet. WhatsApp lets a business answer, not begin: "
    "send any message to {number} from it first, then try again.",
    "window_closed": "The last message from that phone is more than 24 hours old, and after that WhatsApp does not let "
    "a business write freely. Send any message to {number} from it, then try again.",
    "opted_out": "That phone wrote STOP, so nothing is sent to it. Send START to {number} from it, then try again.",
    "too_many": "Those were several tests in a minute. Wait a minute, then try again.",
}

#: Why a message could not be delivered, by the provider's code; Twilio's have five digits, Meta's six.
ERRORS: Mapping[str, str] = {
    "63016": "The last message could not be delivered: more than 24 hours had passed since the contact wrote.",
    "131047": "The last message could not be delivered: more than 24 hours had passed since the contact wrote.",
    "63007": "Twilio does not know this number as a WhatsApp sender of your account any more. Check the number.",
    "133010": "Meta does not know this number as registered any more. Check the number.",
    "63003": "The last message could not be delivered: the contact is not on WhatsApp.",
    "63024": "The last message could not be delivered: the contact is not on WhatsApp.",
    "21211": "The last message could not be delivered: the contact's number is not valid.",
    "131026": "The last message could not be delivered: the contact's WhatsApp cannot receive it.",
    "21610": "The last message was not sent: the contact asked your Twilio account to stop.",
    "63018": "WhatsApp slowed this number down because too many messages went out at once. It mends itself.",
    "130429": "WhatsApp slowed this number down because too many messages went out at once. It mends itself.",
    "63038": "Your Twilio account has reached its daily limit of messages. It begins anew tomorrow.",
    "131048": "WhatsApp limits this number because people blocked or reported it. Write less, and only when asked.",
    "30002": "Your Twilio account was suspended while the last message was on its way.",
}
PROVIDERS_OWN_WORDS = "The last message could not be delivered. {provider} says: {error}"


def refusal(word: Refusal, *, provider: str, code: str = "") -> str:
    """Why a number cannot be connected or does not work, and what to do."""
    table = PROVIDERS.get(provider, {})
    sentence = table.get(word) or ANYBODY.get(word) or ANYBODY["refused"]
    return sentence.format(provider=NAMES.get(provider, provider), code=code or "of its own")


def turned_away(error: str, *, provider: str) -> str:
    """Why a webhook request was refused; empty for one that says nothing of the number."""
    sentence = next((said for begin, said in REFUSALS.items() if error.startswith(begin)), "")
    return sentence.format(provider=NAMES.get(provider, provider), secret=SECRET_NAMES.get(provider, "secret"))


def may_be_forged(error: str, *, provider: str) -> str:
    """The same of a number that works; empty for a request that says nothing of it."""
    if not turned_away(error, provider=provider):
        return ""
    return MAY_BE_FORGED.format(provider=NAMES.get(provider, provider), secret=SECRET_NAMES.get(provider, "secret"))


def trial(word: TrialRefusal, *, number: str) -> str:
    """Why no test message can be sent."""
    return TRIALS[word].format(number=number)


def undelivered(*, code: str, error: str, provider: str) -> str:
    """Why the last message did not arrive."""
    known = ERRORS.get(code)
    return known or PROVIDERS_OWN_WORDS.format(provider=NAMES.get(provider, provider), error=error or code or "nothing")
