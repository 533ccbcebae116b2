from __future__ import annotations

import pytest
from redis import Redis

from bot.domain.in_force import LastGood
from bot.errors import QueueUnavailable
from bot.redis_access import connect_once
from bot.store.policies import MOST_BYTES, Policies

REPO, MAIN = "octo/shop", "main"
NOW = 1_800_000_000.0


@pytest.fixture
def policies(redis: Redis) -> Policies:
    times = iter([NOW, NOW + 10, NOW + 20])
    return Policies(redis, lambda: next(times))


def test_a_text_is_found_by_repository_and_branch(policies: Policies) -> None:
    assert policies.get(REPO, MAIN) is None
    policies.put(REPO, MAIN, "drafts: true\n")
    assert policies.get("Octo/Shop", MAIN) == LastGood("drafts: true\n", NOW)
    assert policies.get(REPO, "Main") is None
    assert policies.get("octo/other", MAIN) is None


def test_a_text_keeps_its_time_until_it_changes(policies: Policies) -> None:
    for text in ("a: 1", "a: 1", "b: 2"):
        policies.put(REPO, MAIN, text)
    assert policies.get(REPO, MAIN) == LastGood("b: 2", NOW + 20)
    policies = Policies(policies._redis, lambda: NOW + 99)
    policies.put(REPO, MAIN, "b: 2")
    assert policies.get(REPO, MAIN) == LastGood("b: 2", NOW + 20)


def test_a_text_in_use_does_not_expire_and_another_does(policies: Policies, redis: Redis) -> None:
    policies.put(REPO, MAIN, "a: 1")
    [key] = redis.keys("*")
    assert 0 < redis.ttl(key) <= 180 * 86_400
    redis.expire(key, 5)
    policies.put(REPO, MAIN, "a: 1")
    assert redis.ttl(key) > 5


def test_what_is_too_long_is_not_kept_and_nothing_older_stays(policies: Policies) -> None:
    policies.put(REPO, MAIN, "a: 1")
    policies.put(REPO, MAIN, "#" * MOST_BYTES)
    assert policies.get(REPO, MAIN) is None


def test_what_another_release_kept_counts_as_nothing(policies: Policies, redis: Redis) -> None:
    policies.put(REPO, MAIN, "a: 1")
    [key] = redis.keys("*")
    redis.set(key, b"\x00")
    assert policies.get(REPO, MAIN) is None


def test_an_outage_is_said() -> None:
    policies = Policies(connect_once("redis://127.0.0.1:1/0"))
    with pytest.raises(QueueUnavailable):
        policies.get(REPO, MAIN)
    with pytest.raises(QueueUnavailable):
        policies.put(REPO, MAIN, "")
