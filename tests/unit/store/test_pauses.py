from __future__ import annotations

import pytest
from redis import Redis

from bot.domain.pause import Paused
from bot.domain.pull_request import PullRequestRef
from bot.errors import QueueUnavailable
from bot.redis_access import connect_once
from bot.store.pauses import MOST_HEADS, Pauses

REF = PullRequestRef("octo/shop", 7, "a" * 40)
NOW = 1_800_000_000.0


@pytest.fixture
def pauses(redis: Redis) -> Pauses:
    return Pauses(redis)


def test_a_pause_is_found_from_any_head_until_it_is_resumed(pauses: Pauses) -> None:
    assert pauses.paused(REF) is None
    pauses.pause(REF, "mira", "a big rebase", NOW)
    paused = Paused("mira", "a big rebase", NOW)
    assert pauses.paused(PullRequestRef("Octo/Shop", 7, "b" * 40)) == paused
    assert pauses.paused(PullRequestRef("octo/shop", 8)) is None
    pauses.resume(REF)
    assert pauses.paused(REF) is None


def test_a_pause_that_cannot_be_read_holds_until_it_is_resumed(pauses: Pauses, redis: Redis) -> None:
    pauses.pause(REF, "mira", "", NOW)
    [key] = redis.keys("*")
    redis.set(key, b'{"who": "mira"}')
    paused = pauses.paused(REF)
    assert paused is not None
    assert "cannot be read" in paused.reason
    pauses.resume(REF)
    assert pauses.paused(REF) is None


def test_a_pause_does_not_stand_for_ever(pauses: Pauses, redis: Redis) -> None:
    pauses.pause(REF, "mira", "", NOW)
    pauses.note_push(REF, "a" * 40, NOW, 30)
    assert all(0 < redis.ttl(key) <= 90 * 86_400 for key in redis.keys("*"))


def test_pushes_are_counted_by_their_heads_within_the_window(pauses: Pauses) -> None:
    counts = [pauses.note_push(REF, head, NOW + minute * 60, 10) for minute, head in enumerate("aabc")]
    assert counts == [1, 1, 2, 3]
    assert pauses.note_push(REF, "d", NOW + 10.5 * 60, 10) == 3
    assert pauses.note_push(PullRequestRef("octo/shop", 8), "d", NOW, 10) == 1


def test_what_was_pushed_before_a_resumption_counts_no_more(pauses: Pauses) -> None:
    for head in "abc":
        pauses.note_push(REF, head, NOW, 10)
    pauses.resume(REF)
    assert pauses.note_push(REF, "d", NOW + 1, 10) == 1


def test_a_flood_of_pushes_takes_bounded_room(pauses: Pauses, redis: Redis) -> None:
    for number in range(MOST_HEADS + 5):
        pauses.note_push(REF, str(number), NOW + number, 1_000)
    [key] = redis.keys("*")
    assert redis.zcard(key) == MOST_HEADS


def test_an_outage_is_said() -> None:
    pauses = Pauses(connect_once("redis://127.0.0.1:1/0"))
    for call in (lambda: pauses.paused(REF), lambda: pauses.note_push(REF, "a", NOW, 1)):
        with pytest.raises(QueueUnavailable):
            call()
