"""No SDK is imported before it is needed, and nothing here needs Django or Celery."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from bots.ai import build_adapter

PROGRAM = """
import json, sys

def report():
    print(json.dumps([name for name in ("openai", "anthropic", "httpx2", "django", "celery") if name in sys.modules]))

import bots.ai, bots.ai.base, bots.ai.retries
report()
for provider in ("builtin", "openai"):
    bots.ai.build_adapter(provider=provider, api_key="k", model="m", max_tokens=1, temperature=0, timeout=1)
    report()
"""


def test_a_provider_loads_its_own_sdk_and_no_other():
    run = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)

    imported, builtin, openai = (json.loads(line) for line in run.stdout.splitlines())
    assert imported == []
    assert builtin == []
    assert openai == ["openai", "httpx2"]


def test_an_unknown_provider_is_an_error():
    with pytest.raises(KeyError):
        build_adapter(provider="skynet", api_key="", model="", max_tokens=1, temperature=0, timeout=1)
