"""What a run had GitHub create and has no answer to: nobody looks, or asks again, while it may appear."""

from __future__ import annotations

import time

import pytest
from redis import Redis

from bot.domain.pull_request import Trigger
from bot.errors import SlotLost
from bot.queue import Queue, Run
from tests.support.ageing import let_pass
from tests.support.queueing import AT_ONCE, begun, scheduled_jobs, take, take_scheduled, waiting_jobs
from tests.support.requests import command_request, review_request

SECONDS = 20.0


@pytest.fixture
def queue(redis: Redis) -> Queue:
    return Queue(redis, AT_ONCE)


def started(queue: Queue, redis: Redis) -> tuple[str, Run]:
    queue.submit(review_request())
    argument = take(redis)
    return argument, begun(queue, argument)


def is_put_off(queue: Queue, redis: Redis, argument: str) -> bool:
    """Whether this job is begun when what was sent can no longer appear, and not before."""
    assert queue.begin(argument) is None
    assert waiting_jobs(redis) == []
    ((_, at),) = scheduled_jobs(redis)
    return time.time() + SECONDS - 2 < at <= time.time() + SECONDS


def test_after_a_death_in_the_middle_of_a_creation_the_next_start_waits_until_it_cannot_appear_any_more(
    queue: Queue, redis: Redis
) -> None:
    argument, run = started(queue, redis)
    run.sending(SECONDS)
    queue.bury(argument)
    assert is_put_off(queue, redis, argument)
    let_pass(redis, SECONDS)
    again = begun(queue, take_scheduled(redis))
    assert (again.attempts, again.retries) == (2, 0)


def test_an_answer_lets_the_next_start_be_at_once(queue: Queue, redis: Redis) -> None:
    argument, run = started(queue, redis)
    run.sending(SECONDS)
    run.answered()
    assert run.left() == 0
    queue.bury(argument)
    assert begun(queue, argument).attempts == 2


def test_the_answer_to_a_later_creation_is_none_to_an_earlier_one(queue: Queue, redis: Redis) -> None:
    argument, run = started(queue, redis)
    run.sending(SECONDS)
    run.sending(SECONDS)
    run.answered()
    assert SECONDS - 2 < run.left() <= SECONDS
    queue.bury(argument)
    assert is_put_off(queue, redis, argument)


def test_starts_that_wait_are_no_attempts_and_a_killed_wait_is_begun_again(
    queue: Queue, redis: Redis
) -> None:
    argument, run = started(queue, redis)
    run.sending(SECONDS)
    queue.bury(argument)
    for _ in range(2 * AT_ONCE.max_attempts):
        assert is_put_off(queue, redis, argument)
        argument = take_scheduled(redis)
    let_pass(redis, SECONDS)
    assert begun(queue, argument).attempts == 2


@pytest.mark.parametrize("trigger", [Trigger.SYNCHRONIZE, Trigger.COMMAND])
def test_what_comes_in_meanwhile_waits_too(queue: Queue, redis: Redis, trigger: Trigger) -> None:
    _, run = started(queue, redis)
    run.sending(SECONDS)
    run.retry_later(1.0)
    queue.submit(review_request("d-2", head="b" * 40, trigger=trigger))
    assert is_put_off(queue, redis, take_scheduled(redis))
    let_pass(redis, SECONDS)
    assert begun(queue, take_scheduled(redis)).request.delivery == "d-2"


def test_a_run_that_lost_its_pull_request_may_create_nothing_and_takes_no_note_back(
    queue: Queue, redis: Redis
) -> None:
    argument, old = started(queue, redis)
    old.sending(SECONDS)
    queue.bury(argument)
    let_pass(redis, SECONDS)
    new = begun(queue, argument)
    new.sending(SECONDS)
    old.answered()
    with pytest.raises(SlotLost):
        old.sending(SECONDS)
    queue.bury(argument)
    assert is_put_off(queue, redis, argument)


def test_a_command_that_died_in_the_middle_of_its_answer_knows_how_long_that_may_appear(
    queue: Queue, redis: Redis
) -> None:
    queue.submit(command_request())
    argument = take(redis)
    queue.sends_of(queue.read_command(argument)).sending(SECONDS)
    again = queue.sends_of(queue.read_command(argument))
    assert SECONDS - 2 < again.left() <= SECONDS
    other = queue.sends_of(queue.read_command(_taken(queue, redis, "d-2")))
    assert other.left() == 0
    again.answered()
    assert again.left() == 0


def _taken(queue: Queue, redis: Redis, delivery: str) -> str:
    queue.submit(command_request(delivery))
    return take(redis)
