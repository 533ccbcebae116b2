from __future__ import annotations

import dataclasses
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis import Redis

from bot.domain.pull_request import Trigger
from bot.domain.request import Look
from bot.errors import JobUnreadable
from bot.queue import Queue, Run
from bot.queue.layout import slot_id, slot_key
from tests.support.queueing import AT_ONCE, begun, fetch, scheduled_jobs, take, take_scheduled, waiting_jobs
from tests.support.requests import command_request, review_request
from tests.support.waiting import wait_until

OLD, NEW = "a" * 40, "b" * 40
SLOT = slot_key(slot_id("octo/shop", 7))


@pytest.fixture
def queue(redis: Redis) -> Queue:
    return Queue(redis, AT_ONCE)


def test_a_finished_run_leaves_no_job(queue: Queue, redis: Redis) -> None:
    queue.submit(review_request())
    with begun(queue, take(redis)) as run:
        assert run.finish()
    assert waiting_jobs(redis) == []
    assert redis.hget(SLOT, "job") is None
    assert redis.ttl(SLOT) > 0


def test_pushes_during_a_run_lead_to_one_more(queue: Queue, redis: Redis) -> None:
    queue.submit(review_request("d-1", head=OLD))
    run = begun(queue, take(redis))
    for number in range(5):
        queue.submit(review_request(f"p-{number}", head=NEW))
    assert waiting_jobs(redis) == []
    run.finish(OLD)
    assert len(waiting_jobs(redis)) == 1
    second = begun(queue, take(redis))
    assert second.request.ref.head_sha == NEW
    second.finish(NEW)
    assert waiting_jobs(redis) == []


def test_a_late_event_of_the_reviewed_head_starts_nothing(queue: Queue, redis: Redis) -> None:
    queue.submit(review_request("d-1", head=OLD))
    run = begun(queue, take(redis))
    queue.submit(review_request("d-2", head=NEW))
    run.finish(NEW)
    assert waiting_jobs(redis) == []


@pytest.mark.parametrize("head", [OLD, NEW])
def test_a_push_does_not_take_the_place_of_a_look_at_what_people_settled(
    queue: Queue, redis: Redis, head: str
) -> None:
    queue.submit(review_request("d-1", head=OLD))
    run = begun(queue, take(redis))
    queue.submit(dataclasses.replace(review_request("d-2", head=None), look=Look.STANDING))
    queue.submit(review_request("d-3", head=head))
    run.finish(OLD)
    assert begun(queue, take(redis)).request.delivery == "d-2"


def test_a_command_takes_the_place_of_a_look_at_what_people_settled_and_not_the_other_way_round(
    queue: Queue, redis: Redis
) -> None:
    settled = dataclasses.replace(review_request("d-1", head=None), look=Look.STANDING)
    queue.submit(settled)
    queue.submit(review_request("d-2", trigger=Trigger.COMMAND))
    queue.submit(dataclasses.replace(settled, delivery="d-3"))
    assert begun(queue, take(redis)).request.delivery == "d-2"


def test_a_push_during_a_run_waits_for_quiet_after_it(redis: Redis) -> None:
    queue = Queue(redis, dataclasses.replace(AT_ONCE, quiet=10.0, spacing=60.0))
    queue.submit(review_request("d-1"))
    run = begun(queue, take(redis))
    queue.submit(review_request("d-2", head=NEW))
    run.finish()
    assert waiting_jobs(redis) == []
    ((_, at),) = scheduled_jobs(redis)
    assert time.time() + 8 < at < time.time() + 11


def test_a_job_that_was_done_has_nothing_to_do_when_it_is_run_again(queue: Queue, redis: Redis) -> None:
    queue.submit(review_request())
    argument = take(redis)
    begun(queue, argument).finish()
    assert queue.begin(argument) is None
    assert waiting_jobs(redis) == []


def test_while_a_run_lives_its_job_is_put_off_until_the_lease_ends(queue: Queue, redis: Redis) -> None:
    queue.submit(review_request())
    argument = take(redis)
    first = begun(queue, argument)
    assert queue.begin(argument) is None
    ((_, at),) = scheduled_jobs(redis)
    assert time.time() + 25 < at < time.time() + 31
    assert first.holds()
    first.finish()
    assert queue.begin(take_scheduled(redis)) is None


def test_after_a_death_the_same_request_starts_again_and_is_counted(queue: Queue, redis: Redis) -> None:
    queue.submit(review_request())
    argument = take(redis)
    attempts = []
    for _ in range(AT_ONCE.max_attempts):
        run = begun(queue, argument)
        assert not run.exhausted
        attempts.append(run.attempts)
        queue.bury(argument)
    assert attempts == [1, 2, 3]
    assert begun(queue, argument).exhausted


def test_a_process_stopped_on_purpose_is_no_attempt(queue: Queue, redis: Redis) -> None:
    queue.submit(review_request())
    argument = take(redis)
    for _ in range(10):
        assert begun(queue, argument).attempts == 1
        queue.bury(argument, stopped=True)


def test_a_newer_head_starts_with_a_clean_count(queue: Queue, redis: Redis) -> None:
    queue.submit(review_request("d-1", head=OLD))
    argument = take(redis)
    begun(queue, argument)
    queue.bury(argument)
    queue.submit(review_request("d-2", head=NEW))
    run = begun(queue, argument)
    assert (run.request.ref.head_sha, run.attempts) == (NEW, 1)


def test_a_run_that_was_believed_dead_cannot_end_its_successor(queue: Queue, redis: Redis) -> None:
    queue.submit(review_request())
    argument = take(redis)
    first = begun(queue, argument)
    queue.bury(argument)
    second = begun(queue, argument)
    assert second.token > first.token
    assert not first.holds()
    assert not first.finish()
    assert not first.retry_later(5)
    assert second.holds()
    assert second.finish()


def test_a_lease_runs_out_without_renewals(redis: Redis) -> None:
    queue = Queue(redis, dataclasses.replace(AT_ONCE, lease=0.2))
    queue.submit(review_request())
    argument = take(redis)
    begun(queue, argument)
    assert queue.begin(argument) is None
    again = take_scheduled(redis)
    wait_until(lambda: queue.begin(again) or _next(queue, redis), "the lease to end", 3)


def test_a_living_run_keeps_its_lease(redis: Redis) -> None:
    queue = Queue(redis, dataclasses.replace(AT_ONCE, lease=0.3))
    queue.submit(review_request())
    with begun(queue, take(redis)) as run:
        first = float(redis.hget(SLOT, "lease") or 0)
        wait_until(lambda: float(redis.hget(SLOT, "lease") or 0) > first + 0.3, "renewals", 3)
        assert run.finish()
    assert redis.hget(SLOT, "lease") is None


def test_a_request_that_is_put_off_comes_again_with_its_count(queue: Queue, redis: Redis) -> None:
    queue.submit(review_request())
    run = begun(queue, take(redis))
    assert run.retry_later(300)
    ((_, at),) = scheduled_jobs(redis)
    assert time.time() + 298 < at < time.time() + 301
    again = begun(queue, take_scheduled(redis))
    assert (again.retries, again.attempts, again.request) == (1, 1, run.request)
    again.retry_later(60, retries=again.retries)
    assert begun(queue, take_scheduled(redis)).retries == 1


def test_a_look_at_what_people_settled_does_not_replace_a_request_that_is_tried_again(
    queue: Queue, redis: Redis
) -> None:
    asked = dataclasses.replace(review_request("d-1", trigger=Trigger.COMMAND), look=Look.ALL)
    queue.submit(asked)
    run = begun(queue, take(redis))
    queue.submit(dataclasses.replace(review_request("d-2", trigger=Trigger.SYNCHRONIZE), look=Look.STANDING))
    assert run.retry_later(300)
    again = begun(queue, take_scheduled(redis))
    assert (again.request, again.retries) == (asked, 1)


def test_a_look_at_what_people_settled_does_not_replace_a_request_that_waits_for_its_next_try(
    queue: Queue, redis: Redis
) -> None:
    queue.submit(review_request("d-1"))
    begun(queue, take(redis)).retry_later(300)
    queue.submit(dataclasses.replace(review_request("d-2", trigger=Trigger.SYNCHRONIZE), look=Look.STANDING))
    ((_, at),) = scheduled_jobs(redis)
    assert time.time() + 298 < at < time.time() + 301
    again = begun(queue, take_scheduled(redis))
    assert (again.request, again.retries) == (review_request("d-1"), 1)


@pytest.mark.parametrize("is_during", [True, False])
def test_no_push_takes_the_place_of_what_somebody_asked_for_and_that_failed(
    queue: Queue, redis: Redis, is_during: bool
) -> None:
    asked = dataclasses.replace(review_request("d-1", head=None, trigger=Trigger.COMMAND), look=Look.ALL)
    queue.submit(asked)
    run = begun(queue, take(redis))
    for tries in (1, 2):
        push = review_request(f"p-{tries}", head=NEW)
        if is_during:
            queue.submit(push)
        assert run.retry_later(300)
        if not is_during:
            queue.submit(push)
        ((_, at),) = scheduled_jobs(redis)
        assert time.time() + 298 < at < time.time() + 301
        run = begun(queue, take_scheduled(redis))
        assert (run.request, run.retries) == (asked, tries)
    run.finish(NEW)
    assert (waiting_jobs(redis), scheduled_jobs(redis)) == ([], [])


@pytest.mark.parametrize("is_during", [True, False])
def test_a_further_command_takes_the_place_of_one_that_failed(
    queue: Queue, redis: Redis, is_during: bool
) -> None:
    queue.submit(review_request("d-1", trigger=Trigger.COMMAND))
    run = begun(queue, take(redis))
    again = review_request("d-2", trigger=Trigger.COMMAND)
    if is_during:
        queue.submit(again)
    run.retry_later(300)
    if not is_during:
        queue.submit(again)
    run = begun(queue, take(redis) if waiting_jobs(redis) else take_scheduled(redis))
    assert (run.request, run.retries) == (again, 0)


def test_a_command_that_died_before_it_failed_is_still_a_command(queue: Queue, redis: Redis) -> None:
    queue.submit(review_request("d-1", trigger=Trigger.COMMAND))
    argument = take(redis)
    begun(queue, argument)
    queue.bury(argument)
    begun(queue, argument).retry_later(300)
    queue.submit(review_request("d-2", head=NEW))
    assert begun(queue, take_scheduled(redis)).request.delivery == "d-1"


def test_a_command_whose_job_was_lost_comes_back_as_a_command(queue: Queue, redis: Redis) -> None:
    asked = review_request("d-1", trigger=Trigger.COMMAND)
    queue.submit(asked)
    argument = take(redis)
    begun(queue, argument)
    queue.bury(argument)
    redis.delete(f"rq:job:{_name(redis)}")
    assert queue.submit(asked)
    queue.submit(review_request("d-2", head=NEW))
    assert begun(queue, take(redis)).request == asked


def test_a_command_that_no_release_can_read_keeps_no_push_waiting(queue: Queue, redis: Redis) -> None:
    queue.submit(review_request("d-1", trigger=Trigger.COMMAND))
    redis.hset(SLOT, "waiting", '{"version":99,"body":{}}')
    with pytest.raises(JobUnreadable):
        queue.begin(take(redis))
    queue.submit(review_request("d-2", head=NEW))
    assert begun(queue, take_scheduled(redis)).request.delivery == "d-2"


def test_a_push_ends_a_long_wait_and_its_count(queue: Queue, redis: Redis) -> None:
    queue.submit(review_request("d-1", head=OLD))
    begun(queue, take(redis)).retry_later(3000)
    queue.submit(review_request("d-2", head=NEW))
    ((_, at),) = scheduled_jobs(redis)
    assert at <= time.time() + 0.1
    run = begun(queue, take_scheduled(redis))
    assert (run.request.ref.head_sha, run.retries) == (NEW, 0)


def test_putting_off_gives_way_to_what_came_meanwhile(queue: Queue, redis: Redis) -> None:
    queue.submit(review_request("d-1", head=OLD))
    run = begun(queue, take(redis))
    queue.submit(review_request("d-2", head=NEW))
    run.retry_later(3000)
    assert begun(queue, take(redis)).request.ref.head_sha == NEW


def test_a_request_of_another_release_is_put_off_not_lost(queue: Queue, redis: Redis) -> None:
    queue.submit(review_request())
    text = redis.hget(SLOT, "waiting")
    redis.hset(SLOT, "waiting", '{"version":99,"body":{}}')
    with pytest.raises(JobUnreadable, match="format 99"):
        queue.begin(take(redis))
    redis.hset(SLOT, "waiting", text)
    assert begun(queue, take_scheduled(redis)).request == review_request()


def test_a_command_job_has_no_lease_to_end(queue: Queue, redis: Redis) -> None:
    queue.submit(command_request())
    with pytest.raises(JobUnreadable):
        queue.bury(take(redis))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.sampled_from(["push", "start", "end", "die", "twice"]), max_size=25))
def test_whatever_happens_one_run_at_a_time_and_the_last_push_is_covered(
    queue: Queue, redis: Redis, steps: list[str]
) -> None:
    redis.flushdb()
    pushes, covered = 0, 0
    running: tuple[str, Run] | None = None
    for step in [*steps, *["end", "start"] * 4, "end"]:
        if step == "push":
            pushes += 1
            queue.submit(review_request(f"d-{pushes}", head=f"{pushes:040x}"))
        elif step == "start" and running is None and waiting_jobs(redis):
            argument = take(redis)
            if run := queue.begin(argument):
                running, covered = (argument, run), int(str(run.request.ref.head_sha), 16)
        elif step == "twice" and running is not None:
            assert queue.begin(running[0]) is None
        elif step == "end" and running is not None:
            assert running[1].finish()
            running = None
            _make_due(redis)
        elif step == "die" and running is not None:
            queue.bury(running[0])
            redis.rpush("rq:queue:ai-review", _job_id(redis))
            running = None
            _make_due(redis)
    assert covered == pushes
    assert redis.hget(SLOT, "waiting") is None


def _next(queue: Queue, redis: Redis) -> Run | None:
    """Run the job that stands in, should the last one have come too early."""
    return queue.begin(take_scheduled(redis)) if scheduled_jobs(redis) else None


def _make_due(redis: Redis) -> None:
    for job_id, _ in scheduled_jobs(redis):
        redis.zrem("rq:scheduled:ai-review", job_id)
        redis.rpush("rq:queue:ai-review", job_id)


def _job_id(redis: Redis) -> str:
    name = _name(redis)
    fetch(redis, name)
    return name


def _name(redis: Redis) -> str:
    name = redis.hget(SLOT, "job")
    assert isinstance(name, bytes)
    return name.decode()
