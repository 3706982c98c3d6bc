"""One tenant's AI hangs, with more people waiting than the worker has threads. Nobody else notices."""

from __future__ import annotations

import pytest

from tests.processes.businesses import BOOKS, FERRIES
from tests.processes.platform import Platform

pytestmark = pytest.mark.process

THREADS = 16


def test_a_tenant_whose_ai_hangs_holds_up_no_other_tenant(platform: Platform, user: str) -> None:
    platform.ask(FERRIES, "Good morning", user=user)  # the worker has loaded what it needs for this provider
    platform.far_end.fails_with("hang", key=BOOKS.api_key, times=None)
    waiting = [platform.somebody() for _ in range(3 * THREADS)]
    for person in waiting:
        platform.write(BOOKS, "Is anybody there?", user=person, wait=False)
    platform.wait_until(lambda: len(platform.asked(BOOKS.api_key)) >= THREADS // 2, what="hanging")

    assert platform.ask(FERRIES, "When is the next ferry?", user=user) == "echo: When is the next ferry?"
    # A turn that hangs ends with its second reply. The other tenant did not have to wait for a thread until then.
    assert not any(len(platform.replies(BOOKS, user=person)) > 1 for person in waiting)

    platform.far_end.state.faults.clear()
    platform.wait_until_idle(BOOKS)
    assert all(len(platform.replies(BOOKS, user=person)) >= 1 for person in waiting)
    platform.wait_until(
        lambda: platform.ask(BOOKS, "And now?", user=platform.somebody()) == "echo: And now?", what="asked again"
    )
