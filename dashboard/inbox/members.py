"""The members of the tenant, as the inbox names them."""

from __future__ import annotations

from bots.desk.base import Member
from dashboard.access import MemberRequest
from dashboard.rights import TABLE
from tenants.models import Membership, Tenant, User


def shown_name(user: User) -> str:
    """Their name; who gave none is called by what stands before the @."""
    return user.name or user.email.partition("@")[0]


def member_of(request: MemberRequest) -> Member:
    """Who asks."""
    return Member(id=request.user.pk, name=shown_name(request.user))


def names(tenant: Tenant) -> dict[int, str]:
    """How each member is called, by the user's key."""
    memberships = Membership.objects.filter(tenant=tenant).select_related("user").order_by("user__name", "user__email")
    return {membership.user_id: shown_name(membership.user) for membership in memberships}


def who_answers(tenant: Tenant) -> dict[int, str]:
    """Those of them who may answer, to whom a conversation can be assigned."""
    memberships = Membership.objects.filter(tenant=tenant, role__in=TABLE["answer_conversations"])
    people = {one.user_id: shown_name(one.user) for one in memberships.select_related("user")}
    return dict(sorted(people.items(), key=lambda person: person[1].casefold()))
