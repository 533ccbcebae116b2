"""Job functions for tests. They say in Redis what happens and wait there until they may go on.

said      list of lines `WORD HEAD ATTEMPT PID`
hold      while this key exists, a run waits in its middle
"""

from __future__ import annotations

import dataclasses
import os
import time
from typing import Any

from redis import Redis
from rq import get_current_job

from bot.queue import Queue, QueueOptions

OPTIONS = QueueOptions(
    review_function="tests.support.jobs.run_review",
    command_function="tests.support.jobs.run_command",
    review_deadline=60,
    lease=2.0,
    quiet=0.5,
    spacing=1.5,
)


LONG_LEASE = "tests.support.jobs.run_review_with_a_long_lease"


def run_review(argument: str) -> None:
    _review(argument, OPTIONS)


def run_review_with_a_long_lease(argument: str) -> None:
    """Its successor starts soon only if somebody ends the lease."""
    _review(argument, dataclasses.replace(OPTIONS, lease=60.0, review_function=LONG_LEASE))


def _review(argument: str, options: QueueOptions) -> None:
    redis = _redis()
    queue = Queue(redis, options)
    run = queue.begin(argument)
    if run is None:
        _say(redis, "nothing", "-", 0)
        return
    with run:
        head = str(run.request.ref.head_sha)
        _say(redis, "exhausted" if run.exhausted else "start", head, run.attempts)
        while not run.exhausted and redis.exists("hold"):
            time.sleep(0.02)
        if run.holds():
            _say(redis, "end", head, run.attempts)
        run.finish(head)


def run_command(argument: str) -> None:
    redis = _redis()
    job = Queue(redis, OPTIONS).read_command(argument)
    _say(redis, "command", job.request.command.name, job.retries)


def run_secret_failure(argument: str) -> None:
    raise ValueError(f"line one\nghs_canary {argument}")


def said(redis: Redis, word: str = "") -> list[list[str]]:
    lines: Any = redis.lrange("said", 0, -1)
    rows = [line.decode().split(" ") for line in lines]
    return [row for row in rows if not word or row[0] == word]


def _redis() -> Redis:
    job = get_current_job()
    assert job is not None
    return job.connection


def _say(redis: Redis, word: str, what: str, number: int) -> None:
    redis.rpush("said", f"{word} {what} {number} {os.getpid()}")
