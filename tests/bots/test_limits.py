from __future__ import annotations

import redis
from django.conf import settings

from bots import limits


def test_so_many_a_minute_are_within_the_limit_and_no_more():
    assert [limits.within(3, "contact", "acme", "1") for _ in range(5)] == [True, True, True, False, False]


def test_everybody_has_a_limit_of_their_own():
    assert limits.within(1, "contact", "acme", "1")

    assert limits.within(1, "contact", "acme", "2")
    assert limits.within(1, "contact", "bravo", "1")
    assert not limits.within(1, "contact", "acme", "1")


def test_a_new_window_begins_with_nothing_counted():
    limits.within(1, "contact", "acme", "1")
    counters = redis.Redis.from_url(settings.REDIS_URL)
    (counter,) = counters.keys("limits*")

    assert 0 < counters.ttl(counter) <= 60
    counters.delete(counter)
    assert limits.within(1, "contact", "acme", "1")


def test_without_redis_nobody_is_over_the_limit(redis_is_away):
    assert all(limits.within(1, "contact", "acme", "1") for _ in range(3))
