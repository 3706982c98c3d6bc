"""By whom and by what conversations are sorted: the members of the tenant, and its labels."""

from __future__ import annotations

from functools import cached_property

from bots.models import Label
from dashboard.inbox.members import shown_name
from dashboard.rights import TABLE
from tenants.models import Membership, Tenant


class Directory:
    """For one request, whose panes all show of it: each part is read when it is first asked for, and once."""

    def __init__(self, tenant: Tenant) -> None:
        self.tenant = tenant

    @cached_property
    def names(self) -> dict[int, str]:
        """How each member is called, by the user's key."""
        return {one.user_id: shown_name(one.user) for one in self._memberships}

    @cached_property
    def who_answers(self) -> dict[int, str]:
        """Those of them who may answer, to whom a conversation can be assigned."""
        people = [one.user_id for one in self._memberships if one.role in TABLE["answer_conversations"]]
        return {key: self.names[key] for key in sorted(people, key=lambda key: self.names[key].casefold())}

    @cached_property
    def labels(self) -> list[Label]:
        return list(Label.objects.all())

    @cached_property
    def _memberships(self) -> list[Membership]:
        return list(Membership.objects.filter(tenant=self.tenant).select_related("user"))
