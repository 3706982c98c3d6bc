from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from sandbox.meta.client import MetaPhone
from tests.ai.conftest import FarEnd
from tests.browser.chromium import flawless, launched
from tests.browser.demo import Demo
from tests.ports import free_port
from tests.screenshots.visit import converse

#: The stand-ins of AI providers that tests start are on this machine. All else is a newcomer's environment, with none of
#: the variables that this run of tests has set.
ENVIRONMENT = {"LANG": "C.UTF-8", "PRIVATE_NETWORK_ALLOWLIST": "127.0.0.1"}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with launched() as chromium:
        yield chromium


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    with flawless(browser) as opened:
        yield opened


@pytest.fixture(scope="module")
def provider() -> Iterator[FarEnd]:
    """An AI provider that takes any key, and as much time as it is told to."""
    far_end = FarEnd()
    yield far_end
    far_end.stop()


@pytest.fixture(scope="session")
def shared_demo() -> Iterator[Demo]:
    """One for all files of browser tests."""
    # Not tmp_path: as root, PostgreSQL's own user must be able to pass through, and pytest locks its folders.
    data = Path(tempfile.mkdtemp(prefix="switchboard-demo-")).resolve()
    environment = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ} | ENVIRONMENT
    demo = Demo(data, web_port=free_port(), phone_port=free_port(), environment=environment)
    try:
        yield demo
    finally:
        demo.clean_up()
        shutil.rmtree(data)


@pytest.fixture(scope="module")
def running_demo(shared_demo: Demo) -> Demo:
    """The demo as it is when somebody starts it for the first time, whatever other files of tests did with it."""
    shared_demo.begin_anew()
    return shared_demo


@pytest.fixture
def demo(running_demo: Demo) -> Demo:
    """The demo, running; with what the tests before this one in its file left."""
    running_demo.start()
    return running_demo


@pytest.fixture
def meta(demo: Demo) -> Iterator[MetaPhone]:
    """The demo's Meta."""
    with MetaPhone(demo.meta_url()) as network:
        yield network


@pytest.fixture(scope="module")
def spoken(running_demo: Demo, browser: Browser) -> Demo:
    """Somebody asked the bakery three things from the demo's phone, and was answered."""
    running_demo.start()
    converse(browser, running_demo)
    return running_demo
