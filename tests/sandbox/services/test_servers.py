from __future__ import annotations

from contextlib import closing
from pathlib import Path

import environ
import psycopg2
import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from sandbox.services import Services, running
from tests.sandbox.services.probes import query, servers_in


def test_both_servers_answer_inside_and_are_gone_outside(data: Path) -> None:
    with running(data, durable=False) as services:
        assert query(services.database_url, "SELECT current_database()") == "switchboard"
        assert redis.Redis.from_url(services.redis_url).ping()
        assert services.environment() == {"DATABASE_URL": services.database_url, "REDIS_URL": services.redis_url}
    assert servers_in(data) == []
    with pytest.raises(psycopg2.OperationalError):
        query(services.database_url, "SELECT 1")


def test_django_settings_read_from_the_url_connect(data: Path) -> None:
    with running(data, durable=False) as services:
        settings = environ.Env.db_url_config(services.database_url)
        assert settings["ENGINE"] == "django.db.backends.postgresql"
        parts = {word.lower(): settings[word] for word in ("HOST", "PORT", "USER", "PASSWORD")}
        with closing(psycopg2.connect(dbname=settings["NAME"], **parts)) as connection:
            assert connection.info.dbname == "switchboard"


def test_the_role_makes_databases_with_our_extensions_but_is_no_superuser(data: Path) -> None:
    with running(data, durable=False) as services:
        assert query(services.database_url, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user") is False
        query(services.database_url, "DROP DATABASE IF EXISTS another")
        query(services.database_url, "CREATE DATABASE another")
        another = f"{services.database_url.rpartition('/')[0]}/another"
        query(another, "CREATE EXTENSION pg_trgm; CREATE EXTENSION IF NOT EXISTS vector")
        assert query(another, "SELECT count(*) FROM pg_extension WHERE extname IN ('pg_trgm', 'vector')") == 2


def test_words_are_told_from_punctuation_beyond_ascii(data: Path) -> None:
    with running(data, durable=False) as services:
        words = query(services.database_url, "SELECT tsvector_to_array(to_tsvector('simple', '„ÉCLAIR“ — Кофе'))")
        assert words == ["éclair", "кофе"]


@pytest.mark.parametrize(("durable", "setting"), [(True, "on"), (False, "off")])
def test_only_durable_servers_wait_for_the_disk(data: Path, *, durable: bool, setting: str) -> None:
    with running(data, durable=durable) as services:
        for name in ("fsync", "synchronous_commit", "full_page_writes"):
            assert query(services.database_url, f"SHOW {name}") == setting
        assert int(query(services.database_url, "SHOW max_connections")) >= 200
        client = redis.Redis.from_url(services.redis_url)
        assert client.config_get("appendonly")["appendonly"] == ("yes" if durable else "no")
        assert client.config_get("maxmemory-policy")["maxmemory-policy"] == "noeviction"


def test_servers_listen_on_loopback_only_and_ask_for_a_password(data: Path) -> None:
    with running(data, durable=False) as services:
        assert query(services.database_url, "SHOW listen_addresses") == "127.0.0.1"
        client = redis.Redis.from_url(services.redis_url)
        assert client.config_get("bind")["bind"] == "127.0.0.1"
        with pytest.raises(psycopg2.OperationalError, match="password"):
            psycopg2.connect(services.database_url, password="wrong")
        port = client.connection_pool.connection_kwargs["port"]
        with pytest.raises(redis.AuthenticationError):
            redis.Redis(host="127.0.0.1", port=port, retry=Retry(NoBackoff(), 0)).ping()
        assert (data / "postgres" / "url").stat().st_mode & 0o077 == 0
        assert (data / "redis" / "url").stat().st_mode & 0o077 == 0


def test_a_server_of_the_user_wins_and_ours_is_not_started(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://me@db.example.test/mine")
    with running(data, durable=False) as services:
        assert services.database_url == "postgresql://me@db.example.test/mine"
        assert services.postgres is None
        assert redis.Redis.from_url(services.redis_url).ping()
        assert "postgres" not in servers_in(data)
    monkeypatch.setenv("REDIS_URL", "redis://cache.example.test/3")
    with running(data, durable=False) as services:
        assert services == Services("postgresql://me@db.example.test/mine", "redis://cache.example.test/3")
        assert servers_in(data) == []
