"""The members of the tenant, as the inbox names them."""

from __future__ import annotations

from bots.desk.base import Member
from dashboard.access import MemberRequest
from tenants.models import User


def shown_name(user: User) -> str:
    """Their name; who gave none is called by what stands before the @."""
    return user.name or user.email.partition("@")[0]


def member_of(request: MemberRequest) -> Member:
    """Who asks."""
    return Member(id=request.user.pk, name=shown_name(request.user))
