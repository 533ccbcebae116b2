from __future__ import annotations

from dataclasses import replace

from redis import Redis

from bot.domain.pull_request import PullRequestRef
from bot.store.keeping import Store

REF = PullRequestRef("octo/shop", 7, "a" * 40)


def test_a_pull_request_is_alone_on_its_commit_until_another_has_a_check_run_there(redis: Redis) -> None:
    store = Store(redis)
    store.join_commit(REF)
    store.join_commit(replace(REF, number=8, head_sha="b" * 40))
    store.join_commit(replace(REF, repo="octo/else", number=9))
    assert store.is_alone(REF)
    store.join_commit(replace(REF, repo="Octo/Shop", number=8))
    assert not store.is_alone(REF)


def test_nothing_known_of_a_commit_is_not_known_to_be_alone(redis: Redis) -> None:
    assert not Store(redis).is_alone(REF)


def test_what_is_known_of_a_commit_ends_after_a_year(redis: Redis) -> None:
    Store(redis).join_commit(REF)
    [key] = redis.keys("*")
    assert 30 * 86_400 < redis.ttl(key) <= 365 * 86_400
