"""The settings of a test run: config.settings over an environment of the tests' own."""

import os
import tempfile
from pathlib import Path

os.environ.update(
    {
        "SECRET_KEY": "a-key-for-tests-that-guards-nothing-at-all",
        "FIELD_ENCRYPTION_KEY": "dGVzdHMtb25seS10ZXN0cy1vbmx5LXRlc3RzLW9ubHk=",
        "ALLOWED_HOSTS": "*",
        "DEBUG": "false",
        "PUBLIC_BASE_URL": "https://bots.example.com",
        "PRIVATE_NETWORK_ALLOWLIST": "127.0.0.1,localhost",
        "EMAIL_URL": "memorymail://",
        "LOG_LEVEL": "INFO",
        "MEDIA_ROOT": str(Path(tempfile.gettempdir()) / "switchboard-tests-media"),
    }
)
# tests/plugin.py starts the services and sets these; mypy only needs them to look right.
os.environ.setdefault("DATABASE_URL", "postgresql://nobody@127.0.0.1:1/nothing")
os.environ.setdefault("REDIS_URL", "redis://127.0.0.1:1/0")

from config.settings import *  # noqa: F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {**STORAGES, "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}  # noqa: F405
