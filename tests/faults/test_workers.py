"""A real launcher with real worker processes; times are short, deaths are real."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import signal
import sys
import time
from pathlib import Path

import pytest
from redis import Redis
from rq.scheduler import RQScheduler

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
SCHEDULER_LOCK = RQScheduler.get_locking_key(OPTIONS.name)


PATIENT = dataclasses.replace(OPTIONS, review_function=LONG_LEASE)
"""Of whom a successor starts soon only if somebody ends the lease."""


@pytest.fixture
def queue(redis: Redis) -> Queue:
    return Queue(redis, OPTIONS)


def submit_and_hold(queue: Queue, redis: Redis, number: int = 7, head: str = OLD) -> int:
    """A review that waits in its middle; the id of its process."""
    redis.set("hold", "1")
    queue.submit(review_request(f"d-{number}-{head}", head=head, number=number))
    return process_of(redis, head, 1)


def process_of(redis: Redis, head: str, start: int) -> int:
    """Of the how-maniest start of a review."""
    rows = wait_until(lambda: of_head(redis, "start", head)[start - 1 :], f"start {start} of {head}")
    return int(rows[0][3])


def of_head(redis: Redis, word: str, *heads: str) -> list[list[str]]:
    return [row for row in said(redis, word) if row[1] in heads]


def worker_of(launcher: int, job: int) -> int:
    return next(child for child in children_of(launcher) if job in children_of(child))


def is_idle(redis: Redis) -> bool:
    return redis.hget(SLOT, "job") is None and waiting_jobs(redis) == []


def test_jobs_are_done_and_nothing_is_left_and_one_that_fails_keeps_no_secret(
    valkey_url: str, queue: Queue, redis: Redis
) -> None:
    options = dataclasses.replace(OPTIONS, review_function="tests.support.jobs.run_secret_failure")
    Queue(redis, options).submit(review_request("f-1", number=8))
    (failing,) = waiting_jobs(redis)
    redis.hset(f"rq:job:{failing}", "retries_left", 1)
    queue.submit(review_request("d-1", head=OLD))
    queue.submit(command_request("c-1"))
    with launched(valkey_url) as launcher:
        wait_until(lambda: said(redis, "end") and said(redis, "command"), "both jobs")
        wait_until(lambda: is_idle(redis), "an empty queue")
        wait_until(lambda: redis.zcard(f"rq:failed:{OPTIONS.name}"), "the failure to be kept")
        launcher.send_signal(signal.SIGTERM)
        assert launcher.wait(5) == 0
    assert [row[:3] for row in said(redis)] == [
        ["command", "help", "0"],
        ["start", OLD, "1"],
        ["end", OLD, "1"],
    ]
    job = fetch(redis, failing)
    latest = job.latest_result()
    assert latest is not None
    assert latest.exc_string == "builtins.ValueError"
    assert "canary" not in str(job.to_dict())
    assert 0 < redis.ttl(job.key) <= 4 * 86_400


def test_a_killed_job_is_started_again_before_its_lease_runs_out_until_it_is_given_up_in_words(
    valkey_url: str, redis: Redis
) -> None:
    queue = Queue(redis, PATIENT)
    with launched(valkey_url):
        os.kill(submit_and_hold(queue, redis), signal.SIGKILL)
        process_of(redis, OLD, 2)
        redis.delete("hold")
        wait_until(lambda: said(redis, "end"), "the end")
        wait_until(lambda: is_idle(redis), "an empty queue")
        assert [row[2] for row in said(redis, "end")] == ["2"]

        submit_and_hold(queue, redis, 8, NEW)
        for start in range(1, 4):
            os.kill(process_of(redis, NEW, start), signal.SIGKILL)
        wait_until(lambda: said(redis, "exhausted"), "the run that says so")
        wait_until(lambda: of_head(redis, "end", NEW) and waiting_jobs(redis) == [], "an empty queue")
    assert len(of_head(redis, "start", NEW)) == OPTIONS.max_attempts
    assert of_head(redis, "end", NEW)[0][2] == "4"


def test_a_killed_worker_takes_its_job_along_and_whatever_dies_in_the_launcher_is_started_again(
    valkey_url: str, queue: Queue, redis: Redis
) -> None:
    with launched(valkey_url) as launcher:
        job = submit_and_hold(queue, redis)
        os.kill(worker_of(launcher.pid, job), signal.SIGKILL)
        wait_until(lambda: not is_alive(job), "the orphan to end")
        redis.delete("hold")

        before = wait_until(
            lambda: children_of(launcher.pid)[1:] and children_of(launcher.pid), "both children"
        )
        scheduler = wait_until(lambda: redis.get(SCHEDULER_LOCK), "a scheduler")
        for child in before:
            with contextlib.suppress(ProcessLookupError):  # the one that has just ended
                os.kill(child, signal.SIGKILL)
        wait_until(
            lambda: len(now := children_of(launcher.pid)) == 2 and not set(now) & set(before), "new children"
        )
        queue.submit(review_request("d-1", head="c" * 40, number=8))
        wait_until(lambda: of_head(redis, "end", "c" * 40), "the first review")
        queue.submit(review_request("d-2", head=NEW, number=8))  # soon after: it needs the scheduler
        wait_until(lambda: of_head(redis, "end", NEW), "the second review")
        assert redis.get(SCHEDULER_LOCK) == scheduler  # its successor had not to wait for that to run out
        wait_until(lambda: of_head(redis, "end", OLD), "the orphan's successor", 30)
        wait_until(lambda: is_idle(redis), "an empty queue")
    assert len(of_head(redis, "start", OLD)) == 2
    assert len(of_head(redis, "end", OLD)) == 1


def test_pushes_cost_two_reviews_whether_they_come_during_one_or_thirty_in_a_short_time(
    valkey_url: str, queue: Queue, redis: Redis
) -> None:
    many = [f"{number:040}" for number in range(1, 31)]
    with launched(valkey_url, workers=2):
        submit_and_hold(queue, redis)
        for letter in "cdef":
            queue.submit(review_request(f"p-{letter}", head=letter * 40))
        queue.submit(review_request("p-last", head=NEW))
        redis.delete("hold")

        began = time.monotonic()
        for number, head in enumerate(many, 1):
            queue.submit(review_request(f"p-{head}", head=head, number=8))
            due = began + number * OPTIONS.spacing * 0.5 / 30
            wait_until(lambda at=due: time.monotonic() >= at, "the next push")  # type: ignore[misc]
        wait_until(lambda: of_head(redis, "end", many[-1]), "the last head")
        wait_until(lambda: of_head(redis, "end", NEW), "the newest")
        wait_until(lambda: is_idle(redis), "an empty queue")
    assert [row[1] for row in said(redis, "start") if row[1] not in many] == [OLD, NEW]
    assert len(of_head(redis, "start", *many)) <= 2


def test_sweeps_go_on_while_every_worker_is_busy_and_a_request_to_stop_lets_the_job_finish(
    valkey_url: str, queue: Queue, redis: Redis
) -> None:
    with launched(valkey_url) as launcher:
        job = submit_and_hold(queue, redis)
        before = int(redis.get("swept") or 0)
        wait_until(lambda: int(redis.get("swept") or 0) > before, "another sweep")
        assert said(redis, "end") == []

        workers = children_of(launcher.pid)
        launcher.send_signal(signal.SIGTERM)
        wait_until(lambda: len(children_of(launcher.pid)) < len(workers), "the housekeeper to leave")
        assert is_alive(job)
        redis.delete("hold")
        assert launcher.wait(5) == 0
    assert len(said(redis, "end")) == 1
    assert is_idle(redis)


def test_a_job_that_must_stop_goes_back_to_the_queue_and_is_done_later(valkey_url: str, redis: Redis) -> None:
    redis.set("hold", "1")
    Queue(redis, PATIENT).submit(review_request(head=OLD))
    for start, (grace, signals) in enumerate([(0.2, 1), (30.0, 2)], 1):
        with launched(valkey_url, grace=grace) as launcher:
            job = process_of(redis, OLD, start)
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
    assert [row[2] for row in said(redis, "start")] == ["1", "1", "1"]


def test_workers_wait_for_a_redis_that_is_not_there_yet_and_for_one_that_is_killed_in_mid_job(
    tmp_path: Path,
) -> None:
    with launched(f"unix://{tmp_path}/valkey/valkey.sock", workers=2) as launcher:
        wait_until(lambda: _catches_signals(launcher.pid), "the launcher to wait")
        assert children_of(launcher.pid) == []
        with EmbeddedValkey(tmp_path) as server, connect_patiently(server.url) as redis:
            queue = Queue(redis, PATIENT)
            submit_and_hold(queue, redis)
            children = children_of(launcher.pid)
            os.kill(server.pid, signal.SIGKILL)
            queue.submit(review_request("d-2", trigger=Trigger.COMMAND, head=NEW))
            redis.delete("hold")
            wait_until(lambda: len(said(redis, "end")) == 2, "both reviews")
            wait_until(lambda: is_idle(redis), "an empty queue")
            assert children_of(launcher.pid) == children
            assert [row[1] for row in said(redis, "start")] == [OLD, NEW]
            launcher.send_signal(signal.SIGTERM)
            assert launcher.wait(5) == 0


def _catches_signals(pid: int) -> bool:
    """Whether the process has its own handler for SIGTERM."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    caught = next(line.split()[1] for line in status.splitlines() if line.startswith("SigCgt:"))
    return bool(int(caught, 16) >> (signal.SIGTERM - 1) & 1)
