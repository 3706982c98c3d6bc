"""What an export is of, in words: its names looked up for all rows of a page at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from bots.desk import filters
from bots.models import Channel, Contact, Conversation, Export, Label
from dashboard import masking

LISTS = {"open": "Open", "waiting": "Waiting", "human": "Human", "failed": "Failed", "all": "All"}
SOMEBODY = "somebody who was erased"

Criteria = Mapping[str, str]


@dataclass(slots=True)
class Names:
    """Names by the ids that criteria hold; numbers are masked."""

    conversations: dict[str, str] = field(default_factory=dict)
    contacts: dict[str, str] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)
    channels: dict[str, str] = field(default_factory=dict)


def names_in(every: Iterable[Criteria]) -> Names:
    """One query for each kind that there is."""
    found = Names()
    every = list(every)
    if wanted := _ids(every, "conversation"):
        rows = Conversation.objects.filter(pk__in=wanted).values_list("pk", "contact__profile_name", "contact__phone")
        found.conversations = {str(pk): _name(name, phone) for pk, name, phone in rows}
    if wanted := _ids(every, "contact"):
        contacts = Contact.objects.filter(pk__in=wanted).values_list("pk", "profile_name", "phone")
        found.contacts = {str(pk): _name(name, phone) for pk, name, phone in contacts}
    labels = [one["label"] for one in every if one.get("label", "").isdecimal()]
    if labels:
        found.labels = {str(pk): name for pk, name in Label.objects.filter(pk__in=labels).values_list("pk", "name")}
    if wanted := _ids(every, "channel"):
        channels = Channel.objects.filter(pk__in=wanted).values_list("pk", "name", "address")
        found.channels = {str(pk): name or masking.whole_number(address) for pk, name, address in channels}
    return found


def about(scope: str, criteria: Criteria, *, names: Names) -> str:
    """`All of Ada L.`"""
    match scope:
        case Export.Scope.CONVERSATION:
            return f"A conversation with {names.conversations.get(criteria['conversation'], SOMEBODY)}"
        case Export.Scope.CONTACT:
            return f"All that is kept of {names.contacts.get(criteria['contact'], SOMEBODY)}"
        case Export.Scope.FILTER:
            return f"Conversations: {_filter(criteria, names=names)}"
        case _:
            return "All conversations"


def _filter(criteria: Criteria, *, names: Names) -> str:
    wanted = filters.parse(criteria, member=0, sees_numbers=True)
    parts = [f"list “{LISTS[wanted.view]}”"]
    if wanted.words:
        parts.append(f"with “{wanted.words}”")
    if wanted.label is not None:
        parts.append(f"label {names.labels.get(str(wanted.label), 'that is gone')}")
    if wanted.assignee:
        whose = {"me": "assigned to whoever asked", "none": "assigned to nobody"}
        parts.append(whose.get(wanted.assignee, "assigned to one member"))
    if wanted.channel is not None:
        parts.append(f"on {names.channels.get(str(wanted.channel), 'a number that is gone')}")
    return ", ".join(parts)


def _ids(every: Iterable[Criteria], name: str) -> list[UUID]:
    found = []
    for one in every:
        try:
            found.append(UUID(str(one[name])))
        except (KeyError, ValueError):
            continue
    return found


def _name(profile_name: str, phone: str) -> str:
    return masking.contact_name(profile_name=profile_name, phone=phone)
