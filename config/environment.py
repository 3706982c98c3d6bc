"""Every setting that the environment gives, typed and checked before anything starts.

docs/configuration.md lists them for people who deploy.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from email.utils import parseaddr
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import SplitResult, urlsplit

import environ
from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
)

from bots.ai import provider_name

#: The brokers for which Celery has all it needs installed.
BROKER_SCHEMES = ("redis", "rediss", "sentinel", "amqp", "amqps")


def _split(value: Any) -> Any:
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


def _fernet_key(key: str) -> str:
    try:
        Fernet(key)
    except ValueError:
        raise ValueError(
            "not a Fernet key; make one with: python -c "
            "'from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())'"
        ) from None
    return key


def _parts(url: str) -> SplitResult:
    """Raises `ValueError` that quotes nothing of the URL: it may hold a password."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        raise ValueError(
            "cannot be read as a URL; characters such as / @ : in a password are percent-encoded"
        ) from None
    return parts


def _database_url(url: str) -> str:
    if not _parts(url).scheme.startswith("postgres"):
        raise ValueError("must be a postgresql:// URL")
    return url


def _redis_url(url: str) -> str:
    if _parts(url).scheme not in ("redis", "rediss"):
        raise ValueError("must be a redis:// or rediss:// URL")
    return url


def _broker_url(urls: str) -> str:
    """One URL, or several with semicolons between: Redis Sentinel's, or brokers to fall back on."""
    for url in urls.split(";"):
        parts = _parts(url.strip())
        if parts.scheme not in BROKER_SCHEMES or not parts.hostname:
            raise ValueError(
                "must be a URL of "
                + ", ".join(f"{scheme}://" for scheme in BROKER_SCHEMES)
                + "; several, as for Redis Sentinel, with semicolons between"
            )
    return urls


def _email_url(url: str) -> str:
    parts = _parts(url)
    if parts.scheme not in environ.Env.EMAIL_SCHEMES or (parts.scheme.startswith("smtp") and not parts.hostname):
        raise ValueError("must be a URL such as smtp+tls://user:password@host:587")
    return url


def _sender(text: str) -> str:
    """`name@host`, or `Name <name@host>`."""
    name, address = parseaddr(text)
    before, at, host = address.rpartition("@")
    if not (before and at and host) or re.search(r"[\s,;]", address) or "\n" in name:
        raise ValueError("must be an address such as Switchboard <no-reply@bots.example.com>")
    return text


def _origin(url: str) -> str:
    parts = _parts(url)
    beyond = parts.username is not None or parts.path.strip("/") or parts.query or parts.fragment
    if parts.scheme not in ("http", "https") or not parts.hostname or beyond:
        raise ValueError("must be an origin such as https://bots.example.com, without a path")
    return url.rstrip("/")


def _whatsapp_number(number: str) -> str:
    return number.removeprefix("whatsapp:")


CommaList = Annotated[list[str], BeforeValidator(_split)]
Origin = Annotated[str, AfterValidator(_origin)]


class ConfigError(ImproperlyConfigured):
    """The environment is missing settings or holds bad ones; the text names each of them."""


class Config(BaseModel):
    """The settings, named as in the environment. An empty variable counts as one that is not set."""

    model_config = ConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True)

    SECRET_KEY: str = Field(min_length=32)
    #: The first key encrypts, all of them decrypt.
    FIELD_ENCRYPTION_KEY: Annotated[list[Annotated[str, AfterValidator(_fernet_key)]], BeforeValidator(_split)] = Field(
        min_length=1
    )
    ALLOWED_HOSTS: CommaList = Field(min_length=1)
    DEBUG: bool = False
    #: With DEBUG: error pages that show code, as developers want them, instead of the ones that everybody else sees.
    DEBUG_PAGES: bool = True
    DATABASE_URL: Annotated[str, AfterValidator(_database_url)]
    REDIS_URL: Annotated[str, AfterValidator(_redis_url)]
    #: The most PostgreSQL connections that one process holds.
    DATABASE_POOL_SIZE: int = Field(default=12, ge=1, le=500)
    #: The threads of a worker, as the Procfile starts it: no tenant gets them all.
    WORKER_CONCURRENCY: int = Field(default=256, ge=1, le=2000)
    #: The origin that the providers see: signatures are computed over it, status callbacks go to it.
    PUBLIC_BASE_URL: Origin
    CELERY_BROKER_URL: Annotated[str, AfterValidator(_broker_url)] = ""
    #: Replaces scheme and host of every Twilio host; empty: Twilio's own.
    TWILIO_API_BASE_URL: Origin | Literal[""] = ""
    #: The same for Meta's Graph API.
    META_API_BASE_URL: Origin | Literal[""] = ""
    #: Hosts on private networks that outgoing calls may reach, such as a local model server.
    PRIVATE_NETWORK_ALLOWLIST: CommaList = []
    #: Seconds for one AI call.
    AI_REQUEST_TIMEOUT: float = Field(default=30.0, gt=0, le=300)
    #: Days after which these are deleted; 0 keeps them for ever.
    WEBHOOK_LOG_RETENTION_DAYS: int = Field(default=30, ge=0, le=36_500)
    TURN_RETENTION_DAYS: int = Field(default=90, ge=0, le=36_500)
    UNROUTED_RETENTION_DAYS: int = Field(default=14, ge=0, le=36_500)
    #: The folder of what people send, one folder a tenant in it. Web and workers share it.
    MEDIA_ROOT: Path = Path("media")
    #: Bytes of one file that is fetched; WhatsApp's own limit, documents aside.
    MEDIA_MAX_BYTES: int = Field(default=16 * 1024 * 1024, ge=1024, le=100 * 1024 * 1024)
    #: Days after which a file is deleted.
    MEDIA_RETENTION_DAYS: int = Field(default=30, ge=1, le=3650)
    LOG_LEVEL: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    #: Where mail goes out, such as smtp://user:password@host:587; empty: printed on the console.
    EMAIL_URL: Annotated[str, AfterValidator(_email_url)] = "consolemail://"
    DEFAULT_FROM_EMAIL: Annotated[str, AfterValidator(_sender)] = "Switchboard <no-reply@localhost>"

    # Defaults for tenants that set none of their own, within the bounds of the onboarding file.
    TWILIO_ACCOUNT_SID: str = ""
    TWILIO_AUTH_TOKEN: str = ""
    TWILIO_WHATSAPP_NUMBER: Annotated[str, AfterValidator(_whatsapp_number)] = ""
    AI_PROVIDER: Annotated[str, AfterValidator(provider_name)] = "openai"
    AI_API_KEY: str = ""
    AI_MODEL: str = "gpt-4"
    AI_MAX_TOKENS: int = Field(default=1000, ge=1, le=200_000)
    #: Seconds after the last message that a conversation is remembered.
    CONVERSATION_TTL: int = Field(default=3600, ge=1, le=31_536_000)
    MAX_CONTEXT_MESSAGES: int = Field(default=10, ge=1, le=1000)

    def __repr_args__(self) -> list[tuple[str | None, Any]]:
        """Printed without values: most of them are secrets."""
        return []

    @field_validator("PUBLIC_BASE_URL")
    @classmethod
    def _https_in_production(cls, url: str, info: ValidationInfo) -> str:
        if not info.data.get("DEBUG") and not url.startswith("https://"):
            raise ValueError("must begin with https:// unless DEBUG is on")
        return url

    @classmethod
    def validate(cls, environment: Mapping[str, str] | None = None) -> Self:
        """The settings of `environment` (the process's own by default). Raises `ConfigError` naming every mistake."""
        given = os.environ if environment is None else environment
        try:
            return cls.model_validate({name: value for name, value in given.items() if value.strip()})
        except ValidationError as error:
            raise ConfigError(_sentence(error)) from None


def _sentence(error: ValidationError) -> str:
    """One line a setting. Values are left out: most of them are secrets."""
    lines = []
    for mistake in error.errors(include_input=False, include_url=False):
        name = str(mistake["loc"][0]) if mistake["loc"] else ""
        text = "is not set" if mistake["type"] == "missing" else mistake["msg"].removeprefix("Value error, ")
        lines.append(f"  {name}: {text}" if name else f"  {text}")
    return "The environment does not hold what Switchboard needs:\n" + "\n".join(dict.fromkeys(lines))
