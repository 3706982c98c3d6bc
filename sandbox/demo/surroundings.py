"""What the demo's processes are told: ports, secrets of this machine's own, the AI that is to be had."""

from __future__ import annotations

import json
import os
import secrets
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cryptography.fernet import Fernet

from sandbox.addresses import write_private

HERE = Path(__file__).resolve().parent
#: The keys that make the first bot use a language model, in the order in which they are looked for.
MODELS = {
    "OPENAI_API_KEY": ("openai", "gpt-4o-mini"),
    "ANTHROPIC_API_KEY": ("anthropic", "claude-haiku-4-5"),
}


SECRETS = "secrets.json"

#: Settings of another deployment on this machine, which would make another demo.
NOT_TAKEN_OVER = frozenset(
    {"AI_API_KEY", "AI_MODEL", "AI_PROVIDER", "CELERY_BROKER_URL", "DATABASE_POOL_SIZE", "DJANGO_SETTINGS_MODULE"}
    | {"LOG_LEVEL", "TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "TWILIO_WHATSAPP_NUMBER"}
)


class DemoError(Exception):
    """The demo cannot start, or a part of it died; the text says what to do."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Everything that is decided before the first process starts."""

    data: Path
    web_port: int
    phone_port: int
    mail_port: int
    smtp_port: int
    meta_port: int
    environment: dict[str, str]
    #: What had to be different from what was asked for, in sentences.
    remarks: list[str]

    @property
    def public_url(self) -> str:
        return f"http://localhost:{self.web_port}"

    @property
    def phone_url(self) -> str:
        return f"http://127.0.0.1:{self.phone_port}"

    @property
    def meta_url(self) -> str:
        return f"http://127.0.0.1:{self.meta_port}"

    @property
    def mail_url(self) -> str:
        return f"http://127.0.0.1:{self.mail_port}"

    @classmethod
    def prepare(cls, data: Path, *, web_port: int, phone_port: int, mail_port: int, meta_port: int) -> Surroundings:
        data.mkdir(parents=True, exist_ok=True)
        remarks: list[str] = []
        taken: set[int] = set()
        web_port = _free_port(web_port, what="the web", remarks=remarks, taken=taken)
        phone_port = _free_port(phone_port, what="the phone", remarks=remarks, taken=taken)
        mail_port = _free_port(mail_port, what="the mail", remarks=remarks, taken=taken)
        # Nobody types this one: which it is need not be said.
        smtp_port = _free_port(mail_port + 1, what="SMTP", remarks=[], taken=taken)
        meta_port = _free_port(meta_port, what="the phone at Meta", remarks=remarks, taken=taken)
        environment = {
            **{name: value for name, value in os.environ.items() if name not in NOT_TAKEN_OVER},
            **_secrets_of(data / SECRETS),
            "DEBUG": "true",
            "DEBUG_PAGES": "false",
            "ALLOWED_HOSTS": "localhost,.localhost,127.0.0.1",
            "HOST": "127.0.0.1",
            "PORT": str(web_port),
            "WEB_CONCURRENCY": "1",
            "WEB_THREADS": "4",
            "WORKER_CONCURRENCY": "16",
            "PUBLIC_BASE_URL": f"http://localhost:{web_port}",
            "MEDIA_ROOT": str(data.resolve() / "media"),
            "TWILIO_API_BASE_URL": f"http://127.0.0.1:{phone_port}",
            "META_API_BASE_URL": f"http://127.0.0.1:{meta_port}",
            "EMAIL_URL": f"smtp://127.0.0.1:{smtp_port}",
            "DEMO_BAKERY_PASSWORD": "croissants-at-dawn",
            "DEMO_CLINIC_PASSWORD": "quiet-tides-today",
            "DEMO_PLATFORM_PASSWORD": "operator-of-the-board",
        }
        return cls(data, web_port, phone_port, mail_port, smtp_port, meta_port, environment, remarks)

    def language_model(self) -> tuple[str, str, str] | None:
        """The environment variable that holds a key, its provider and a model; None: the built-in answerer."""
        for variable, (provider, model) in MODELS.items():
            if os.environ.get(variable, "").strip():
                return variable, provider, model
        return None


def is_a_demo(data: Path) -> bool:
    """Whether a demo has kept its data in this folder."""
    return (data / SECRETS).exists()


def _secrets_of(file: Path) -> Mapping[str, str]:
    """The secrets of this demo, made once: what an earlier run encrypted stays readable."""
    kept: dict[str, str] = json.loads(file.read_text()) if file.exists() else {}
    made = {
        "SECRET_KEY": secrets.token_urlsafe(50),
        "FIELD_ENCRYPTION_KEY": Fernet.generate_key().decode(),
        "DEMO_BAKERY_TWILIO_TOKEN": secrets.token_hex(16),
        "DEMO_CLINIC_TWILIO_TOKEN": secrets.token_hex(16),
        "DEMO_CLINIC_META_TOKEN": secrets.token_hex(32),
        "DEMO_CLINIC_META_APP_SECRET": secrets.token_hex(16),
        "DEMO_CLINIC_META_VERIFY_TOKEN": secrets.token_hex(16),
    }
    if made.keys() - kept.keys():
        write_private(file, text=json.dumps(made | kept, indent=1))
    return made | kept


def _free_port(wanted: int, *, what: str, remarks: list[str], taken: set[int]) -> int:
    """`wanted`, or the next port that nobody listens on and that is not `taken`, where it is written down."""
    for port in range(wanted, min(wanted + 200, 65536)):
        if port not in taken and _is_free(port):
            taken.add(port)
            if port != wanted:
                remarks.append(f"Port {wanted} is taken: {what} listens on {port}.")
            return port
    raise DemoError(
        f"No free port from {wanted} on for {what}. Name another: --web-port, --phone-port, --mail-port, --meta-port."
    )


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
