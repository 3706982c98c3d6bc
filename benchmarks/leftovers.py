"""What an earlier measurement left to do is not done during the next one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from psycopg2 import sql

if TYPE_CHECKING:
    from benchmarks.ground import Ground

FORGET = """
UPDATE {schema}.bots_message SET outcome = 'refused' WHERE direction = 'in' AND outcome = '';
UPDATE {schema}.bots_message SET status = 'failed' WHERE status IN ('queued', 'sending');
UPDATE {schema}.bots_conversation SET due_at = NULL, lease_until = NULL, waiting_since = NULL, attempts = 0
"""


def forget(ground: Ground) -> None:
    """Settle what waits, while no worker runs: a message that was answered, or sent again, in the middle of another
    measurement would be counted there."""
    ground.redis.flushdb()
    for tenant in ground.tenants:
        schema = sql.Identifier(tenant.slug.replace("-", "_"))
        ground.query(sql.SQL(FORGET).format(schema=schema))
