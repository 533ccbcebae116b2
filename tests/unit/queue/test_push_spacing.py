"""The operator's bound: no push starts a review too soon after another, and nothing else waits for that."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis import Redis

from bot.domain.request import Look
from bot.queue import QueueOptions, options_of
from bot.settings import load_settings, variable
from tests.support.ageing import Talk
from tests.support.bursts import PUSHES, even_burst, hostile_burst, play, random_bursts
from tests.support.queueing import AT_ONCE, take

BOUNDED = dataclasses.replace(AT_ONCE, quiet=10.0, spacing=60.0, push_spacing=100.0)
STRICT = QueueOptions(push_spacing=60.0)


@pytest.fixture
def bounded(redis: Redis) -> Talk:
    """Pushes start no review sooner than a hundred seconds after another."""
    return Talk(redis, BOUNDED)


def test_with_a_bound_pushes_start_no_review_sooner_than_it_after_another(bounded: Talk) -> None:
    bounded.push()
    assert bounded.waits(0)
    bounded.review()
    for _ in range(2):
        bounded.push()
        assert bounded.waits(100)
        bounded.pass_time(70)
        bounded.push()
        assert bounded.waits(30)
        bounded.pass_time(30)
        bounded.review()


def test_the_bound_is_remembered_while_nothing_waits(bounded: Talk) -> None:
    bounded.push()
    bounded.review()
    bounded.pass_time(70)
    bounded.push()
    assert bounded.waits(30)


def test_a_push_during_a_review_waits_for_the_bound_too(bounded: Talk) -> None:
    bounded.push()
    run = bounded.begin()
    bounded.push()
    bounded.pass_time(30)
    run.finish()
    assert bounded.waits(70)


def test_within_the_bound_nobody_waits_for_what_he_asked_for(bounded: Talk) -> None:
    bounded.push()
    bounded.review()
    bounded.settle()
    assert bounded.waits(10)
    bounded.command()
    assert bounded.waits(0)
    bounded.push()
    assert bounded.waits(0)


@pytest.mark.parametrize(("asked", "pause"), [(Talk.command, 0), (Talk.settle, 10)])
def test_what_somebody_asked_for_during_a_review_does_not_wait_for_the_bound(
    bounded: Talk, asked: Callable[[Talk], None], pause: int
) -> None:
    bounded.push()
    run = bounded.begin()
    asked(bounded)
    run.finish()
    assert bounded.waits(pause)


def test_a_click_does_not_make_pushes_wait_and_a_command_does(bounded: Talk) -> None:
    bounded.push()
    bounded.review()
    bounded.pass_time(70)
    bounded.settle()
    bounded.skip()
    bounded.push()
    assert bounded.waits(30)
    bounded.command()
    bounded.review()
    bounded.push()
    assert bounded.waits(100)


def test_clicks_between_pushes_lift_no_bound(bounded: Talk) -> None:
    bounded.push()
    bounded.review()
    for passed in range(0, 90, 20):
        bounded.push()
        bounded.settle()
        assert bounded.waits(100 - passed)
        bounded.settle()
        bounded.push()
        assert bounded.waits(100 - passed)
        bounded.pass_time(20)


def test_a_push_behind_a_click_makes_it_wait_for_the_bound(bounded: Talk) -> None:
    bounded.push()
    bounded.review()
    bounded.settle()
    assert bounded.waits(10)
    bounded.push()
    assert bounded.waits(100)


def test_a_push_and_a_click_during_a_review_wait_for_the_bound(bounded: Talk) -> None:
    bounded.push()
    run = bounded.begin()
    bounded.settle()
    bounded.push()
    bounded.settle()
    run.finish()
    assert bounded.waits(100)


def test_a_push_and_a_click_count_as_one_review(bounded: Talk) -> None:
    bounded.push()
    bounded.review()
    bounded.push()
    bounded.settle()
    bounded.pass_time(100)
    bounded.review()
    assert bounded.due_in() is None
    bounded.push()
    assert bounded.waits(100)


@pytest.mark.parametrize("is_click_first", [True, False])
def test_a_click_beside_a_late_event_of_the_reviewed_head_is_not_lost_and_waits_for_no_bound(
    bounded: Talk, is_click_first: bool
) -> None:
    bounded.push()
    run = bounded.begin()
    late, looks = f"{2 + is_click_first:040x}", [bounded.push, bounded.settle]
    for happens in reversed(looks) if is_click_first else looks:
        happens()
    run.finish(late)
    assert bounded.waits(10)
    assert bounded.begin().request.look is Look.STANDING


def test_a_look_that_found_a_newer_head_asks_for_it_as_a_push_does(bounded: Talk) -> None:
    bounded.push()
    bounded.review()
    bounded.settle()
    run = bounded.begin()
    newer = dataclasses.replace(run.request, delivery="moved")
    bounded.queue.submit(newer, head_moved=True)
    run.finish()
    assert bounded.waits(100)


def test_a_look_that_read_a_new_head_counts_as_a_review(bounded: Talk) -> None:
    bounded.settle()
    bounded.review()
    bounded.push()
    assert bounded.waits(100)


def test_a_run_that_read_nothing_keeps_no_push_waiting(bounded: Talk) -> None:
    bounded.push()
    run = bounded.begin()
    bounded.push()
    run.finish(reviewed=False)
    assert bounded.waits(10)
    bounded.skip()
    bounded.push()
    assert bounded.waits(20)


def test_a_run_that_read_nothing_does_not_lift_the_bound_of_the_review_before(bounded: Talk) -> None:
    bounded.push()
    bounded.review()
    bounded.pass_time(30)
    bounded.command()
    bounded.begin().retry_later(1000, reviewed=False)
    bounded.pass_time(30)
    bounded.skip()
    bounded.push()
    assert bounded.waits(40)


def test_what_died_may_have_read_and_keeps_pushes_waiting(bounded: Talk, redis: Redis) -> None:
    bounded.push()
    argument = take(redis)
    assert bounded.queue.begin(argument)
    bounded.queue.bury(argument)
    run = bounded.queue.begin(argument)
    assert run
    run.finish(reviewed=False)
    bounded.push()
    assert bounded.waits(100)


def test_a_start_after_a_death_is_no_further_review(bounded: Talk, redis: Redis) -> None:
    bounded.push()
    argument = take(redis)
    assert bounded.queue.begin(argument)
    bounded.pass_time(70)
    bounded.queue.bury(argument)
    run = bounded.queue.begin(argument)
    assert run
    run.finish()
    bounded.push()
    assert bounded.waits(30)


def test_a_review_that_failed_is_tried_again_in_its_own_time_and_a_push_does_not_put_that_off(
    bounded: Talk,
) -> None:
    bounded.push()
    bounded.begin().retry_later(40)
    assert bounded.waits(40)
    for _ in range(3):
        bounded.push()
        assert bounded.waits(40)


def test_what_was_pushed_during_a_review_that_failed_waits_no_longer_than_a_further_try(
    bounded: Talk,
) -> None:
    bounded.push()
    run = bounded.begin()
    bounded.push()
    run.retry_later(40)
    assert bounded.waits(40)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    gaps=st.lists(st.sampled_from([0.0, 0.5, 3.1, 6.2, 20.0, 59.0, 61.0]), min_size=1, max_size=15),
    review=st.sampled_from([0.5, 10.0, 80.0]),
)
def test_whatever_the_pattern_starts_keep_the_bound_and_the_last_push_is_covered(
    redis: Redis, gaps: Sequence[float], review: float
) -> None:
    moments = [sum(gaps[: number + 1]) for number in range(len(gaps))]
    burst = play(redis, STRICT, moments, review)
    assert burst.last_head == len(gaps)
    assert all(later - start > 59 for start, later in zip(burst.starts, burst.starts[1:], strict=False))


def test_thirty_pushes_within_a_minute_cost_two_reviews_with_a_bound(redis: Redis) -> None:
    for pushes in (even_burst(), hostile_burst(redis, STRICT, 1.0), *random_bursts(3)):
        burst = play(redis, STRICT, pushes, 1.0)
        assert (len(burst.starts), burst.last_head) == (2, PUSHES)


def test_the_operators_settings_reach_the_queue() -> None:
    wanted = {"push_spacing": "60", "push_quiet": "0.5", "review_deadline": "77"}
    options = options_of(load_settings({variable(field): value for field, value in wanted.items()}))
    assert options == QueueOptions(push_spacing=60.0, quiet=0.5, review_deadline=77.0)
    assert options_of(load_settings({})) == QueueOptions(push_spacing=10.0)
