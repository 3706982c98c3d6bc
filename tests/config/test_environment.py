"""The environment is checked whole before anything starts, and its values are never repeated."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured

from config.environment import Config, ConfigError
from tests.databases import PROJECT

KEY = "dGVzdHMtb25seS10ZXN0cy1vbmx5LXRlc3RzLW9ubHk="
GOOD = {
    "SECRET_KEY": "a-secret-of-at-least-thirty-two-characters",
    "FIELD_ENCRYPTION_KEY": KEY,
    "ALLOWED_HOSTS": "bots.example.com,.example.test",
    "DATABASE_URL": "postgresql://user:pass@db.example.com:5432/switchboard",
    "REDIS_URL": "redis://:pass@redis.example.com:6379/0",
    "PUBLIC_BASE_URL": "https://bots.example.com",
}
REQUIRED = set(GOOD)


def complaint(**changes: str | None) -> str:
    """What is said of the good environment with these changes; None takes a setting away."""
    given = {**GOOD, **changes}
    with pytest.raises(ConfigError) as raised:
        Config.validate({name: value for name, value in given.items() if value is not None})
    return str(raised.value)


def named(text: str) -> set[str]:
    """The settings that the complaint names."""
    return {line.strip().partition(":")[0] for line in text.splitlines()[1:]}


def test_a_good_environment_is_taken_as_it_is() -> None:
    config = Config.validate(GOOD)
    assert config.ALLOWED_HOSTS == ["bots.example.com", ".example.test"]
    assert config.FIELD_ENCRYPTION_KEY == [KEY]
    assert config.DEBUG is False
    assert (config.AI_PROVIDER, config.AI_MODEL, config.AI_MAX_TOKENS) == ("openai", "gpt-4", 1000)
    assert (config.CONVERSATION_TTL, config.MAX_CONTEXT_MESSAGES, config.AI_REQUEST_TIMEOUT) == (3600, 10, 30)


def test_the_settings_show_no_value_to_whoever_prints_them() -> None:
    secrets = {"AI_API_KEY": "sk-platform", "TWILIO_AUTH_TOKEN": "tok-platform", "EMAIL_URL": "smtp://me:pass@mail"}
    config = Config.validate({**GOOD, **secrets})
    for shown in (repr(config), str(config), f"{config}"):
        assert not [value for value in (*GOOD.values(), *secrets.values()) if value in shown]


def test_an_empty_environment_names_all_that_is_needed() -> None:
    with pytest.raises(ConfigError) as raised:
        Config.validate({})
    assert named(str(raised.value)) == REQUIRED
    assert str(raised.value).count("is not set") == len(REQUIRED)
    assert isinstance(raised.value, ImproperlyConfigured)


@pytest.mark.parametrize("name", sorted(REQUIRED))
@pytest.mark.parametrize("blank", ["", "  ", "\n"])
def test_a_blank_setting_is_one_that_is_not_set(name: str, blank: str) -> None:
    text = complaint(**{name: blank})
    assert named(text) == {name}
    assert "is not set" in text


def test_a_blank_setting_leaves_its_default() -> None:
    assert Config.validate({**GOOD, "AI_MODEL": " ", "DEBUG": "", "CONVERSATION_TTL": ""}).AI_MODEL == "gpt-4"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SECRET_KEY", "short"),
        ("FIELD_ENCRYPTION_KEY", "not-a-key"),
        ("FIELD_ENCRYPTION_KEY", f"{KEY},not-a-key"),
        ("FIELD_ENCRYPTION_KEY", ","),
        ("ALLOWED_HOSTS", " , "),
        ("DEBUG", "perhaps"),
        ("DATABASE_URL", "mysql://user:hunter2@db.example.com/x"),
        ("DATABASE_URL", "postgresql://user:hunter2/@db.example.com:5432/x"),
        ("DATABASE_URL", "postgresql://user:hunter2@db.example.com:port/x"),
        ("DATABASE_URL", "postgresql://user:hunter2@[db/x"),
        ("DATABASE_URL", "postgresql://user:hunter2@ex\uff0fample/x"),
        ("REDIS_URL", "http://:hunter2@redis.example.com"),
        ("REDIS_URL", "redis://:hunter2@redis.example.com:port/0"),
        ("REDIS_URL", "redis://:hunter2@[redis/0"),
        ("REDIS_URL", "unix:///run/redis.sock"),
        ("CELERY_BROKER_URL", "mqtt://:hunter2@broker.example.com"),
        ("CELERY_BROKER_URL", "redis:/broker.example.com"),
        ("CELERY_BROKER_URL", "broker.example.com:6379"),
        ("CELERY_BROKER_URL", "sentinel://one.example.com:26379;http://:hunter2@two.example.com"),
        ("CELERY_BROKER_URL", "amqp://user:hunter2@broker.example.com:port//"),
        ("CELERY_BROKER_URL", "amqp://"),
        ("WEBHOOK_LOG_RETENTION_DAYS", "-1"),
        ("TURN_RETENTION_DAYS", "a month"),
        ("UNROUTED_RETENTION_DAYS", "36501"),
        ("PUBLIC_BASE_URL", "bots.example.com"),
        ("PUBLIC_BASE_URL", "https://bots.example.com/app"),
        ("PUBLIC_BASE_URL", "https://bots.example.com:port"),
        ("PUBLIC_BASE_URL", "https://user:hunter2@bots.example.com"),
        ("PUBLIC_BASE_URL", "https://bots.example.com#x"),
        ("PUBLIC_BASE_URL", "https://"),
        ("PUBLIC_BASE_URL", "http://bots.example.com"),
        ("PUBLIC_BASE_URL", "ftp://bots.example.com"),
        ("TWILIO_API_BASE_URL", "http://stand-in/path"),
        ("META_API_BASE_URL", "graph.stand-in"),
        ("AI_PROVIDER", "skynet"),
        ("AI_REQUEST_TIMEOUT", "0"),
        ("AI_MAX_TOKENS", "many"),
        ("AI_MAX_TOKENS", "3000000000"),
        ("CONVERSATION_TTL", "-1"),
        ("CONVERSATION_TTL", "3000000000"),
        ("MAX_CONTEXT_MESSAGES", "3000000000"),
        ("LOG_LEVEL", "LOUD"),
        ("EMAIL_URL", "mail.example.com"),
        ("EMAIL_URL", "smtp+tls://"),
        ("DEFAULT_FROM_EMAIL", "Switchboard"),
        ("DEFAULT_FROM_EMAIL", "no-reply@"),
        ("DEFAULT_FROM_EMAIL", "Switchboard <no reply@bots.example.com>"),
        ("DATABASE_POOL_SIZE", "0"),
        ("EMAIL_URL", "carrier-pigeon://hunter2@coop"),
        ("EMAIL_URL", "smtp://user:hunter2@mail.example.com:port"),
    ],
)
def test_a_bad_setting_is_named_and_not_repeated(name: str, value: str) -> None:
    text = complaint(**{name: value})
    assert named(text).pop().partition(".")[0] == name
    assert len(named(text)) == 1
    assert "hunter" not in text
    assert KEY not in text


@pytest.mark.parametrize(
    "url",
    [
        "rediss://:pass@redis.example.com:6380/1",
        "amqp://user:pass@rabbit.example.com:5672//",
        "amqps://rabbit.example.com/switchboard",
        "sentinel://one.example.com:26379/0;sentinel://two.example.com:26379/0",
    ],
)
def test_brokers_that_celery_can_reach_are_taken(url: str) -> None:
    assert url == Config.validate({**GOOD, "CELERY_BROKER_URL": url}).CELERY_BROKER_URL


def test_a_broker_of_another_kind_is_told_which_are_allowed() -> None:
    assert "redis://, rediss://, sentinel://, amqp://, amqps://" in complaint(CELERY_BROKER_URL="sqs://")


def test_logs_and_turns_are_kept_for_a_while_unless_told_otherwise() -> None:
    config = Config.validate(GOOD)
    kept = (config.WEBHOOK_LOG_RETENTION_DAYS, config.TURN_RETENTION_DAYS, config.UNROUTED_RETENTION_DAYS)
    assert kept == (30, 90, 14)
    assert Config.validate({**GOOD, "TURN_RETENTION_DAYS": "0"}).TURN_RETENTION_DAYS == 0


def test_all_mistakes_are_named_at_once() -> None:
    bad = {
        "SECRET_KEY": None,
        "PUBLIC_BASE_URL": "http://bots.example.com",
        "AI_PROVIDER": "skynet",
        "DEBUG": "perhaps",
    }
    assert named(complaint(**bad)) == {"SECRET_KEY", "AI_PROVIDER", "DEBUG", "PUBLIC_BASE_URL"}
    del bad["DEBUG"]
    assert named(complaint(**bad)) == {"SECRET_KEY", "AI_PROVIDER", "PUBLIC_BASE_URL"}


def test_http_is_for_development_only() -> None:
    assert "must begin with https://" in complaint(PUBLIC_BASE_URL="http://localhost:8000")
    config = Config.validate({**GOOD, "PUBLIC_BASE_URL": "http://localhost:8000/", "DEBUG": "true"})
    assert config.PUBLIC_BASE_URL == "http://localhost:8000"


def test_lists_are_split_at_commas_and_trimmed() -> None:
    other = Fernet.generate_key().decode()
    config = Config.validate(
        {
            **GOOD,
            "FIELD_ENCRYPTION_KEY": f" {other} , {KEY},",
            "PRIVATE_NETWORK_ALLOWLIST": "localhost, 10.0.0.5,, ",
        }
    )
    assert [other, KEY] == config.FIELD_ENCRYPTION_KEY
    assert config.PRIVATE_NETWORK_ALLOWLIST == ["localhost", "10.0.0.5"]


def test_a_number_may_be_written_as_twilio_writes_it() -> None:
    config = Config.validate({**GOOD, "TWILIO_WHATSAPP_NUMBER": "whatsapp:+14155238886"})
    assert config.TWILIO_WHATSAPP_NUMBER == "+14155238886"


def test_a_process_with_a_bad_environment_refuses_to_start_in_one_paragraph() -> None:
    bad = {**GOOD, "SECRET_KEY": "hunter2", "REDIS_URL": "", "PATH": os.environ["PATH"]}
    run = subprocess.run(
        [sys.executable, "manage.py", "check"], cwd=PROJECT, env=bad, capture_output=True, text=True, check=False
    )
    assert run.returncode == 1
    assert named(run.stderr) == {"SECRET_KEY", "REDIS_URL"}
    assert "Traceback" not in run.stderr
    assert "hunter2" not in run.stderr
