from __future__ import annotations

from typing import Any

import pytest
from redis import Redis
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.lock import Lock

from bot.errors import QueueUnavailable
from bot.store.sweeps import LOCK_SECONDS, Sweeps


class HeldLock(Lock):
    """One that Redis does not answer about when it is given back."""

    def do_release(self, expected_token: bytes) -> None:
        raise RedisConnectionError("gone")


class Going(Redis):
    """Redis that goes away while a sweep is under way."""

    def lock(self, name: str, **more: Any) -> Lock:
        return HeldLock(self, name, **more)


def test_a_redis_that_goes_away_during_a_sweep_costs_nothing_of_what_that_did(
    redis: Redis, valkey_url: str
) -> None:
    with Going.from_url(valkey_url) as going, Sweeps(going).lock() as held:
        assert held
    assert 0 < redis.ttl("ai-review:sweep:lock") <= LOCK_SECONDS
    with Sweeps(redis).lock() as held:
        assert not held


def test_a_sweep_that_took_longer_than_its_lock_takes_it_from_nobody(redis: Redis) -> None:
    with Sweeps(redis).lock() as held:
        assert held
        redis.set("ai-review:sweep:lock", "another")
    assert redis.get("ai-review:sweep:lock") == b"another"


def test_without_redis_no_sweep_begins() -> None:
    with (
        Redis(unix_socket_path="/nowhere") as nobody,
        pytest.raises(QueueUnavailable),
        Sweeps(nobody).lock(),
    ):
        raise AssertionError("a sweep began")
