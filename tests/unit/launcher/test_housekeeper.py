from __future__ import annotations

import dataclasses
import threading
import time
from typing import Any

import pytest
from redis import Redis
from rq.serializers import JSONSerializer

from bot.queue import Queue, open_rq_queue
from tests.support.launching import TIMING
from tests.support.queueing import AT_ONCE, fetch, scheduled_jobs, take, waiting_jobs
from tests.support.requests import review_request
from tests.support.waiting import wait_until
from workers.launcher.housekeeper import Housekeeper
from workers.launcher.timing import Timing


def housekeeper(redis: Redis, timing: Timing = TIMING, name: str = "one") -> Housekeeper:
    return Housekeeper(redis, AT_ONCE, timing, name)


@pytest.fixture
def abandoned(redis: Redis) -> str:
    """A job whose worker died a while ago."""
    Queue(redis, AT_ONCE).submit(review_request())
    job_id = waiting_jobs(redis)[0]
    take(redis)
    redis.zadd(f"rq:wip:{AT_ONCE.name}", {f"{job_id}:execution": time.time() - 5})
    return job_id


def test_a_job_whose_worker_died_is_queued_again(redis: Redis, abandoned: str) -> None:
    housekeeper(redis).step()
    assert waiting_jobs(redis) == [abandoned]


def test_right_after_an_outage_nobody_is_called_dead(redis: Redis, abandoned: str) -> None:
    keeper = housekeeper(redis, dataclasses.replace(TIMING, monitoring=0))
    keeper.step()
    assert waiting_jobs(redis) == []


def test_a_job_stuck_on_its_way_to_a_worker_is_queued_again(redis: Redis) -> None:
    Queue(redis, AT_ONCE).submit(review_request())
    queue = open_rq_queue(redis, AT_ONCE.name)
    job_id = waiting_jobs(redis)[0]
    redis.lmove(queue.key, queue.intermediate_queue_key)
    first_seen = queue.intermediate_queue.get_first_seen_key(job_id)
    redis.set(first_seen, time.time() - 61)
    housekeeper(redis).step()
    assert waiting_jobs(redis) == [job_id]
    assert redis.llen(queue.intermediate_queue_key) == 0
    assert redis.keys("rq:worker:*") == []


LOCK = "ai-review:housekeeping"


class SlowRedis(Redis):
    """While one cleans, the lock runs out, and another housekeeper takes it."""

    def smembers(self, name: Any) -> Any:
        self.set(LOCK, "another", ex=10)
        return super().smembers(name)


def test_who_cleans_too_slowly_leaves_the_lock_to_whoever_has_it_by_now(redis: Redis) -> None:
    slow = SlowRedis(connection_pool=redis.connection_pool)
    housekeeper(slow).step()
    assert redis.get(LOCK) == b"another"


def test_of_two_launchers_one_cleans(redis: Redis, abandoned: str) -> None:
    redis.set(LOCK, "another", ex=10)
    housekeeper(redis).step()
    assert waiting_jobs(redis) == []
    redis.delete(LOCK)
    housekeeper(redis).step()
    assert (waiting_jobs(redis), redis.exists(LOCK)) == ([abandoned], 0)


def test_a_job_whose_time_has_come_is_queued(redis: Redis) -> None:
    queue = Queue(redis, AT_ONCE)
    queue.submit(review_request())
    run = queue.begin(take(redis))
    assert run is not None
    run.retry_later(0.01)
    ((job_id, _),) = scheduled_jobs(redis)
    redis.zadd(f"rq:scheduled:{AT_ONCE.name}", {job_id: time.time() - 1})
    housekeeper(redis).step()
    assert waiting_jobs(redis) == [job_id]
    assert fetch(redis, job_id).serializer is JSONSerializer


def test_of_two_launchers_one_schedules(redis: Redis) -> None:
    queue = Queue(redis, AT_ONCE)
    housekeeper(redis, name="one").step()
    queue.submit(review_request())
    run = queue.begin(take(redis))
    assert run is not None
    run.retry_later(0.01)
    ((job_id, _),) = scheduled_jobs(redis)
    redis.zadd(f"rq:scheduled:{AT_ONCE.name}", {job_id: time.time() - 1})
    housekeeper(redis, name="two").step()
    assert waiting_jobs(redis) == []
    housekeeper(redis, name="one").step()
    assert waiting_jobs(redis) == [job_id]


@pytest.mark.parametrize(
    ("due_in", "least", "most"),
    [(500.0, 400, 501), (5000.0, 1000, 1000), (-5.0, 1000, 1000), (None, 1000, 1000)],
    ids=["soon", "later", "overdue, another launcher's", "nothing"],
)
def test_the_next_round_comes_when_the_next_job_is_due_and_no_later_than_a_tick(
    redis: Redis, due_in: float | None, least: int, most: int
) -> None:
    if due_in is not None:
        due = {"first": time.time() + due_in, "second": time.time() + 9000}
        redis.zadd(f"rq:scheduled:{AT_ONCE.name}", due)
    keeper = housekeeper(redis, dataclasses.replace(TIMING, tick=1000))
    assert least <= keeper.pause() <= most


def test_a_housekeeper_that_is_killed_keeps_what_is_due_waiting_for_seconds_only(redis: Redis) -> None:
    housekeeper(redis, name="killed").step()
    assert 0 < redis.ttl(f"rq:scheduler-lock:{AT_ONCE.name}") <= 10


SWEEPING = dataclasses.replace(TIMING, sweeping=0.0)


def test_a_sweep_that_takes_its_time_holds_up_nothing_and_is_not_begun_twice(
    redis: Redis, abandoned: str
) -> None:
    begun, end = [], threading.Event()

    def sweep(given: Redis) -> None:
        begun.append(given)
        end.wait(30)

    keeper = Housekeeper(redis, AT_ONCE, SWEEPING, "one", sweep)
    keeper.step()
    wait_until(lambda: begun, "the sweep")
    keeper.step()
    assert (begun, waiting_jobs(redis)) == ([redis], [abandoned])
    end.set()
    wait_until(lambda: keeper.step() or len(begun) > 1, "the next sweep")


def test_a_sweep_that_breaks_is_told_and_begun_again(redis: Redis, caplog: pytest.LogCaptureFixture) -> None:
    begun = []

    def sweep(given: Redis) -> None:
        begun.append(given)
        raise ValueError("a mistake of ours")

    keeper = Housekeeper(redis, AT_ONCE, SWEEPING, "one", sweep)
    wait_until(lambda: keeper.step() or len(begun) > 1, "the next sweep")
    assert "The sweep for lost deliveries ended" in caplog.messages


def test_no_sweep_begins_while_the_receiver_may_still_be_starting(redis: Redis) -> None:
    begun: list[Redis] = []
    Housekeeper(redis, AT_ONCE, Timing(), "one", begun.append).step()
    assert begun == []
