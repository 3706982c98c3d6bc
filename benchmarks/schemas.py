"""Creating a tenant, and a release that has nothing to migrate."""

from __future__ import annotations

import time
from statistics import median

from benchmarks import tenants
from benchmarks.figures import cpu_each
from benchmarks.ground import Ground
from benchmarks.table import Row

#: Numbers of tenants that nothing else uses: 3 are there, copies begin at 103.
CREATED = range(10, 15)
MIGRATED = range(20, 60)


def create(ground: Ground) -> list[Row]:
    """The whole onboarding file: schema, tables, owner, channel, configuration, knowledge, route."""
    seconds = []
    for index in CREATED:
        started = time.monotonic()
        tenants.onboard(ground, tenants.tenant(index))
        seconds.append(time.monotonic() - started)
    return [
        Row(
            what="create a tenant",
            value=median(seconds),
            unit=" s",
            must=0.5,
            aim=0.15,
            how="depends on the machine: seconds, its disk included",
        )
    ]


def migrate(ground: Ground) -> list[Row]:
    """What each of forty more tenants adds to the CPU of a command that finds nothing to do."""
    few = _migrate_cpu()
    tenants.copied(ground, first=MIGRATED.start, count=len(MIGRATED))
    many = _migrate_cpu()
    each = (many - few) / len(MIGRATED)
    return [
        Row(
            what="migrate_schemas with nothing to do, CPU a tenant",
            value=each,
            unit=" ms",
            must=10,
            aim=1,
            how=f"depends on the machine; {len(MIGRATED)} tenants more: {few:.0f} -> {many:.0f} ms",
        )
    ]


def _migrate_cpu() -> float:
    from django.core.management import call_command

    def run() -> int:
        call_command("migrate_schemas", interactive=False, verbosity=0)
        return 1

    return median(cpu_each(run) for _ in range(3))
