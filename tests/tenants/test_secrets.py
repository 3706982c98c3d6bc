"""A secret is written, and never shown: not by the database, not under a wrong key, not by forms and dumps."""

from __future__ import annotations

import json
from io import StringIO
from unittest.mock import patch

import pytest
from cryptography.fernet import Fernet, MultiFernet
from django.core.management import call_command
from django.db import connection, transaction
from django.db.models import F, Value
from django.db.models.functions import Concat
from django.forms import modelform_factory
from encrypted_model_fields import fields as encrypted

from bots.models import AIConfiguration, Channel
from tenants.models import Tenant
from tenants.secrets import SecretUnreadableError, secret_fields

SECRET = "sk-the-secret-0123456789"
TABLES = {"api_key": "bots_aiconfiguration", "credentials": "bots_channel"}


@pytest.fixture
def configuration(tenant: Tenant) -> AIConfiguration:
    configuration = AIConfiguration.objects.get(is_active=True)
    configuration.api_key = SECRET
    configuration.save()
    return configuration


@pytest.fixture
def channel(tenant: Tenant) -> Channel:
    channel = Channel.objects.get()
    channel.credentials = {"auth_token": SECRET, "signing_key": "another"}
    channel.save()
    return channel


def column(name: str) -> str:
    """The secret as it lies in the database."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {name} FROM {TABLES[name]}")
        return cursor.fetchone()[0]


def other_keys() -> MultiFernet:
    return MultiFernet([Fernet(Fernet.generate_key())])


def test_secrets_lie_encrypted_in_their_columns(configuration: AIConfiguration, channel: Channel) -> None:
    for stored in (column("api_key"), column("credentials")):
        assert stored.startswith("gAAAA")
        assert all(words not in stored for words in (SECRET, "auth_token", "another"))


def test_no_column_of_any_table_of_the_database_holds_a_tenants_token(tenant: Tenant) -> None:
    found = []
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_schema, table_name FROM information_schema.tables"
            " WHERE table_type = 'BASE TABLE' AND table_schema IN ('public', 'acme', 'bravo')"
        )
        for schema, table in cursor.fetchall():
            cursor.execute(
                f'SELECT count(*) FROM "{schema}"."{table}" t WHERE t::text ~ \'(acme|bravo)-(token|owner-pass)\''
            )
            found += [f"{schema}.{table}"] * cursor.fetchone()[0]
    assert found == []


def test_secrets_come_back_as_they_were(configuration: AIConfiguration, channel: Channel) -> None:
    assert AIConfiguration.objects.get(pk=configuration.pk).api_key == SECRET
    assert Channel.objects.get().credentials == {"auth_token": SECRET, "signing_key": "another"}
    assert list(AIConfiguration.objects.filter(is_active=True).values_list("api_key", flat=True)) == [SECRET]


def test_the_same_secret_looks_different_each_time(configuration: AIConfiguration) -> None:
    first = column("api_key")
    configuration.save()
    assert column("api_key") != first


def test_no_secret_is_stored_as_nothing(configuration: AIConfiguration, channel: Channel) -> None:
    configuration.api_key, channel.credentials = "", {}
    configuration.save()
    channel.save()
    assert [column("api_key"), column("credentials")] == ["", ""]
    assert AIConfiguration.objects.get(pk=configuration.pk).api_key == ""
    assert Channel.objects.get().credentials == {}


def test_a_wrong_key_is_an_error_and_never_the_ciphertext(configuration: AIConfiguration, channel: Channel) -> None:
    with patch.object(encrypted, "CRYPTER", other_keys()):
        for read in (
            lambda: AIConfiguration.objects.get(pk=configuration.pk),
            Channel.objects.get,
            lambda: list(AIConfiguration.objects.values_list("api_key", flat=True)),
        ):
            with pytest.raises(SecretUnreadableError) as raised:
                read()
            assert "FIELD_ENCRYPTION_KEY" in str(raised.value)
            assert "gAAAA" not in str(raised.value)


def test_what_was_read_before_is_closed_to_another_key(configuration: AIConfiguration) -> None:
    assert AIConfiguration.objects.get(pk=configuration.pk).api_key
    with patch.object(encrypted, "CRYPTER", other_keys()), pytest.raises(SecretUnreadableError):
        AIConfiguration.objects.get(pk=configuration.pk)


def test_text_that_was_never_encrypted_is_an_error(configuration: AIConfiguration) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE bots_aiconfiguration SET api_key = 'plain text'")
    with pytest.raises(SecretUnreadableError) as raised:
        AIConfiguration.objects.get(pk=configuration.pk)
    assert "plain text" not in str(raised.value)


def test_a_secret_that_looks_encrypted_is_kept_as_it_is(configuration: AIConfiguration) -> None:
    token = encrypted.encrypt_str("what a token opens to").decode()
    configuration.api_key = token
    configuration.full_clean()
    configuration.save()
    assert AIConfiguration.objects.get(pk=configuration.pk).api_key == token


@pytest.mark.parametrize("value", ["ü😀 \n\t", "x" * 10_000, " "])
def test_a_secret_may_be_any_text(value: str, configuration: AIConfiguration) -> None:
    configuration.api_key = value
    configuration.save()
    assert AIConfiguration.objects.get(pk=configuration.pk).api_key == value


def test_an_update_encrypts(configuration: AIConfiguration, channel: Channel) -> None:
    AIConfiguration.objects.update(api_key="updated")
    Channel.objects.update(credentials={"auth_token": "updated"})
    assert "updated" not in column("api_key") + column("credentials")
    assert AIConfiguration.objects.get(pk=configuration.pk).api_key == "updated"
    assert Channel.objects.get().credentials == {"auth_token": "updated"}


def test_bulk_create_encrypts(configuration: AIConfiguration) -> None:
    AIConfiguration.objects.all().delete()
    AIConfiguration.objects.bulk_create([AIConfiguration(version=9, provider="openai", api_key="in bulk")])
    assert column("api_key").startswith("gAAAA")
    assert AIConfiguration.objects.get(version=9).api_key == "in bulk"


@pytest.mark.parametrize("expression", [F("model_name"), Value("plain"), Concat(F("model_name"), Value("x"))])
def test_expressions_are_refused_and_leave_the_secret(expression: object, configuration: AIConfiguration) -> None:
    before = column("api_key")
    with pytest.raises(TypeError, match="api_key is a secret"), transaction.atomic():
        AIConfiguration.objects.update(api_key=expression)
    configuration.api_key = expression  # type: ignore[assignment]
    with pytest.raises(TypeError, match="api_key is a secret"), transaction.atomic():
        configuration.save()
    assert column("api_key") == before


def test_bulk_update_is_refused_and_leaves_the_secret(configuration: AIConfiguration, channel: Channel) -> None:
    before = column("api_key") + column("credentials")
    with pytest.raises(TypeError, match="api_key is a secret"), transaction.atomic():
        AIConfiguration.objects.bulk_update([configuration], ["api_key"])
    with pytest.raises(TypeError, match="credentials is a secret"), transaction.atomic():
        Channel.objects.bulk_update([channel], ["credentials"])
    assert column("api_key") + column("credentials") == before


def test_dumpdata_shows_no_secret(configuration: AIConfiguration, channel: Channel) -> None:
    out = StringIO()
    call_command("dumpdata", "bots.channel", "bots.aiconfiguration", stdout=out)
    dumped = {row["model"]: row["fields"] for row in json.loads(out.getvalue())}
    assert dumped["bots.aiconfiguration"]["api_key"] == dumped["bots.channel"]["credentials"] == ""
    assert "gAAAA" not in out.getvalue()


@pytest.mark.parametrize(("model", "name"), [(AIConfiguration, "api_key"), (Channel, "credentials")])
def test_a_form_never_shows_what_is_stored(
    model: type, name: str, configuration: AIConfiguration, channel: Channel
) -> None:
    form = modelform_factory(model, fields=[name])
    stored = form(instance=model.objects.get()).as_p()
    typed = form(data={name: SECRET}).as_p()
    assert 'type="password"' in stored
    assert SECRET not in stored + typed
    assert "gAAAA" not in stored


def test_a_form_that_takes_no_json_object_says_so(channel: Channel) -> None:
    form = modelform_factory(Channel, fields=["credentials"])
    assert form(data={"credentials": '{"auth_token": "new"}'}, instance=channel).is_valid()
    for typed in (SECRET, "[1]", "{"):
        assert form(data={"credentials": typed}, instance=channel).errors == {
            "credentials": ["Give names and their secrets as a JSON object."]
        }


def test_the_text_of_an_object_holds_no_secret(configuration: AIConfiguration, channel: Channel) -> None:
    assert SECRET not in f"{configuration!r} {configuration} {channel!r} {channel}"


def test_the_models_with_secrets_are_known() -> None:
    assert secret_fields(AIConfiguration) == ["api_key", "transcription_api_key"]
    assert secret_fields(Channel) == ["credentials"]
    assert secret_fields(Tenant) == []
