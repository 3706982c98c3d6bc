"""A demo that was killed leaves its parts running; the next one ends them, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from sandbox.demo.leftovers import end_leftovers, remember
from sandbox.procfile import Process


@pytest.fixture
def part(tmp_path: Path) -> Iterator[Process]:
    process = Process(name="part", environment={}, log=tmp_path / "part.log", command="sleep 60")
    process.start()
    yield process
    process.kill()


def test_what_a_killed_demo_left_is_ended(part: Process, tmp_path: Path) -> None:
    remember(tmp_path, [part])
    end_leftovers(tmp_path)

    assert part.popen
    assert not psutil.pid_exists(part.popen.pid)


def test_a_process_that_has_got_the_same_id_is_left_alone(part: Process, tmp_path: Path) -> None:
    remember(tmp_path, [part])
    file = tmp_path / "processes.json"
    file.write_text(json.dumps({pid: began - 5 for pid, began in json.loads(file.read_text()).items()}))
    end_leftovers(tmp_path)

    assert part.is_running()


def test_a_first_demo_has_nothing_to_end(tmp_path: Path) -> None:
    end_leftovers(tmp_path)
