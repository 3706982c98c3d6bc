"""A business that uses Switchboard, and the hosts of its dashboard."""

from __future__ import annotations

from django.core.validators import RegexValidator
from django.db import models
from django_tenants.models import DomainMixin, TenantMixin
from django_tenants.utils import schema_exists

from tenants import schema_script

#: Schema names that PostgreSQL or django-tenants keep for themselves.
RESERVED_SLUGS = frozenset({"public", "information-schema", "pg"})

slug_is_valid = RegexValidator(
    r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$",
    "use lower-case letters, digits and single hyphens, beginning with a letter, such as lumen-bakery",
)


def schema_name_for(slug: str) -> str:
    """The PostgreSQL schema of a tenant. Slugs hold no underscore, so two slugs never share a schema."""
    return slug.replace("-", "_")


class Tenant(TenantMixin):
    """One business. Its rows live in the PostgreSQL schema `schema_name`; `public` is the platform itself."""

    class Status(models.TextChoices):
        ACTIVE = "active"
        SUSPENDED = "suspended", "suspended: answers nobody"
        CLOSED = "closed", "closed: its data is no longer reached"

    slug = models.CharField(max_length=40, unique=True, validators=[slug_is_valid])
    name = models.CharField(max_length=120)
    status = models.CharField(max_length=12, choices=Status, default=Status.ACTIVE)
    status_reason = models.CharField(max_length=300, blank=True)
    #: Members without a second factor see nothing of this tenant until they have set one up.
    two_factor_required = models.BooleanField(default=False, db_default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    # A new schema gets its tables by migrations; deleting the row never deletes the data.
    auto_create_schema = True
    auto_drop_schema = False

    class Meta:
        ordering = ["slug"]

    def __str__(self) -> str:
        return self.slug

    def create_schema(self, check_if_exists: bool = False, sync_schema: bool = True, verbosity: int = 1) -> bool | None:
        """As the library does it, but from the recorded script where it stands for the code's migrations."""
        script = schema_script.current() if sync_schema else None
        if script is None:
            return super().create_schema(check_if_exists, sync_schema, verbosity)
        if check_if_exists and schema_exists(self.schema_name):
            return False
        schema_script.run(script, schema_name=self.schema_name)
        return True


class Domain(DomainMixin):
    """A host name of a tenant's dashboard, without port."""

    class Meta:
        ordering = ["domain"]

    def __str__(self) -> str:
        return self.domain
