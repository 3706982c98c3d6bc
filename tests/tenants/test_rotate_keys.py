"""A new key is put first, everything is encrypted anew, the old key is dropped: as processes, as an operator does it."""

from __future__ import annotations

import psycopg2
from cryptography.fernet import Fernet
from django.conf import settings

from tests.databases import SECRETS
from tests.tenants.conftest import Manage

OLD = ",".join(settings.FIELD_ENCRYPTION_KEY)
NEW = Fernet.generate_key().decode()
READ = """
from django_tenants.utils import schema_context
from bots.models import Channel
for slug in ("acme", "bravo"):
    with schema_context(slug):
        print(Channel.objects.get().credentials["auth_token"])
"""


def stored(url: str) -> dict[str, str]:
    """The channels' secrets as they lie in the database, by schema."""
    with psycopg2.connect(url) as connection, connection.cursor() as cursor:
        found = {}
        for schema in ("acme", "bravo"):
            cursor.execute(f"SELECT credentials FROM {schema}.bots_channel")
            found[schema] = cursor.fetchone()[0]
        return found


def test_rotation_encrypts_all_tenants_secrets_under_the_first_key(manage: Manage, own_database: str) -> None:
    before = stored(own_database)
    with psycopg2.connect(own_database) as connection, connection.cursor() as cursor:
        cursor.execute("UPDATE tenants_tenant SET status = 'closed' WHERE slug = 'bravo'")
    run = manage("rotate_keys", FIELD_ENCRYPTION_KEY=f"{NEW},{OLD}")
    assert (run.returncode, run.stdout, run.stderr) == (0, "All secrets are encrypted under the first key.\n", "")
    after = stored(own_database)
    opened = [Fernet(NEW).decrypt(after[schema].encode()).decode() for schema in ("acme", "bravo")]
    assert SECRETS["ACME_TWILIO_TOKEN"] in opened[0]
    assert SECRETS["BRAVO_TWILIO_TOKEN"] in opened[1]
    assert not set(before.values()) & set(after.values())

    alone = manage("shell", "-v", "0", "-c", READ, FIELD_ENCRYPTION_KEY=NEW)
    assert alone.stdout.split() == [SECRETS["ACME_TWILIO_TOKEN"], SECRETS["BRAVO_TWILIO_TOKEN"]]


def test_what_no_key_opens_is_reported_and_left_as_it_is(manage: Manage, own_database: str) -> None:
    stranger = Fernet(Fernet.generate_key()).encrypt(b"{}").decode()
    with psycopg2.connect(own_database) as connection, connection.cursor() as cursor:
        cursor.execute("UPDATE acme.bots_channel SET credentials = %s RETURNING id", [stranger])
        broken = cursor.fetchone()[0]
    run = manage("rotate_keys", FIELD_ENCRYPTION_KEY=f"{NEW},{OLD}")
    assert run.returncode != 0
    assert f"acme: Channel {broken}" in run.stderr
    assert "Keep the old keys" in run.stderr
    assert "gAAAA" not in run.stdout + run.stderr
    after = stored(own_database)
    assert after["acme"] == stranger
    assert SECRETS["BRAVO_TWILIO_TOKEN"] in Fernet(NEW).decrypt(after["bravo"].encode()).decode()


def test_without_the_old_key_nothing_is_lost(manage: Manage, own_database: str) -> None:
    before = stored(own_database)
    run = manage("rotate_keys", FIELD_ENCRYPTION_KEY=NEW)
    assert run.returncode != 0
    assert stored(own_database) == before
