"""One platform for all of these tests; each test has people of its own."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from sandbox.redis import Redis
from sandbox.services import Services
from sandbox.twilio.client import running
from tests.ai.conftest import FarEnd
from tests.databases import copy_of, template
from tests.ports import free_port
from tests.processes.businesses import EVERYONE, PRINTS, Business
from tests.processes.database import Database
from tests.processes.platform import Platform

#: Not onboarded: Twilio carries it, and nobody here knows it.
STRANGER = Business(
    slug="nobody",
    number="+14155550144",
    account_sid="AC" + "0d" * 16,
    auth_token="5d0e7c1b9a3f4826b0c4d8e2f6173950",
    provider="openai",
    model="",
    api_key="",
    system_prompt="",
)


#: Seconds. Each wait in these tests has a limit of its own; a busy machine takes minutes for the first start of all.
LONGEST_TEST = 600


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.timeout(LONGEST_TEST))


@pytest.fixture(scope="session")
def running_platform(services: Services, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    with copy_of(services.database_url, template(services.database_url)) as copied:
        database = Database(url=copied, server_url=services.database_url)
        with platform_on(database, folder=tmp_path_factory.mktemp("platform")) as platform:
            yield platform


@contextmanager
def platform_on(database: Database, *, folder: Path) -> Iterator[Platform]:
    """A platform whose rows are in `database`, with a Redis and far ends of its own, and everybody onboarded."""
    web_port, redis = free_port(), Redis(folder / "redis", durable=False)
    with ExitStack() as ends:
        ends.callback(redis.stop)
        redis.start()
        phone = ends.enter_context(running({"numbers": [], "status_pause": 0.05}))
        far_end = FarEnd()
        ends.callback(far_end.stop)
        far_end.state.keys = {business.api_key for business in EVERYONE} | {f"{PRINTS.api_key}-new"}
        platform = Platform(
            folder=folder, database=database, redis=redis, phone=phone, far_end=far_end, web_port=web_port
        )
        ends.callback(platform.stop)
        for business in (*EVERYONE, STRANGER):
            phone.add_number(**platform.carried(business))
        platform.release()
        platform.onboard(*EVERYONE)
        platform.start()
        yield platform


@pytest.fixture
def platform(running_platform: Platform) -> Platform:
    """The platform with all of it at work, and no faults at the far ends."""
    running_platform.begin()
    return running_platform


@pytest.fixture
def user(platform: Platform) -> str:
    return platform.somebody()


@pytest.fixture
def stranger() -> Business:
    return STRANGER


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Function) -> Generator[None, Any, pytest.TestReport]:
    report = yield
    platform = item.funcargs.get("platform")
    if report.failed and isinstance(platform, Platform):
        report.sections += platform.last_words()
    return report
