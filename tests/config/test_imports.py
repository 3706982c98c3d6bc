"""A process begins without the vendors' SDKs: each costs seconds and megabytes, and most processes need none."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from tests.databases import PROJECT

SDKS = ["openai", "anthropic", "twilio"]
WEB = "from config.wsgi import application"
WORKER = (
    "from config.celery import app; app.loader.import_default_modules(); assert 'bots.tasks.take_turn' in app.tasks"
)
MANAGE = "import django; django.setup(); from django.core.management import call_command; call_command('check')"


@pytest.mark.parametrize("program", [WEB, WORKER, MANAGE], ids=["web", "worker", "manage"])
def test_a_process_starts_without_the_vendors_sdks(program: str) -> None:
    report = f"import json, sys; print(json.dumps([name for name in {SDKS!r} if name in sys.modules]))"
    run = subprocess.run(
        [sys.executable, "-c", f"{program}\n{report}"],
        cwd=PROJECT,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(run.stdout.splitlines()[-1]) == []
