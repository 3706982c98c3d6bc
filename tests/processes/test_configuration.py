"""What an operator changes holds for the next message, in every process."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.processes.businesses import PRINTS
from tests.processes.platform import Platform

pytestmark = pytest.mark.process


def test_a_changed_onboarding_file_holds_for_the_next_message(platform: Platform, user: str) -> None:
    platform.ask(PRINTS, "How big is A3?", user=user)
    [before] = platform.asked(PRINTS.api_key)
    assert (before["path"], before["body"]["model"]) == ("/v1/chat/completions", "gpt-4o-mini")

    changed = replace(
        PRINTS,
        provider="anthropic",
        model="claude-sonnet-4-5",
        api_key=f"{PRINTS.api_key}-new",
        system_prompt="You speak of ink alone.",
    )
    pids = [process.popen.pid for process in platform.processes if process.popen]
    platform.onboard(changed)
    try:
        platform.ask(PRINTS, "And in inches?", user=user)
    finally:
        platform.onboard(PRINTS)
    assert pids == [process.popen.pid for process in platform.processes if process.popen]
    assert len(platform.asked(PRINTS.api_key)) == 1
    [after] = platform.asked(changed.api_key)
    assert (after["path"], after["body"]["model"]) == ("/v1/messages", "claude-sonnet-4-5")
    assert changed.system_prompt in after["body"]["system"]
    assert PRINTS.system_prompt not in str(after["body"])
    # The conversation goes on, whoever answers.
    assert after["body"]["messages"][0]["content"] == "How big is A3?"
