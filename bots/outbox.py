"""What goes out, once: a reply is queued with its turn, marked `sending`, sent, and marked with the provider's id.

A message found `sending` was begun by a worker that never came back. The provider's own list tells whether it took
it; only what is not there is sent again. Status callbacks carry our id, so they settle it too; where the provider has
no list (Meta), they alone do.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from bots import formatting, script, sending, statuses, turns
from bots.connections import client_of, status_callback_url
from bots.desk.withholding import SAID_ALL_THE_SAME, withhold
from bots.models import Channel, Contact, Conversation, Message, Turn
from bots.models.clock import database_time
from bots.prepared import Statement
from bots.whatsapp import max_length
from bots.whatsapp.base import WhatsAppClient, WhatsAppError
from tenants.context import release_connection

logger = logging.getLogger(__name__)

UNSENT = (Message.Status.QUEUED, Message.Status.SENDING)
#: Seconds. A reply that could not be sent for so long is given up: it answers what nobody remembers having asked.
LONGEST_TRY = 3600.0
#: Seconds of lease for one send, and how old it may be when the send begins: each wait for the provider is bounded to
#: 10 s, so that the send is over before somebody else may take the conversation.
SEND_LEASE, FRESH = 40.0, 15.0
#: Seconds. A send whose answer never came may still reach the provider; its list is asked no sooner.
UNCERTAIN_WAIT = 10.0
#: Seconds to wait for the status callback of an uncertain send, where there is no list to ask. It takes a few; a send
#: that is not reported by then is taken for lost and made again: an answer twice is better than none.
CALLBACK_WAIT = 30.0
SHORTEST_WAIT, LONGEST_WAIT = 1.0, 60.0
#: The provider's clock may differ from ours.
CLOCK_TOLERANCE = timedelta(seconds=60)


def compose(conversation: Conversation, *, text: str, turn: Turn | None = None, notice: str = "") -> list[Message]:
    """`text` (Markdown) as one or more messages that wait to be sent; the caller gives them their times and saves them.

    `notice` names a fixed text; notices are no part of what a model remembers.
    """
    limit = max_length(conversation.contact.channel.provider)
    return [
        Message(
            conversation=conversation,
            role=Message.Role.ASSISTANT,
            direction=Message.Direction.OUT,
            status=Message.Status.QUEUED,
            content=part,
            turn=turn,
            metadata={"notice": notice} if notice else {},
        )
        for part in formatting.split(formatting.to_whatsapp(text), limit=limit)
    ]


def queue(conversation: Conversation, *, text: str, turn: Turn | None = None, notice: str = "") -> list[Message]:
    """Queue `text` as one or more messages, in the caller's transaction."""
    now = database_time()
    messages = compose(conversation, text=text, turn=turn, notice=notice)
    for index, message in enumerate(messages):
        # Parts are sent in the order of their timestamps.
        message.timestamp = now + timedelta(microseconds=index)
    return Message.objects.bulk_create(messages)


def was_told(conversation_id: UUID, *, notice: str, since: datetime | None = None, seconds: float = 0) -> bool:
    """Whether the contact got this notice already, since then or in the last so many seconds."""
    since = since or database_time() - timedelta(seconds=seconds)
    told = Message.objects.filter(conversation_id=conversation_id, metadata__notice=notice, timestamp__gte=since)
    return told.exists()


def was_ever_answered(contact_id: UUID) -> bool:
    """Whether the contact was ever greeted, or got an answer: a notice is none."""
    spoken = Q(metadata__notice__isnull=True) | Q(metadata__notice="greeting")
    return Message.objects.filter(spoken, conversation__contact=contact_id, direction=Message.Direction.OUT).exists()


def deliver(held: turns.Claim) -> float | None:
    """Send what is unsent in this conversation, oldest first.

    Returns None when nothing is left, else the seconds after which to try again: a later message never overtakes an
    earlier one. Raises `LeaseLostError`.
    """
    unsent = list(Message.objects.filter(conversation_id=held.conversation_id, status__in=UNSENT).order_by("timestamp"))
    if not unsent:
        return None
    contact = Contact.objects.select_related("channel").get(conversations=held.conversation_id)
    if contact.blocked_at:
        _give_up(held, unsent, error="The contact is blocked")
        return None
    if contact.opted_out:
        # They wrote STOP: all that they still get is what was answered to that.
        unsent = _give_up_but_the_farewell(held, unsent)
    return send(held, unsent=unsent, contact=contact)


def send(held: turns.Claim, *, unsent: Sequence[Message], contact: Contact) -> float | None:
    """`deliver`, where it is known what is unsent."""
    client = client_of(contact.channel)
    for index, message in enumerate(unsent):
        try:
            _deliver_one(held, message=message, contact=contact, client=client)
        except WhatsAppError as error:
            if error.opted_out:
                statuses.note_opted_out(contact)
            return _failed(held, message=message, error=error, channel=contact.channel, rest=unsent[index + 1 :])
    return None


def _give_up_but_the_farewell(held: turns.Claim, unsent: Sequence[Message]) -> list[Message]:
    farewell = [message for message in unsent if message.metadata.get("notice") == "stop"]
    _give_up(held, [message for message in unsent if message not in farewell], error="The contact opted out")
    return farewell


def give_up(held: turns.Claim, *, error: str) -> None:
    """Nothing of what is unsent in the conversation is tried again. Raises `LeaseLostError`."""
    _give_up(held, list(Message.objects.filter(conversation_id=held.conversation_id, status__in=UNSENT)), error=error)


def _give_up(held: turns.Claim, messages: Sequence[Message], *, error: str) -> None:
    """Raises `LeaseLostError`: whoever has the conversation now may be sending them."""
    if not messages:
        return
    concerned = Message.objects.filter(pk__in=[message.pk for message in messages], status__in=UNSENT)
    with transaction.atomic():
        turns.lock(held)
        concerned.update(status=Message.Status.FAILED, error=error[:300])


def _deliver_one(held: turns.Claim, *, message: Message, contact: Contact, client: WhatsAppClient) -> None:
    if message.status == Message.Status.SENDING:
        turns.extend(held, lease_seconds=SEND_LEASE)
        if not client.lists_sent:
            _wait_for_callback(message)
        elif found := _found_at_provider(message, contact=contact, client=client):
            logger.info("Message %s had been sent before its worker was lost", message.id)
            statuses.sent(message, external_id=found)
            return
    send = sending.pack(message)
    began = time.monotonic()
    if not _begin(held, message, client=client):
        return
    release_connection()
    callback = status_callback_url(provider=contact.channel.provider, message_id=message.id)
    if time.monotonic() - began > FRESH:
        raise turns.LeaseLostError  # this process was held up; somebody else may have the conversation by now
    external_id = send(client, contact.reply_to, callback)
    statuses.sent(message, external_id=external_id)
    if contact.channel.error:
        Channel.objects.filter(pk=contact.channel_id).update(error="")


def _wait_for_callback(message: Message) -> None:
    """Raises `WhatsAppError` until the status callback of the last send has had its time."""
    begun = message.sending_at or message.timestamp
    if (left := CALLBACK_WAIT - (database_time() - begun).total_seconds()) > 0:
        raise WhatsAppError("Waiting for the report of a send without an answer", uncertain=True, retry_after=left)


def _found_at_provider(message: Message, *, contact: Contact, client: WhatsAppClient) -> str | None:
    """The id under which the provider already has this message: one with its text that no other row of ours names."""
    since = (message.sending_at or message.timestamp) - CLOCK_TOLERANCE
    release_connection()
    try:
        with_file = {"with_file": True} if message.media else {}
        found = client.find_sent(contact.reply_to, message.content, since=since, **with_file)
    except WhatsAppError as error:
        # Nobody knows yet: it stays `sending`, so that it is looked for again before it is sent again.
        error.uncertain = True
        raise
    ours = set(Message.objects.filter(external_id__in=found).values_list("external_id", flat=True))
    ours.update(message.metadata.get("earlier_ids", ()))
    return next((external_id for external_id in found if external_id not in ours), None)


def _begin(held: turns.Claim, message: Message, *, client: WhatsAppClient) -> bool:
    """Commit `sending`, before the send, and a lease that outlasts it; False when a status callback has settled the
    message meanwhile, or when a person has the conversation and it is the bot's. Raises `LeaseLostError`.

    Whether a person has it is asked by the statement that commits: a takeover's commit is before it or after it.

    `sending_at` stays the time of the first send where the provider's list is searched from there; else it is the
    last one's, whose report is waited for.
    """
    row = script.run(
        [BEGIN],
        {
            "conversation": held.conversation_id,
            "fence": held.fence,
            "lease": SEND_LEASE,
            "message": message.pk,
            "lists_sent": client.lists_sent,
            "said": list(SAID_ALL_THE_SAME),
        },
    )
    assert row
    is_ours, has_begun, has_a_person = row
    if not is_ours:
        raise turns.LeaseLostError
    if has_a_person and not has_begun:
        with transaction.atomic():
            turns.lock(held)
            withhold(held.conversation_id, begun=message.pk)
    return has_begun


def _failed(
    held: turns.Claim, *, message: Message, error: WhatsAppError, channel: Channel, rest: Sequence[Message]
) -> float | None:
    """Seconds until the next try; None when the message is given up, and with it what would follow it.

    Raises `LeaseLostError`: whoever has the conversation now may be sending it again.
    """
    if error.credentials:
        Channel.objects.filter(pk=channel.pk).update(error=str(error)[:300])
    known = {"error": str(error)[:300], "error_code": error.code[:40]}
    age = (database_time() - message.timestamp).total_seconds()
    is_given_up = error.permanent or age > LONGEST_TRY
    if is_given_up:
        status, concerned = Message.Status.FAILED, [message.pk, *(later.pk for later in rest)]
    else:
        # What may have been sent stays `sending`: the provider is asked before it is sent again.
        status, concerned = Message.Status.SENDING if error.uncertain else Message.Status.QUEUED, [message.pk]
    with transaction.atomic():
        turns.lock(held)
        Message.objects.filter(pk__in=concerned, status__in=UNSENT).update(status=status, **known)
    if is_given_up:
        logger.error("Message %s could not be sent: %s", message.id, error)
        return None
    asked = (error.retry_after or 0.0) * error.retry_factor ** min(message.send_attempts, 10)
    least = max(asked, UNCERTAIN_WAIT if error.uncertain else SHORTEST_WAIT)
    wait = min(LONGEST_WAIT, max(least, age / 2))
    logger.warning("Message %s is tried again in %.0f s: %s", message.id, wait, error)
    return wait


#: One round trip; with the ORM, three and their transaction.
BEGIN = Statement.of(
    "begin_send",
    """
WITH held AS (
    -- A claim's lease may last longer: the turn counts on it.
    UPDATE bots_conversation
       SET lease_until = greatest(lease_until, statement_timestamp() + make_interval(secs => %(lease)s))
     WHERE id = %(conversation)s AND fence = %(fence)s
    RETURNING id, mode = 'human' AND paused_until IS NULL AS has_a_person
), begun AS (
    UPDATE bots_message AS message
       SET status = 'sending', send_attempts = send_attempts + 1,
           sending_at = CASE WHEN %(lists_sent)s THEN coalesce(sending_at, clock_timestamp())
                             ELSE clock_timestamp() END
      FROM held
     WHERE message.id = %(message)s AND status IN ('queued', 'sending')
       AND (NOT has_a_person OR author_id IS NOT NULL OR metadata ? 'retried_by'
            OR metadata ->> 'notice' = ANY (%(said)s))
    RETURNING message.id
)
SELECT EXISTS (SELECT FROM held), EXISTS (SELECT FROM begun), EXISTS (SELECT FROM held WHERE has_a_person)
""",
    types={
        "conversation": "uuid",
        "fence": "bigint",
        "lease": "double precision",
        "message": "uuid",
        "lists_sent": "boolean",
        "said": "text[]",
    },
)
