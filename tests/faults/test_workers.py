"""A real launcher with real worker processes; times are short, deaths are real."""

from __future__ import annotations

import dataclasses
import os
import signal
import sys
import time
from pathlib import Path

import pytest
from redis import Redis

from bot.domain.pull_request import Trigger
from bot.queue import Queue
from bot.queue.layout import slot_id, slot_key
from bot.redis_access import connect_patiently
from bot.valkey import EmbeddedValkey
from tests.support.jobs import LONG_LEASE, OPTIONS, said
from tests.support.launching import children_of, is_alive, launched
from tests.support.queueing import fetch, waiting_jobs
from tests.support.requests import command_request, review_request
from tests.support.waiting import wait_until

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc and needs PDEATHSIG")

OLD, NEW = "a" * 40, "b" * 40
SLOT = slot_key(slot_id("octo/shop", 7))


@pytest.fixture
def queue(redis: Redis) -> Queue:
    return Queue(redis, OPTIONS)


def submit_and_hold(queue: Queue, redis: Redis) -> int:
    """A review that waits in its middle; the id of its process."""
    redis.set("hold", "1")
    queue.submit(review_request("d-1", head=OLD))
    return int(wait_until(lambda: said(redis, "start"), "the review to start")[0][3])


def worker_of(launcher: int, job: int) -> int:
    return next(child for child in children_of(launcher) if job in children_of(child))


def is_idle(redis: Redis) -> bool:
    return redis.hget(SLOT, "job") is None and waiting_jobs(redis) == []


def test_reviews_and_commands_are_done_and_nothing_is_left(
    valkey_url: str, queue: Queue, redis: Redis
) -> None:
    queue.submit(review_request("d-1", head=OLD))
    queue.submit(command_request("c-1"))
    with launched(valkey_url) as launcher:
        wait_until(lambda: said(redis, "end") and said(redis, "command"), "both jobs")
        wait_until(lambda: is_idle(redis), "an empty queue")
        launcher.send_signal(signal.SIGTERM)
        assert launcher.wait(5) == 0
    assert [row[:3] for row in said(redis)] == [
        ["command", "help", "0"],
        ["start", OLD, "1"],
        ["end", OLD, "1"],
    ]


def test_a_killed_job_is_started_again_before_its_lease_runs_out(valkey_url: str, redis: Redis) -> None:
    queue = Queue(redis, dataclasses.replace(OPTIONS, review_function=LONG_LEASE))
    with launched(valkey_url):
        job = submit_and_hold(queue, redis)
        os.kill(job, signal.SIGKILL)
        wait_until(lambda: len(said(redis, "start")) == 2, "the second start")
        redis.delete("hold")
        wait_until(lambda: said(redis, "end"), "the end")
        wait_until(lambda: is_idle(redis), "an empty queue")
    assert [row[2] for row in said(redis, "end")] == ["2"]


def test_a_review_that_always_dies_is_given_up_in_words(valkey_url: str, queue: Queue, redis: Redis) -> None:
    with launched(valkey_url):
        submit_and_hold(queue, redis)
        for deaths in range(1, 4):
            rows = wait_until(lambda n=deaths: said(redis, "start")[n - 1 :], f"start {deaths}")  # type: ignore[misc]
            os.kill(int(rows[0][3]), signal.SIGKILL)
        wait_until(lambda: said(redis, "exhausted"), "the run that says so")
        wait_until(lambda: is_idle(redis), "an empty queue")
    assert len(said(redis, "start")) == OPTIONS.max_attempts
    assert said(redis, "end")[0][2] == "4"


def test_a_killed_worker_takes_its_job_along_and_another_does_it(
    valkey_url: str, queue: Queue, redis: Redis
) -> None:
    with launched(valkey_url) as launcher:
        job = submit_and_hold(queue, redis)
        os.kill(worker_of(launcher.pid, job), signal.SIGKILL)
        wait_until(lambda: not is_alive(job), "the orphan to end")
        wait_until(lambda: len(said(redis, "start")) == 2, "the second start")
        redis.delete("hold")
        wait_until(lambda: said(redis, "end"), "the end")
        wait_until(lambda: is_idle(redis), "an empty queue")
    assert len(said(redis, "end")) == 1


def test_pushes_during_a_review_lead_to_one_more_of_the_newest(
    valkey_url: str, queue: Queue, redis: Redis
) -> None:
    with launched(valkey_url, workers=2):
        submit_and_hold(queue, redis)
        for number in range(5):
            queue.submit(review_request(f"p-{number}", head=f"{number}" * 40))
        queue.submit(review_request("p-last", head=NEW))
        redis.delete("hold")
        wait_until(lambda: len(said(redis, "end")) == 2, "both ends")
        wait_until(lambda: is_idle(redis), "an empty queue")
    assert [row[1] for row in said(redis, "start")] == [OLD, NEW]


def test_thirty_pushes_in_a_short_time_cost_two_reviews(valkey_url: str, queue: Queue, redis: Redis) -> None:
    with launched(valkey_url, workers=2):
        began = time.monotonic()
        for number in range(1, 31):
            queue.submit(review_request(f"p-{number}", head=f"{number:040}"))
            due = began + number * OPTIONS.spacing * 0.9 / 30
            wait_until(lambda at=due: time.monotonic() >= at, "the next push")  # type: ignore[misc]
        wait_until(lambda: [row for row in said(redis, "end") if int(row[1]) == 30], "the last head")
        wait_until(lambda: is_idle(redis), "an empty queue")
    assert len(said(redis, "start")) <= 2


def test_a_request_to_stop_lets_the_job_finish(valkey_url: str, queue: Queue, redis: Redis) -> None:
    with launched(valkey_url) as launcher:
        job = submit_and_hold(queue, redis)
        workers = children_of(launcher.pid)
        launcher.send_signal(signal.SIGTERM)
        wait_until(lambda: len(children_of(launcher.pid)) < len(workers), "the housekeeper to leave")
        assert is_alive(job)
        redis.delete("hold")
        assert launcher.wait(5) == 0
    assert len(said(redis, "end")) == 1
    assert is_idle(redis)


@pytest.mark.parametrize(("grace", "signals"), [(0.2, 1), (30.0, 2)])
def test_a_job_that_must_stop_goes_back_to_the_queue_and_is_done_later(
    valkey_url: str, redis: Redis, grace: float, signals: int
) -> None:
    queue = Queue(redis, dataclasses.replace(OPTIONS, review_function=LONG_LEASE))
    with launched(valkey_url, grace=grace) as launcher:
        job = submit_and_hold(queue, redis)
        for _ in range(signals):
            children = len(children_of(launcher.pid))
            launcher.send_signal(signal.SIGTERM)
            wait_until(lambda n=children: len(children_of(launcher.pid)) < n, "a child to leave")  # type: ignore[misc]
        assert launcher.wait(5) == 0
    assert not is_alive(job)
    assert len(waiting_jobs(redis)) == 1
    redis.delete("hold")
    with launched(valkey_url):
        wait_until(lambda: said(redis, "end"), "the end")
    assert [row[2] for row in said(redis, "start")] == ["1", "1"]


def test_whatever_dies_in_the_launcher_is_started_again(valkey_url: str, queue: Queue, redis: Redis) -> None:
    with launched(valkey_url) as launcher:
        before = wait_until(
            lambda: children_of(launcher.pid)[1:] and children_of(launcher.pid), "the children"
        )
        for child in before:
            os.kill(child, signal.SIGKILL)
        wait_until(
            lambda: len(now := children_of(launcher.pid)) == 2 and not set(now) & set(before), "new children"
        )
        queue.submit(review_request("d-1", head=OLD))
        wait_until(lambda: said(redis, "end"), "the first review")
        queue.submit(review_request("d-2", head=NEW))  # soon after the first: it needs the scheduler
        wait_until(lambda: len(said(redis, "end")) == 2, "the second review")


def test_workers_wait_for_a_redis_that_is_not_there_yet(tmp_path: Path) -> None:
    with launched(f"unix://{tmp_path}/valkey/valkey.sock") as launcher:
        wait_until(lambda: _catches_signals(launcher.pid), "the launcher to wait")
        assert children_of(launcher.pid) == []
        with EmbeddedValkey(tmp_path) as server, Redis.from_url(server.url) as redis:
            Queue(redis, OPTIONS).submit(review_request())
            wait_until(lambda: said(redis, "end"), "the review")
            launcher.send_signal(signal.SIGTERM)
            assert launcher.wait(5) == 0


def test_a_redis_that_is_killed_in_mid_job_costs_nothing(tmp_path: Path) -> None:
    with EmbeddedValkey(tmp_path) as server:
        redis = connect_patiently(server.url)
        queue = Queue(redis, dataclasses.replace(OPTIONS, review_function=LONG_LEASE))
        with launched(server.url, workers=2) as launcher:
            submit_and_hold(queue, redis)
            children = children_of(launcher.pid)
            os.kill(server.pid, signal.SIGKILL)
            queue.submit(review_request("d-2", trigger=Trigger.COMMAND, head=NEW))
            redis.delete("hold")
            wait_until(lambda: len(said(redis, "end")) == 2, "both reviews")
            wait_until(lambda: is_idle(redis), "an empty queue")
            assert children_of(launcher.pid) == children
        assert [row[1] for row in said(redis, "start")] == [OLD, NEW]
        redis.close()


def test_a_failed_job_keeps_no_secret(valkey_url: str, redis: Redis) -> None:
    options = dataclasses.replace(OPTIONS, review_function="tests.support.jobs.run_secret_failure")
    Queue(redis, options).submit(review_request())
    (job_id,) = waiting_jobs(redis)
    redis.hset(f"rq:job:{job_id}", "retries_left", 1)
    with launched(valkey_url):
        wait_until(lambda: redis.zcard(f"rq:failed:{OPTIONS.name}"), "the failure to be kept")
    job = fetch(redis, job_id)
    latest = job.latest_result()
    assert latest is not None
    assert latest.exc_string == "builtins.ValueError"
    assert "canary" not in str(job.to_dict())
    assert 0 < redis.ttl(job.key) <= 4 * 86_400


def _catches_signals(pid: int) -> bool:
    """Whether the process has its own handler for SIGTERM."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    caught = next(line.split()[1] for line in status.splitlines() if line.startswith("SigCgt:"))
    return bool(int(caught, 16) >> (signal.SIGTERM - 1) & 1)


def test_sweeps_go_on_while_every_worker_is_busy(valkey_url: str, queue: Queue, redis: Redis) -> None:
    with launched(valkey_url):
        submit_and_hold(queue, redis)
        before = int(redis.get("swept") or 0)
        wait_until(lambda: int(redis.get("swept") or 0) > before, "another sweep")
        assert said(redis, "end") == []
        redis.delete("hold")
