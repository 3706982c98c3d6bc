"""What goes out, once: a queued message is marked `sending`, sent, and marked with the provider's id.

A message found `sending` was begun by a worker that never came back: only what `uncertain` finds nowhere is sent again.
Status callbacks carry our id, so they settle it too.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence

from django.db import transaction

from bots import script, sending, statuses, turns, uncertain
from bots.connections import client_of, status_callback_url
from bots.desk.withholding import SAID_ALL_THE_SAME, withhold
from bots.models import Channel, Contact, Message
from bots.models.clock import database_time
from bots.prepared import Statement
from bots.whatsapp.base import WhatsAppClient, WhatsAppError
from tenants.context import release_connection

logger = logging.getLogger(__name__)

UNSENT = (Message.Status.QUEUED, Message.Status.SENDING)
#: Seconds. A reply that could not be sent for so long is given up: it answers what nobody remembers having asked.
LONGEST_TRY = 3600.0
#: Seconds of lease for one send, and how old it may be when the send begins: each wait for the provider is bounded to
#: 10 s, so that the send is over before somebody else may take the conversation. A file may need a longer one.
SEND_LEASE, FRESH = 40.0, 15.0
#: Seconds. A send whose answer never came may still reach the provider; its list is asked no sooner.
UNCERTAIN_WAIT = 10.0
SHORTEST_WAIT, LONGEST_WAIT = 1.0, 60.0


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


def send(held: turns.Claim, *, unsent: Sequence[Message], contact: Contact, ends_turn: bool = False) -> float | None:
    """`deliver`, where it is known what is unsent. `ends_turn`: the release follows at once, and writes down that the
    last message was sent."""
    client = client_of(contact.channel)
    for index, message in enumerate(unsent):
        is_last = ends_turn and index == len(unsent) - 1
        try:
            _deliver_one(held, message=message, contact=contact, client=client, is_last=is_last)
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


def _deliver_one(
    held: turns.Claim, *, message: Message, contact: Contact, client: WhatsAppClient, is_last: bool
) -> None:
    if message.status == Message.Status.SENDING:
        turns.extend(held, lease_seconds=SEND_LEASE)
        if not client.lists_sent:
            uncertain.wait_for_callback(message)
        elif found := uncertain.found_at_provider(message, contact=contact, client=client):
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
    if is_last:
        held.notes.append(statuses.as_note(message, external_id=external_id))
    else:
        statuses.sent(message, external_id=external_id)
    if contact.channel.error:
        Channel.objects.filter(pk=contact.channel_id).update(error="")


def _begin(held: turns.Claim, message: Message, *, client: WhatsAppClient) -> bool:
    """Commit `sending`, before the send, and a lease that outlasts it; False when a status callback has settled the
    message meanwhile, when nothing is sent to the contact any more, or when a person has the conversation and it is the
    bot's. Raises `LeaseLostError`.

    Whether a person has it is asked by the statement that commits: a takeover's commit is before it or after it.

    `sending_at` stays the time of the first send where the provider's list is searched from there; else it is the
    last one's, whose report is waited for.
    """
    row = script.run(
        [BEGIN],
        {
            "conversation": held.conversation_id,
            "fence": held.fence,
            "lease": max(SEND_LEASE, client.longest_file + FRESH) if message.media else SEND_LEASE,
            "message": message.pk,
            "lists_sent": client.lists_sent,
            "said": list(SAID_ALL_THE_SAME),
        },
    )
    assert row
    is_ours, has_begun, has_a_person, barred = row
    if not is_ours:
        raise turns.LeaseLostError
    if barred:
        _give_up(held, [message], error=barred)
    elif has_a_person and not has_begun:
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
    RETURNING id, contact_id, mode = 'human' AND paused_until IS NULL AS has_a_person
), barred AS (
    SELECT CASE WHEN channel.removed_at IS NOT NULL THEN 'The number was removed'
                WHEN contact.blocked_at IS NOT NULL THEN 'The contact is blocked'
                WHEN contact.opted_out AND coalesce(message.metadata ->> 'notice', '') <> 'stop'
                THEN 'The contact opted out'
                WHEN tenant.status <> 'active' THEN 'The tenant is ' || tenant.status
           END AS why
      FROM held
      JOIN bots_contact AS contact ON contact.id = held.contact_id
      JOIN bots_channel AS channel ON channel.id = contact.channel_id
      JOIN bots_message AS message ON message.id = %(message)s
      LEFT JOIN public.tenants_tenant AS tenant ON tenant.schema_name = current_schema()
), begun AS (
    UPDATE bots_message AS message
       SET status = 'sending', send_attempts = send_attempts + 1,
           sending_at = CASE WHEN %(lists_sent)s THEN coalesce(sending_at, clock_timestamp())
                             ELSE clock_timestamp() END
      FROM held, barred
     WHERE message.id = %(message)s AND status IN ('queued', 'sending') AND why IS NULL
       AND (NOT has_a_person OR author_id IS NOT NULL OR metadata ? 'retried_by'
            OR metadata ->> 'notice' = ANY (%(said)s))
    RETURNING message.id
)
SELECT EXISTS (SELECT FROM held), EXISTS (SELECT FROM begun), EXISTS (SELECT FROM held WHERE has_a_person),
       (SELECT why FROM barred)
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
