from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.chromium import flawless, launched
from tests.browser.demo import Demo
from tests.ports import free_port


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with launched() as chromium:
        yield chromium


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    with flawless(browser) as opened:
        yield opened


@pytest.fixture(scope="module")
def running_demo(request: pytest.FixtureRequest) -> Iterator[Demo]:
    # Not tmp_path: as root, PostgreSQL's own user must be able to pass through, and pytest locks its folders.
    data = Path(tempfile.mkdtemp(prefix="switchboard-demo-")).resolve()
    # A newcomer's environment: none of the variables that this run of tests has set.
    environment = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ} | {"LANG": "C.UTF-8"}
    # What a module's own far ends take.
    environment |= getattr(request.module, "ENVIRONMENT", {})
    demo = Demo(data, web_port=free_port(), phone_port=free_port(), environment=environment)
    try:
        yield demo
    finally:
        demo.clean_up()
        shutil.rmtree(data)


@pytest.fixture
def demo(running_demo: Demo) -> Demo:
    """The demo, started."""
    if running_demo.popen is None or running_demo.popen.poll() is not None:
        running_demo.start()
    return running_demo
