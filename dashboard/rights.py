"""Who may do what in a tenant: one table. Views ask it by `access.needs`, templates by `request.membership.can`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, cast

from tenants.models import Membership

Right = Literal[
    "see_overview",
    "see_conversations",
    "answer_conversations",
    "reveal_numbers",
    "see_logs",
    "process_again",
    "see_bot",
    "try_bot",
    "edit_bot",
    "publish_bot",
    "see_knowledge",
    "edit_knowledge",
    "see_channel",
    "edit_channel",
    "see_secret_state",
    "manage_team",
    "manage_security",
    "manage_settings",
    "export",
    "see_audit",
]

OWNER, ADMIN, AGENT, VIEWER = (
    Membership.Role.OWNER,
    Membership.Role.ADMIN,
    Membership.Role.AGENT,
    Membership.Role.VIEWER,
)

EVERYBODY = frozenset({OWNER, ADMIN, AGENT, VIEWER})
STAFF = frozenset({OWNER, ADMIN, AGENT})
MANAGERS = frozenset({OWNER, ADMIN})
OWNERS = frozenset({OWNER})

TABLE: Mapping[Right, frozenset[Membership.Role]] = {
    "see_overview": EVERYBODY,
    # Contacts' phone numbers are masked for whoever may not reveal them.
    "see_conversations": EVERYBODY,
    "answer_conversations": STAFF,
    "reveal_numbers": MANAGERS,
    "see_logs": STAFF,
    "process_again": MANAGERS,
    "see_bot": EVERYBODY,
    # A question in the playground costs tokens.
    "try_bot": STAFF,
    "edit_bot": MANAGERS,
    "publish_bot": MANAGERS,
    "see_knowledge": EVERYBODY,
    "edit_knowledge": MANAGERS,
    "see_channel": EVERYBODY,
    "edit_channel": MANAGERS,
    # Whether a key is set, when it was set and whether it works. Nobody sees the key.
    "see_secret_state": MANAGERS,
    "manage_team": MANAGERS,
    # What everybody must do to get in.
    "manage_security": OWNERS,
    "manage_settings": MANAGERS,
    "export": OWNERS,
    "see_audit": MANAGERS,
}


class UnknownRightError(LookupError):
    """A right that the table does not know: a typing error, which must not pass for 'no'."""


class Can:
    """What a role may do: `can("edit_bot")`, in a template `can.edit_bot`."""

    #: Django's templates would call it without a right.
    do_not_call_in_templates = True

    def __init__(self, role: str) -> None:
        self.role = role

    def __call__(self, right: str) -> bool:
        if right not in TABLE:
            raise UnknownRightError(f"There is no right {right!r}; dashboard/rights.py lists them.")
        return self.role in TABLE[cast(Right, right)]

    def __getitem__(self, right: str) -> bool:
        return self(right)
