"""What a repository may spend today holds over all its reviews, whatever becomes of the workers."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from typing import Any, cast

import pytest
from redis import Redis

from bot.store import DaySpending, Store
from bot.store.spending import HOLD_SECONDS

# A worker as far as the day is concerned: it puts money aside, says so, and never comes back.
WORKER = """
import sys
from redis import Redis
from bot.store import Store
name = Store(Redis.from_url(sys.argv[1])).day_spending("octo/shop", 1.0, 60.0).take(0.75)
print(name, flush=True)
sys.stdin.read()
"""


class Stuttering:
    """A connection that sends every script twice, as a patient one does where the first answer got lost."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    def eval(self, script: str, keys: int, *args: Any) -> Any:
        self._redis.eval(script, keys, *args)
        return self._redis.eval(script, keys, *args)


def day_of(redis: Redis, repo: str = "octo/shop") -> DaySpending:
    return Store(redis).day_spending(repo, 1.0)


def later(day: DaySpending, seconds: float) -> DaySpending:
    """The same day, so much later."""
    return replace(day, clock=lambda: day.clock() + seconds)


def take(day: DaySpending, usd: float) -> str:
    name = day.take(usd)
    assert name is not None
    return name


def test_a_day_holds_over_all_reviews_of_a_repository(redis: Redis) -> None:
    day, other = day_of(redis), day_of(redis, "Octo/Shop")
    name = take(day, 0.6)
    assert other.take(0.6) is None
    assert other.left() == pytest.approx(0.4)
    day.book(name, 0.25)
    take(other, 0.75)
    assert (other.left(), other.take(0.000_001)) == (0.0, None)
    assert day_of(redis, "octo/other").left() == 1.0
    assert all(0 < redis.ttl(key) <= 2 * 86_400 for key in redis.keys("*"))


def test_what_is_only_held_is_not_spent(redis: Redis) -> None:
    day = day_of(redis)
    take(day, 1.0)
    assert (day.left(), day.unspent()) == (0.0, 1.0)
    redis.delete(*redis.keys("*"))
    day.book(take(day, 0.5), 0.25)
    assert (day.left(), day.unspent()) == (0.75, 0.75)


def test_what_a_killed_worker_held_is_free_again_when_its_lease_ends(redis: Redis, valkey_url: str) -> None:
    command = [sys.executable, "-c", WORKER, valkey_url]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as worker:
        assert worker.stdout is not None
        assert worker.stdout.readline().strip()
        worker.kill()
    day = day_of(redis)
    soon = later(day, 50.0)
    assert (soon.left(), soon.unspent(), soon.take(0.5)) == (0.25, 1.0, None)
    after = later(day, 70.0)
    assert after.left() == 1.0
    take(after, 1.0)
    assert (after.left(), after.take(0.01)) == (0.0, None)


def test_a_hold_lasts_as_long_as_its_lease_and_others_are_not_touched(redis: Redis) -> None:
    day = day_of(redis)
    old = take(day, 0.25)
    after = later(day, HOLD_SECONDS + 1)
    young = take(after, 0.5)
    assert after.left() == 0.5
    after.book(young, 0.125)
    day.book(old, 0.25)  # its question took longer than anybody thought: what it cost counts all the same
    assert after.left() == after.unspent() == 0.625


def test_a_question_that_ends_after_its_day_was_forgotten_leaves_nothing_for_ever(redis: Redis) -> None:
    day_of(redis).book("gone", 0.25)
    assert redis.keys("*")
    assert all(0 < redis.ttl(key) <= 2 * 86_400 for key in redis.keys("*"))


def test_what_is_sent_twice_counts_once(redis: Redis) -> None:
    day = day_of(redis)
    twice = replace(day, redis=cast("Redis", Stuttering(redis)))
    name = take(twice, 0.75)
    assert (day.left(), day.take(0.5)) == (0.25, None)
    twice.book(name, 0.5)
    assert (day.left(), day.unspent()) == (0.5, 0.5)
    later(day, HOLD_SECONDS * 100).book(name, 0.5)
    twice.book(take(day, 0.25), 0.25)
    assert (day.left(), day.unspent()) == (0.25, 0.25)


def test_a_day_that_cost_more_than_was_put_aside_says_so(redis: Redis) -> None:
    day = day_of(redis)
    day.book(take(day, 0.9), 1.5)
    assert day.left() == pytest.approx(-0.5)


def test_a_day_loses_nothing_to_rounding(redis: Redis) -> None:
    day = day_of(redis)
    for _ in range(100):
        day.book(take(day, 0.1 + 0.2), 0.000_000_4)
    assert day.left() == pytest.approx(0.9999)


def test_what_another_release_held_still_counts_until_its_day_ends(redis: Redis) -> None:
    day = day_of(redis)
    day.book(take(day, 0.5), 0.25)
    (key,) = redis.keys("*[0-9]")
    redis.hset(key, "held", 500_000)
    assert (day.left(), day.unspent()) == (0.25, 0.75)
    assert later(day, 9_999).take(0.3) is None
