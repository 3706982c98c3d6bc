"""`python -m benchmarks [web] [worker] [reply] [boot] [tenants] [pages]`"""

from __future__ import annotations

import argparse
import platform
import sys
import time
import traceback
from collections.abc import Callable

import psutil

from benchmarks import boot, pages, reply, round_trips, schemas, webhook_cpu, webhook_server, worker
from benchmarks.ground import Ground, prepared
from benchmarks.table import Row, render

Measurement = Callable[[Ground], list[Row]]
#: In this order: a thousand tenants, and one of a million messages, would weigh on whatever comes after them.
PARTS: dict[str, tuple[Measurement, ...]] = {
    "web": (webhook_cpu.against_the_floor, round_trips.measure, webhook_server.measure),
    "worker": (worker.cpu, worker.waiting, worker.in_flight),
    "reply": (reply.measure,),
    "boot": (boot.measure,),
    "tenants": (schemas.create, schemas.migrate, webhook_cpu.with_many_tenants),
    "pages": (pages.measure,),
}


def main() -> int:
    """Prints the table. 1 when something could not be measured; a bound that is missed is a result, not a failure."""
    parser = argparse.ArgumentParser(
        prog="bin/bench", description="Measures Switchboard against floors in plain Python. See docs/performance.md."
    )
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"one of {', '.join(PARTS)}; without any, all")
    wanted = parser.parse_args().parts
    if unknown := set(wanted) - set(PARTS):
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    measurements = [measure for name, part in PARTS.items() if name in wanted or not wanted for measure in part]
    started, rows, broken = time.monotonic(), [], False
    with prepared() as ground:
        for measure in measurements:
            _say(f"{measure.__module__.partition('.')[2]}: {measure.__name__}")
            try:
                rows += measure(ground)
            except Exception:  # noqa: BLE001 (the others can still be measured)
                broken = True
                _say(traceback.format_exc())
    taken = f"{time.monotonic() - started:.0f} s in all, load {psutil.getloadavg()[0]:.1f} at the end"
    sys.stdout.write(f"{render(rows)}\n\n{_machine()}; {taken}.\n")
    return int(broken)


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")


def _machine() -> str:
    """What the numbers depend on; no names."""
    memory = psutil.virtual_memory().total / 2**30
    return (
        f"{platform.system()} {platform.machine()}, {psutil.cpu_count()} CPUs, {memory:.0f} GiB, "
        f"Python {platform.python_version()}"
    )


if __name__ == "__main__":
    raise SystemExit(main())
