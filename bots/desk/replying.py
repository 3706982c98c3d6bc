"""What a member writes goes the way of every message: queued, then sent by a worker, once and in order."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from bots import bell, formatting, queueing
from bots.desk import attaching, window
from bots.desk.base import Member, NotPossibleError, at_once, locked
from bots.desk.quoting import quoted
from bots.desk.templates import Template, filled
from bots.models import Conversation, Message
from bots.models.clock import ClockTimestamp, database_time
from bots.storable import storable
from bots.whatsapp import max_length
from tenants.models import Tenant

#: Characters of one reply: WhatsApp's longest message. Where the provider takes less at once, it is sent in parts.
LONGEST = 4096


def reply(
    conversation_id: UUID,
    *,
    tenant: Tenant,
    by: Member,
    text: str,
    quoted_id: UUID | None = None,
    file: UploadedFile | None = None,
    key: UUID | None = None,
) -> list[Message]:
    """Queue what the member wrote, as they typed it: `*bold*` is bold in WhatsApp, and nothing is read as Markdown.

    With a `file`, the text is its caption. `quoted_id`: the message of this conversation that it answers to. `key`
    becomes the first message's id: what comes with the same key again is not sent again. Raises `NotPossibleError`.
    """
    text = storable(text).strip()
    if not text and file is None:
        raise NotPossibleError("empty")
    if len(text) > LONGEST:
        raise NotPossibleError("too_long", f"A message may have {LONGEST} characters; this one has {len(text)}.")
    attached = attaching.checked(file, provider=_provider_of(conversation_id)) if file else None
    with attaching.stored(attached) as row, transaction.atomic():
        conversation = _writable(conversation_id, tenant=tenant, is_template=False)
        if said := _said_with(key, conversation=conversation):
            return [said]
        if not conversation.is_with_a_person:
            raise NotPossibleError("bot_speaks")
        text, details = quoted(text, message_id=quoted_id, conversation=conversation)
        limit = max_length(conversation.contact.channel.provider)
        parts = attaching.parts(text, attached, limit=limit) if attached else formatting.split(text, limit=limit)
        messages = [
            _new(conversation, by=by, text=part, details=details if place == 0 else {})
            for place, part in enumerate(parts)
        ]
        messages[0].id = key or messages[0].id
        if attached:
            attaching.describe(messages[0], attached)
        _queue(conversation, messages)
        if row:
            row.message = messages[0]
            row.save(force_insert=True)
    bell.ring(tenant_id=tenant.pk, conversation_id=conversation_id)
    return messages


def reply_with_template(
    conversation_id: UUID,
    *,
    tenant: Tenant,
    by: Member,
    template: Template,
    variables: Mapping[str, str],
    key: UUID | None = None,
) -> Message:
    """Queue an approved template, also outside the 24 hours; `key` as with `reply`. Raises `NotPossibleError` ("empty")
    where a variable has no value."""
    values = {name: " ".join(storable(variables.get(name, "")).split()) for name in template.variables}
    if not all(values.values()):
        raise NotPossibleError("empty", "Fill in every field of the template first.")
    with transaction.atomic():
        conversation = _writable(conversation_id, tenant=tenant, is_template=True)
        if said := _said_with(key, conversation=conversation):
            return said
        if not conversation.is_with_a_person:
            raise NotPossibleError("bot_speaks")
        details: dict[str, object] = {
            "template": template.name,
            "template_id": template.id,
            "language": template.language,
            "variables": values,
        }
        message = _new(conversation, by=by, text=filled(template, variables=values), details=details)
        message.kind, message.id = "template", key or message.id
        _queue(conversation, [message])
    bell.ring(tenant_id=tenant.pk, conversation_id=conversation_id)
    return message


def retry(message_id: UUID, *, tenant: Tenant, by: Member) -> Message:
    """Queue a message again that could not be sent, the bot's or a member's, behind what is queued already.

    Of two who click at once, one sends it again; the other gets `NotPossibleError` ("not_failed").
    """
    found = Message.objects.filter(pk=message_id, direction=Message.Direction.OUT).first()
    if found is None:
        raise NotPossibleError("not_failed")
    with transaction.atomic():
        conversation = _writable(found.conversation_id, tenant=tenant, is_template=found.kind == "template")
        message = Message.objects.get(pk=message_id)
        if message.status != Message.Status.FAILED:
            raise NotPossibleError("not_failed")
        message.metadata["retried_by"] = by.name
        if message.external_id:
            # What the provider reports of it, however late, does not concern the new attempt.
            message.metadata["earlier_ids"] = [*message.metadata.get("earlier_ids", []), message.external_id]
        message.status, message.external_id = Message.Status.QUEUED, None
        message.error = message.error_code = ""
        message.sending_at = message.sent_at = None
        message.send_attempts = 0
        message.timestamp = database_time()
        message.save()
        Conversation.objects.filter(pk=conversation.pk).update(due_at=at_once())
    bell.ring(tenant_id=tenant.pk, conversation_id=conversation.pk)
    return message


def _provider_of(conversation_id: UUID) -> str:
    """Of the number that the conversation is with, which never changes. Raises `Conversation.DoesNotExist`."""
    conversation = Conversation.objects.filter(pk=conversation_id)
    return str(conversation.values_list("contact__channel__provider", flat=True).get())


def _writable(conversation_id: UUID, *, tenant: Tenant, is_template: bool) -> Conversation:
    """The conversation, locked, if anything may be written to its contact. Raises `NotPossibleError`."""
    if tenant.status != tenant.Status.ACTIVE:
        raise NotPossibleError("suspended")
    conversation = locked(conversation_id)
    contact = conversation.contact
    if not conversation.is_active:
        raise NotPossibleError("over")
    if contact.channel.removed_at:
        raise NotPossibleError("no_channel")
    if contact.blocked_at:
        raise NotPossibleError("blocked")
    if contact.opted_out:
        raise NotPossibleError("opted_out")
    if not is_template and not window.is_open(conversation_id):
        raise NotPossibleError("window_closed")
    return conversation


def _said_with(key: UUID | None, *, conversation: Conversation) -> Message | None:
    """What was sent with this key before, in the conversation, which is locked. Raises `NotPossibleError` for the key
    of a message of another one."""
    said = Message.objects.filter(pk=key).first() if key else None
    if said and said.conversation_id != conversation.pk:
        raise NotPossibleError("busy", "This was sent already, in another conversation.")
    return said


def _new(conversation: Conversation, *, by: Member, text: str, details: dict[str, object]) -> Message:
    return Message(
        conversation=conversation,
        role=Message.Role.ASSISTANT,
        direction=Message.Direction.OUT,
        status=Message.Status.QUEUED,
        content=text,
        metadata=details,
        author_id=by.id,
        author=by.name,
    )


def _queue(conversation: Conversation, messages: list[Message]) -> None:
    """Part after part, as part of what the model remembers."""
    queueing.save(messages)
    Conversation.objects.filter(pk=conversation.pk).update(
        due_at=at_once(), last_activity=ClockTimestamp(), history_version=conversation.history_version + 1
    )
