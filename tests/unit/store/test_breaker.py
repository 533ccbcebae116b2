"""Row S3: a flood of commands and answers is dropped before it costs anything."""

from __future__ import annotations

import itertools

import pytest
from redis import Redis

from bot.domain.pull_request import PullRequestRef
from bot.errors import QueueUnavailable
from bot.redis_access import connect_once
from bot.store.breaker import MOST_A_MINUTE, MOST_AN_HOUR, MOST_WAITING, Breaker

REF = PullRequestRef("octo/shop", 7)
OTHER = PullRequestRef("octo/shop", 8)
ELSEWHERE = PullRequestRef("octo/garden", 7)


@pytest.fixture
def breaker(redis: Redis) -> Breaker:
    return Breaker(redis)


def admitted(breaker: Breaker, times: int, author: str = "eve", ref: PullRequestRef = REF) -> int:
    return sum(breaker.admits(ref, author) for _ in range(times))


def test_one_author_is_looked_at_ten_times_a_minute_over_all_pull_requests(breaker: Breaker) -> None:
    assert admitted(breaker, 200) == MOST_A_MINUTE
    assert admitted(breaker, 5, ref=OTHER) == 0
    assert admitted(breaker, 5, "EVE") == 0
    assert admitted(breaker, 5, "mira") == 5
    assert admitted(breaker, 5, ref=ELSEWHERE) == 5


def test_a_minute_later_the_author_is_looked_at_again(breaker: Breaker, redis: Redis) -> None:
    admitted(breaker, 200)
    [key] = redis.keys("*author*")
    assert 0 < redis.ttl(key) <= 60
    redis.delete(key)
    assert breaker.admits(REF, "eve")


def test_one_pull_request_is_looked_at_sixty_times_an_hour(breaker: Breaker, redis: Redis) -> None:
    assert sum(admitted(breaker, 5, f"eve{number}") for number in range(40)) == MOST_AN_HOUR
    assert admitted(breaker, 1, "mira", OTHER) == 1
    assert all(0 < redis.ttl(key) <= 3600 for key in redis.keys("*pull*"))


def test_strangers_do_not_use_up_the_attention_for_people_who_were_heard(breaker: Breaker) -> None:
    breaker.admits(REF, "mira")
    breaker.heard(REF, "mira")
    for number in range(40):
        admitted(breaker, 5, f"eve{number}")
    assert admitted(breaker, 5, "mira") == 5


def test_people_who_were_heard_use_up_nothing_of_what_strangers_have(breaker: Breaker) -> None:
    for number in range(30):
        assert breaker.admits(REF, f"mira{number}")
        assert breaker.heard(REF, f"mira{number}")
    assert sum(admitted(breaker, 5, f"eve{number}") for number in range(20)) == MOST_AN_HOUR


def test_a_command_that_is_heard_after_its_window_leaves_no_count_that_never_ends(
    breaker: Breaker, redis: Redis
) -> None:
    assert breaker.admits(REF, "mira")
    redis.delete(*redis.keys("*breaker:pull:*"))  # the hour ends while the command waits for its next try
    assert breaker.heard(REF, "mira")
    assert sum(admitted(breaker, 5, f"eve{number}") for number in range(40)) == MOST_AN_HOUR
    keys = redis.keys("*breaker*")
    assert [key for key in keys if not 0 < redis.ttl(key) <= 3600] == []


def test_people_who_were_heard_have_their_limit_too(breaker: Breaker) -> None:
    def heard(author: str) -> bool:
        return breaker.admits(REF, author) and breaker.heard(REF, author)

    assert sum(heard(f"mira{number}") for number in range(20) for _ in range(5)) == MOST_AN_HOUR


def turns(breaker: Breaker, times: int, author: str = "mira") -> list[float | None]:
    return [breaker.turn(REF, author) for _ in range(times)]


def test_beyond_its_limit_a_stranger_has_no_turn(breaker: Breaker) -> None:
    assert turns(breaker, MOST_A_MINUTE + 2, "eve") == [0.0] * MOST_A_MINUTE + [None] * 2


def test_people_who_were_heard_wait_in_line_for_the_end_of_the_window(breaker: Breaker) -> None:
    breaker.heard(REF, "mira")
    found = turns(breaker, MOST_A_MINUTE + MOST_WAITING + 2)
    assert found[:MOST_A_MINUTE] == [0.0] * MOST_A_MINUTE
    waits = [wait for wait in found[MOST_A_MINUTE:-2] if wait is not None]
    assert len(waits) == MOST_WAITING
    assert 50 < waits[0] <= 60
    steps = [later - sooner for sooner, later in itertools.pairwise(waits)]
    assert min(steps) > 5
    assert found[-2:] == [None, None]


def test_nobody_overtakes_what_they_said_before(breaker: Breaker, redis: Redis) -> None:
    breaker.heard(REF, "mira")
    turns(breaker, MOST_A_MINUTE + 2)
    redis.delete(*redis.keys("*author*"))  # the minute is over, the line is not
    [wait] = turns(breaker, 1)
    assert wait is not None
    assert wait > 60


def test_a_full_hour_of_a_pull_request_puts_off_until_its_end(breaker: Breaker) -> None:
    people = [f"mira{number}" for number in range(7)]
    for author in people:
        breaker.heard(REF, author)
    for author in people[:6]:
        turns(breaker, MOST_A_MINUTE, author)
    [wait] = turns(breaker, 1, people[6])
    assert wait is not None
    assert 3500 < wait <= 3600


def test_clicks_beyond_the_limit_wait_as_one(breaker: Breaker) -> None:
    found = [breaker.click(REF, "mira", f"d-{number}") for number in range(MOST_A_MINUTE + 5)]
    assert found[:MOST_A_MINUTE] == [0.0] * MOST_A_MINUTE
    wait = found[MOST_A_MINUTE]
    assert wait is not None
    assert 50 < wait <= 61
    assert found[MOST_A_MINUTE + 1 :] == [None] * 4
    assert breaker.click(REF, "mira", f"d-{MOST_A_MINUTE}") is not None  # its job began again after a crash
    assert turns(breaker, 1) == [0.0]


def test_clicks_on_one_pull_request_all_hour_long_cost_one_look_a_minute(breaker: Breaker) -> None:
    found = [breaker.click(REF, f"mira{number}", f"d-{number}") for number in range(MOST_AN_HOUR + 5)]
    assert found[:MOST_AN_HOUR] == [0.0] * MOST_AN_HOUR
    assert sum(wait is not None for wait in found[MOST_AN_HOUR:]) == 1


def test_an_answer_has_its_number_in_its_thread_and_keeps_it(breaker: Breaker) -> None:
    assert [breaker.round_of(REF, 50, comment) for comment in (71, 72, 71, 73, 72)] == [1, 2, 1, 3, 2]
    assert breaker.round_of(REF, 51, 74) == 1


def test_an_outage_is_said() -> None:
    with pytest.raises(QueueUnavailable):
        Breaker(connect_once("redis://127.0.0.1:1/0")).admits(REF, "eve")
