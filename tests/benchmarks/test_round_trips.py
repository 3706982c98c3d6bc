"""The counter between a client and PostgreSQL."""

from __future__ import annotations

import os
from contextlib import closing
from urllib.parse import urlsplit

import psycopg2

from benchmarks.ground import port_of
from benchmarks.round_trips import Counter


def test_each_thing_that_the_driver_waits_for_is_one_round_trip() -> None:
    url = os.environ["DATABASE_URL"]
    counter = Counter(server_port=port_of(url))
    host = urlsplit(url).netloc.rpartition(":")[0]
    through = urlsplit(url)._replace(netloc=f"{host}:{counter.port}", query="sslmode=disable&gssencmode=disable")
    with closing(psycopg2.connect(through.geturl())) as connection, connection.cursor() as cursor:
        before = counter.round_trips
        # The driver begins the transaction by a round trip of its own; many rows are still one answer.
        cursor.execute("SELECT repeat('x', 1000) FROM generate_series(1, 1000)")
        assert len(cursor.fetchall()) == 1000
        connection.commit()
        assert counter.round_trips - before == 3
        connection.autocommit = True
        cursor.execute("SELECT 1; SELECT 2")
        assert counter.round_trips - before == 4
