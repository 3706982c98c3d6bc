"""One contact's data, erased: all that is kept of them, and a proof that says nothing of who they were.

In one transaction that holds the contact and their conversations: whoever is answering them commits before, and what
they wrote is erased with the rest, or finds nothing to commit to any more.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from django.apps import apps
from django.db import connection, transaction
from django.db.models import Q, QuerySet, TextField
from django.db.models.functions import Cast
from django.utils.crypto import salted_hmac

from bots.conversations import ConversationManager
from bots.desk.base import Member
from bots.exporting import asking
from bots.exporting import keeping as export_files
from bots.media import keeping
from bots.models import Contact, Conversation, Erasure, Export, MediaFile, WebhookLog
from tenants.models import AuditEntry, Tenant

#: What takes the place of a request's body: when it came, and how it ended, is still in the log.
EMPTIED = {"erased": "The data of this contact was erased."}
#: Requests that made no message, and so are known only by who is named in them. There is an index of these outcomes.
NAMELESS = (
    WebhookLog.Outcome.FORGED,
    WebhookLog.Outcome.MALFORMED,
    WebhookLog.Outcome.IGNORED,
    WebhookLog.Outcome.REPEAT,
)
#: Digits of which a phone number has at least so many; fewer are found in anything.
FEWEST_DIGITS = 7
SALT = "bots.erasing"


@dataclass(slots=True)
class _Outside:
    """What is not in the tenant's tables, and goes once these are committed."""

    conversations: list[UUID] = field(default_factory=list)
    files: list[MediaFile] = field(default_factory=list)
    exports: list[Export] = field(default_factory=list)
    to_write_anew: list[Export] = field(default_factory=list)


def erase(contact_id: UUID, *, tenant: Tenant, by: Member) -> Erasure:
    """Erase all that is kept of the contact; returns the proof. Raises `Contact.DoesNotExist`."""
    outside = _Outside()
    with transaction.atomic():
        # Whoever writes to both locks the contact before the conversation.
        contact = Contact.objects.select_for_update(of=("self",)).only("identity", "phone").get(pk=contact_id)
        mine = Conversation.objects.select_for_update().filter(contact=contact).order_by("pk")
        outside.conversations = list(mine.values_list("pk", flat=True))
        counts = {"requests emptied": _empty_logs(contact)}
        files = MediaFile.objects.filter(message__conversation__contact=contact).only("pk")
        outside.files = list(files.exclude(state=MediaFile.State.EXPIRED))
        _, deleted = contact.delete()
        # Last, for nobody else can ask for an export or write one until this is committed.
        counts |= {"exports": _drop_exports(contact_id, outside=outside)}
        counts |= {"files": len(outside.files), **_by_name(deleted)}
        proof = Erasure.objects.create(
            contact_digest=digest_of(contact.phone or contact.identity),
            erased={name: count for name, count in sorted(counts.items()) if count},
            asked_by_id=by.id,
            asked_by=by.name[:150],
        )
        detail = {"erasure": str(proof.pk), "erased": proof.erased}
        AuditEntry.objects.create(tenant=tenant, actor_id=by.id, action="contact.erased", detail=detail)
    _erase_outside(outside, tenant=tenant)
    return proof


def digest_of(who: str) -> str:
    """A phone number, however it is written, or another identity: as hexadecimal HMAC-SHA256 under a key that is
    derived from SECRET_KEY. Another tenant's is another one."""
    digits = _digits(who)
    is_number = len(digits) >= FEWEST_DIGITS and re.fullmatch(r"\s*(whatsapp:)?[\d\s()+./-]+", who) is not None
    named = f"+{digits.removeprefix('00')}" if is_number else who.strip()
    schema: str = connection.schema_name  # type: ignore[attr-defined]
    return salted_hmac(SALT, f"{schema}:{named}", algorithm="sha256").hexdigest()


def proofs_of(who: str) -> QuerySet[Erasure]:
    """The erasures of whoever had this number or identity, newest first."""
    return Erasure.objects.filter(contact_digest=digest_of(who))


def still_known(who: str) -> bool:
    """Whether there is a contact of this number or identity (again): they wrote since, or to another number of ours."""
    digits = _digits(who).removeprefix("00")
    named = Q(identity=who.strip())
    if len(digits) >= FEWEST_DIGITS:
        named |= Q(phone=f"+{digits}") | Q(identity=f"+{digits}")
    return Contact.objects.filter(named).exists()


def _empty_logs(contact: Contact) -> int:
    """The requests that brought their messages or told what became of ours, and those that only name them."""
    empty = {"body": EMPTIED, "headers": {}, "error": None}
    known = WebhookLog.objects.filter(message__conversation__contact=contact).update(**empty)
    names = {contact.identity, _digits(contact.phone)}
    named = Q()
    for name in names:
        if len(name) >= FEWEST_DIGITS:
            named |= Q(told__contains=name)
    if not named:
        return known
    nameless = WebhookLog.objects.filter(message=None, outcome__in=NAMELESS)
    found = nameless.annotate(told=Cast("body", TextField())).filter(named).values_list("pk", flat=True)
    return known + WebhookLog.objects.filter(pk__in=list(found)).update(**empty)


def _drop_exports(contact_id: UUID, *, outside: _Outside) -> int:
    """Files that hold what is erased, or may; returns how many exports. One that is being written is begun anew.

    The table stays locked until the erasure is committed: an export that ended or began meanwhile would hold them."""
    with connection.cursor() as cursor:
        cursor.execute(f"LOCK TABLE {Export._meta.db_table} IN SHARE ROW EXCLUSIVE MODE")
    own = Q(scope=Export.Scope.CONTACT, criteria__contact=str(contact_id)) | Q(
        scope=Export.Scope.CONVERSATION, criteria__conversation__in=[str(pk) for pk in outside.conversations]
    )
    outside.exports = list(Export.objects.filter(Q(state=Export.State.READY) | own))
    Export.objects.filter(own).delete()
    Export.objects.filter(state=Export.State.READY).update(state=Export.State.EXPIRED, file="")
    begun = Export.objects.filter(state=Export.State.WRITING)
    outside.to_write_anew = list(begun)
    begun.update(state=Export.State.WAITING, done=0, lease_until=None)
    return len(outside.exports)


def _digits(text: str) -> str:
    return re.sub(r"[^0-9]", "", text)


def _by_name(deleted: Mapping[str, int]) -> dict[str, int]:
    """`{"bots.Message": 12}` as `{"messages": 12}`, by the models' own names."""
    return {str(apps.get_model(label)._meta.verbose_name_plural): count for label, count in deleted.items()}


def _erase_outside(outside: _Outside, *, tenant: Tenant) -> None:
    ConversationManager().drop_copies(outside.conversations)
    keeping.discard(outside.files)
    for export in (*outside.exports, *outside.to_write_anew):
        export_files.remove(export)
    for export in outside.to_write_anew:
        asking.ring(export.pk, tenant=tenant)
