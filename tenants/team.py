"""The people of a tenant: who may make whom what, and that there is always an owner."""

from __future__ import annotations

from django.db import transaction

from tenants import invitations
from tenants.models import AuditEntry, Invitation, Membership, Tenant

OWNER = Membership.Role.OWNER


class TeamError(Exception):
    """What was asked for is not to be; the text is a sentence for whoever asked."""


def roles_to_give(giver: str) -> list[Membership.Role]:
    """The roles that somebody with the role `giver` may hand out: an admin makes no owners."""
    if giver == OWNER:
        return list(Membership.Role)
    if giver == Membership.Role.ADMIN:
        return [role for role in Membership.Role if role != OWNER]
    return []


@transaction.atomic
def invite(*, by: Membership, email: str, role: str) -> tuple[Invitation, str]:
    """An invitation and its token, for the mail. Raises `TeamError`."""
    by = _still(by)
    _may_give(by, role=role)
    if Membership.objects.filter(tenant=by.tenant, user__email__iexact=email).exists():
        raise TeamError(f"{email} is in the team already.")
    return invitations.invite(tenant=by.tenant, email=email, role=role, invited_by=by.user)


@transaction.atomic
def revoke(invitation: Invitation, *, by: Membership) -> None:
    """Raises `TeamError`, and `InvitationGoneError` where it was accepted in the meantime."""
    by = _still(by)
    _may_give(by, role=invitation.role)
    invitations.revoke(invitation, by=by.user)


@transaction.atomic
def change_role(*, by: Membership, member: Membership, role: str) -> None:
    """Raises `TeamError`, and `Membership.DoesNotExist` for a member who has left."""
    by = _still(by)
    member = _theirs(by, member)
    _may_give(by, role=role)
    _may_touch(by, member)
    if member.role == role:
        return
    if member.role == OWNER:
        _another_owner_stays(member)
    before, member.role = member.role, role
    member.save(update_fields=["role"])
    _record(by, action="member.role_changed", detail={"email": member.user.email, "from": before, "to": role})


@transaction.atomic
def remove(*, by: Membership, member: Membership) -> None:
    """They see nothing of the tenant from the next request on. Raises as `change_role` does."""
    by = _still(by)
    member = _theirs(by, member)
    _may_touch(by, member)
    if member.role == OWNER:
        _another_owner_stays(member)
    member.delete()
    _record(by, action="member.removed", detail={"email": member.user.email, "role": member.role})


@transaction.atomic
def require_two_factor(*, by: Membership, required: bool) -> None:
    """From the next request on, members without a second factor see nothing before they have set one up.

    Whoever asks it of others has one: the caller checks that. Raises `TeamError` for whoever is no owner.
    """
    by = _still(by)
    if by.role != OWNER:
        raise TeamError("Only an owner decides how people sign in.")
    if (
        Tenant.objects.filter(pk=by.tenant_id)
        .exclude(two_factor_required=required)
        .update(two_factor_required=required)
    ):
        _record(by, action="team.two_factor", detail={"required": required})


def _still(by: Membership) -> Membership:
    """The acting member as they are now. Changes of one team wait for one another: two owners who demote each other
    at the same moment would leave none."""
    Tenant.objects.select_for_update(no_key=True).get(pk=by.tenant_id)
    current = Membership.objects.select_related("user", "tenant").filter(pk=by.pk).first()
    if current is None or not roles_to_give(current.role):
        raise TeamError("You do not manage this team any more.")
    return current


def _theirs(by: Membership, member: Membership) -> Membership:
    return Membership.objects.select_related("user").get(pk=member.pk, tenant=by.tenant)


def _may_give(by: Membership, *, role: str) -> None:
    if role not in roles_to_give(by.role):
        raise TeamError("Only an owner makes somebody an owner." if role == OWNER else "There is no such role.")


def _may_touch(by: Membership, member: Membership) -> None:
    if member.role == OWNER and by.role != OWNER:
        raise TeamError("Only an owner changes or removes an owner.")


def _another_owner_stays(member: Membership) -> None:
    if not Membership.objects.filter(tenant=member.tenant_id, role=OWNER).exclude(pk=member.pk).exists():
        raise TeamError(f"{member.user.email} is the only owner. Make somebody else an owner first.")


def _record(by: Membership, *, action: str, detail: dict[str, object]) -> None:
    AuditEntry.objects.create(tenant=by.tenant, actor=by.user, action=action, detail=detail)
