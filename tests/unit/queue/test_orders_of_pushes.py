"""Five pushes whose events come in any order, and thirty in a minute: how many runs, and of which head."""

from __future__ import annotations

import dataclasses
import itertools

import pytest
from redis import Redis

from bot.queue import Queue, Run
from tests.support.queueing import AT_ONCE, scheduled_jobs, take, take_scheduled, waiting_jobs
from tests.support.requests import review_request

HEADS = tuple(f"{number:040x}" for number in range(1, 6))
NEWEST = HEADS[-1]
ORDERS = tuple(itertools.permutations(HEADS))
PATIENT = dataclasses.replace(AT_ONCE, quiet=10.0, spacing=60.0)


def push(queue: Queue, head: str) -> None:
    assert queue.submit(review_request(f"d-{head}", head=head))


def next_run(queue: Queue, redis: Redis) -> Run:
    [_] = waiting_jobs(redis)
    run = queue.begin(take(redis))
    assert run is not None
    return run


def test_whatever_the_order_of_waiting_events_one_run_answers_them_all(redis: Redis) -> None:
    queue = Queue(redis, AT_ONCE)
    for order in ORDERS:
        redis.flushdb()
        for head in order:
            push(queue, head)
        run = next_run(queue, redis)
        assert run.request.ref.head_sha == order[-1]
        assert run.finish(NEWEST)
        assert (waiting_jobs(redis), scheduled_jobs(redis)) == ([], [])


@pytest.mark.parametrize("before", range(1, 5))
def test_events_that_come_late_cost_at_most_one_more_run(redis: Redis, before: int) -> None:
    """A run looks at the newest head, whatever its event said: the others came before its own or after it."""
    queue = Queue(redis, AT_ONCE)
    for order in ORDERS:
        redis.flushdb()
        for head in order[:before]:
            push(queue, head)
        run = next_run(queue, redis)
        for head in order[before:]:
            push(queue, head)
        is_covered = order[-1] == NEWEST
        run.finish(NEWEST)
        if not is_covered:
            next_run(queue, redis).finish(NEWEST)
        assert (waiting_jobs(redis), scheduled_jobs(redis)) == ([], [])


@pytest.mark.parametrize("ends_after", [1, 2, 15, 30])
def test_of_thirty_pushes_the_first_and_the_last_are_run(redis: Redis, ends_after: int) -> None:
    """However long the first review takes, one more job waits, and it reads what was pushed last."""
    queue = Queue(redis, PATIENT)
    push(queue, f"{1:040x}")
    first = next_run(queue, redis)
    for number in range(2, 31):
        if number == ends_after + 1:
            first.finish(f"{1:040x}")
        push(queue, f"{number:040x}")
    if ends_after == 30:
        first.finish(f"{1:040x}")
    assert waiting_jobs(redis) == []
    [_] = scheduled_jobs(redis)
    second = queue.begin(take_scheduled(redis))
    assert second is not None
    assert second.request.ref.head_sha == f"{30:040x}"
    second.finish(f"{30:040x}")
    assert (waiting_jobs(redis), scheduled_jobs(redis)) == ([], [])
