"""Brings back jobs whose worker died, and starts jobs whose time has come.

rq has each worker do that besides its jobs, so that nobody does it while all are busy. Here it is a process
of its own. Every launcher of a fleet has one; locks in Redis see to it that they do not work at the same
time.
What is *not* here: deliveries that never became a job. Nothing fetches those again.
"""

from __future__ import annotations

import contextlib
import logging
import signal
import threading
import time
from types import FrameType
from typing import Final

from redis import Redis
from redis.exceptions import LockNotOwnedError, RedisError
from rq.registry import clean_registries
from rq.scheduler import RQScheduler
from rq.serializers import JSONSerializer
from rq.worker_registration import clean_worker_registry

from bot.queue import QueueOptions, open_rq_queue
from workers.launcher.timing import Timing
from workers.launcher.worker import QueueWorker

_LOCK_KEY: Final = "ai-review:housekeeping"
_LOCK_SECONDS: Final = (
    10  # rq's own lock lasts 15 minutes: a killed holder would stop all recovery for that long
)

_logger = logging.getLogger(__name__)


class Housekeeper:
    """The loop.

    Args:
        redis: a client.
        name: the same for every housekeeper of one launcher, so that a successor takes the scheduler's lock
            over.
    """

    def __init__(self, redis: Redis, options: QueueOptions, timing: Timing, name: str) -> None:
        self._redis = redis
        self._timing = timing
        self._queue = open_rq_queue(redis, options.name)
        self._janitor = _Janitor(redis, options, timing, register=False)
        self._scheduler = RQScheduler(
            [self._queue], redis, logging_level=logging.WARNING, serializer=JSONSerializer, name=name
        )
        self._stop = threading.Event()
        self._next_cleaning = 0.0
        self._last_contact = time.monotonic()

    def run(self) -> None:
        """Until SIGTERM."""
        signal.signal(signal.SIGTERM, self._request_stop)
        while not self._stop.is_set():
            try:
                self.step()
            except RedisError:
                _logger.warning("Redis does not answer; housekeeping goes on when it does")
            self._stop.wait(self._timing.tick)
        self._scheduler.release_locks()  # type: ignore[no-untyped-call]

    def step(self) -> None:
        """One round."""
        self._redis.ping()
        now = time.monotonic()
        if now - self._last_contact > self._timing.monitoring:
            # Nobody could send heartbeats meanwhile: give the living time to do so before calling them dead.
            self._next_cleaning = now + self._timing.heartbeat_ttl
        self._last_contact = now
        if self._scheduler.acquire_locks():  # type: ignore[no-untyped-call]
            self._scheduler.enqueue_scheduled_jobs()  # type: ignore[no-untyped-call]
        if now >= self._next_cleaning:
            self._next_cleaning = now + self._timing.maintenance
            self._clean()

    def _clean(self) -> None:
        lock = self._redis.lock(_LOCK_KEY, timeout=_LOCK_SECONDS, blocking=False)
        if not lock.acquire():
            return
        clean_registries(self._queue, [])
        clean_worker_registry(self._queue)
        self._queue.intermediate_queue.cleanup(self._janitor, self._queue)
        with contextlib.suppress(LockNotOwnedError):  # it ran out meanwhile: another has it by now
            lock.release()

    def _request_stop(self, _signum: int, _frame: FrameType | None) -> None:
        self._stop.set()


class _Janitor(QueueWorker):
    """rq wants a worker to fail stuck jobs with; this one never works and leaves no record of itself."""

    def increment_failed_job_count(self, pipeline: object = None) -> None:
        """Nothing."""
