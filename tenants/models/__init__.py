"""The public schema: who the tenants are, who may enter, and which number leads to whom. No conversation data."""

from tenants.models.audit import AuditEntry
from tenants.models.invitation import Invitation
from tenants.models.routing import Route, UnroutedWebhook
from tenants.models.tenant import Domain, Tenant
from tenants.models.user import Membership, User

__all__ = ["AuditEntry", "Domain", "Invitation", "Membership", "Route", "Tenant", "UnroutedWebhook", "User"]
