"""A tenant from a file, the part that lives in the public schema: the tenant, its host, its owner, its routes."""

from __future__ import annotations

import os
import re
from typing import Annotated, Any
from uuid import UUID

import phonenumbers
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import connection
from django_tenants.utils import schema_exists
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationInfo, field_validator

from tenants.models import AuditEntry, Domain, Membership, Route, Tenant, User
from tenants.models.tenant import RESERVED_SLUGS, schema_name_for, slug_is_valid


class OnboardingError(Exception):
    """The file cannot be applied, and nothing was. `mistakes` are sentences that begin with the key they speak of."""

    def __init__(self, mistakes: list[str]) -> None:
        super().__init__("\n".join(mistakes))
        self.mistakes = mistakes


class Section(BaseModel):
    """A table of the file. A key that is not known is a mistake: it would be ignored in silence otherwise."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True, hide_input_in_errors=True)

    @field_validator("*", mode="before")
    @classmethod
    def _can_be_stored(cls, value: Any) -> Any:
        if isinstance(value, str) and "\0" in value:
            raise ValueError("holds a NUL character, which PostgreSQL's text cannot hold")
        return value


def _slug(value: str) -> str:
    slug_is_valid(value)
    if value in RESERVED_SLUGS or value.startswith("pg-"):
        raise ValueError("this name is reserved")
    return value


def _host(value: str) -> str:
    if not re.fullmatch(
        r"(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", value
    ):
        raise ValueError("must be a host name in lower case, without scheme, port or path, such as acme.example.com")
    return value


def _email(value: str) -> str:
    validate_email(value)
    return value.lower()


def e164(value: str) -> str:
    """A phone number as `+` and digits; `whatsapp:` in front is left out. Raises `ValueError`."""
    try:
        number = phonenumbers.parse(value.removeprefix("whatsapp:"))
    except phonenumbers.NumberParseException:
        raise ValueError("must be a phone number with its country code, such as +14155238886") from None
    if not phonenumbers.is_possible_number(number):
        raise ValueError("is no possible phone number")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _django(check: Any) -> Any:
    """A check that raises Django's `ValidationError`, as one that raises `ValueError`."""

    def checked(value: str, *rest: Any) -> Any:
        try:
            return check(value, *rest)
        except ValidationError as error:
            raise ValueError(" ".join(error.messages)) from None

    return checked


class TenantSection(Section):
    slug: Annotated[str, AfterValidator(_django(_slug))] = Field(max_length=40)
    name: str = Field(min_length=1, max_length=120)
    domain: Annotated[str, AfterValidator(_host)]


class OwnerSection(Section):
    email: Annotated[str, AfterValidator(_django(_email))] = Field(max_length=254)
    password_env: str = ""

    @field_validator("password_env")
    @classmethod
    def _password_is_strong(cls, name: str, info: ValidationInfo) -> str:
        if password := secret(name):
            _django(validate_password)(password, User(email=info.data.get("email", "")))
        return name


def secret(name: str) -> str:
    """The value of the environment variable that the file names; empty where it names none."""
    return os.environ.get(name, "").strip() if name else ""


def missing_secrets(contents: dict[str, Any]) -> list[str]:
    """A mistake for each `*_env` key of the file whose environment variable is not set."""
    mistakes = []
    for key, value in contents.items():
        if isinstance(value, dict):
            mistakes += [f"{key}.{mistake}" for mistake in missing_secrets(value)]
        elif key.endswith("_env") and isinstance(value, str) and value and not secret(value):
            mistakes.append(f"{key}: the environment variable {value} is not set")
    return mistakes


def wait_for_others() -> None:
    """Two onboardings at once wait for one another: the lock is held until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('switchboard onboarding'))")


def held_by_others(section: TenantSection, *, provider: str, address: str, address_key: str) -> list[str]:
    """A mistake for each thing that the file claims and another tenant holds. `address_key`: the address's key."""
    mistakes = []
    if Domain.objects.filter(domain=section.domain).exclude(tenant__slug=section.slug).exists():
        mistakes.append(f"tenant.domain: {section.domain} belongs to another tenant")
    if Route.objects.filter(provider=provider, address=address).exclude(tenant__slug=section.slug).exists():
        mistakes.append(f"channel.{address_key}: {address} belongs to another tenant")
    return mistakes


def apply_tenant(section: TenantSection, *, changes: list[str]) -> Tenant:
    """Create or update the tenant and its host. Raises `OnboardingError` for a tenant that is closed or deleted."""
    tenant = Tenant.objects.filter(slug=section.slug).first()
    is_new = tenant is None
    if tenant is None:
        if schema_exists(schema_name_for(section.slug)):
            # What an earlier tenant of this name left behind is nobody else's to read.
            raise OnboardingError(["tenant.slug: a schema of this name exists already; choose another slug"])
        tenant = Tenant(slug=section.slug, schema_name=schema_name_for(section.slug), name=section.name)
        tenant.save(verbosity=0)
    if tenant.status == Tenant.Status.CLOSED:
        raise OnboardingError(["tenant.slug: this tenant is closed"])
    if is_new:
        changes.append("tenant.created")
    elif tenant.name != section.name:
        tenant.name = section.name
        # Not the whole row: whoever suspends the tenant meanwhile does not wait for this.
        tenant.save(update_fields=["name"])
        changes.append("tenant.name")
    if not tenant.domains.filter(domain=section.domain, is_primary=True).exists():
        tenant.domains.filter(is_primary=True).delete()
        Domain.objects.update_or_create(domain=section.domain, defaults={"tenant": tenant, "is_primary": True})
        changes.append("tenant.domain")
    return tenant


def apply_owner(section: OwnerSection, *, tenant: Tenant, password: str, changes: list[str]) -> User:
    """Create the owner and their membership. A user who exists keeps their password: it is theirs, not the file's."""
    user = User.objects.filter(email__iexact=section.email).first()
    if user is None:
        user = User.objects.create_user(section.email, password or None)
        changes.append("owner.created")
    membership, is_new = Membership.objects.get_or_create(
        user=user, tenant=tenant, defaults={"role": Membership.Role.OWNER}
    )
    if is_new or membership.role != Membership.Role.OWNER:
        membership.role = Membership.Role.OWNER
        membership.save()
        changes.append("owner.membership")
    return user


def claim_route(
    *, tenant: Tenant, provider: str, address: str, channel_id: UUID, changes: list[str], verification: str = ""
) -> None:
    """Claim a destination for the tenant; the channel's earlier destinations are given up.

    Raises `IntegrityError` for one that another tenant claimed in this moment.
    """
    route, is_new = Route.objects.get_or_create(
        provider=provider, address=address, tenant=tenant, defaults={"channel_id": channel_id}
    )
    if is_new or (route.channel_id, route.verification) != (channel_id, verification):
        route.channel_id, route.verification = channel_id, verification
        route.save()
        changes.append("channel.route")
    Route.objects.filter(tenant=tenant, channel_id=channel_id).exclude(pk=route.pk).delete()


def record(tenant: Tenant, *, changes: list[str]) -> None:
    """Write down what the file changed: names, never values."""
    if changes:
        AuditEntry.objects.create(tenant=tenant, action="tenant.onboarded", detail={"changed": changes})
