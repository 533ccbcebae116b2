"""Brings back jobs whose worker died, starts jobs whose time has come, and has lost deliveries fetched again.

rq has each worker do that besides its jobs, so that nobody does it while all are busy. Here it is a process
of its own. Every launcher of a fleet has one; locks in Redis see to it that they do not work at the same
time.
What is *not* here: which deliveries are asked for again, and how often (workers.sweep, handed in). That runs
in a thread beside all else: however slow GitHub is, jobs do not wait for it.
"""

from __future__ import annotations

import contextlib
import logging
import math
import signal
import threading
import time
from collections.abc import Callable
from types import FrameType
from typing import Final

from redis import Redis
from redis.exceptions import LockNotOwnedError, RedisError
from rq.registry import ScheduledJobRegistry, clean_registries
from rq.scheduler import RQScheduler
from rq.serializers import JSONSerializer
from rq.worker_registration import clean_worker_registry

from bot.queue import QueueOptions, open_rq_queue, why_refused
from workers.launcher.complaints import Complaints
from workers.launcher.timing import Timing
from workers.launcher.worker import QueueWorker

_LOCK_KEY: Final = "ai-review:housekeeping"
_LOCK_SECONDS: Final = (
    10  # rq's own locks last a minute and 15 of them: a killed holder would stop all recovery for that long
)
_RQ_LOCK_SECONDS: Final = 60  # a scheduler's lock lasts this much longer than its interval

_logger = logging.getLogger(__name__)


class Housekeeper:
    """The loop.

    Args:
        redis: a client.
        name: the same for every housekeeper of one launcher, so that a successor takes the scheduler's lock
            over.
        sweep: looks for lost deliveries if it is time to; None: nobody does.
    """

    def __init__(
        self,
        redis: Redis,
        options: QueueOptions,
        timing: Timing,
        name: str,
        sweep: Callable[[Redis], None] | None = None,
    ) -> None:
        self._redis = redis
        self._timing = timing
        self._queue = open_rq_queue(redis, options.name)
        self._scheduled_key = ScheduledJobRegistry(queue=self._queue).key  # type: ignore[no-untyped-call]
        self._janitor = _Janitor(redis, options, timing, register=False)
        self._scheduler = RQScheduler(
            [self._queue],
            redis,
            interval=_LOCK_SECONDS - _RQ_LOCK_SECONDS,  # of which rq makes nothing but the lock's life here
            logging_level=logging.WARNING,
            serializer=JSONSerializer,
            name=name,
        )
        self._complaints = Complaints(_logger)
        self._stop = threading.Event()
        self._next_cleaning = 0.0
        self._last_contact = time.monotonic()
        self._sweep = sweep
        self._next_sweep = time.monotonic() + timing.sweeping  # the receiver may just be starting, too
        self._sweeping: threading.Thread | None = None

    def run(self) -> None:
        """Until SIGTERM."""
        signal.signal(signal.SIGTERM, self._request_stop)
        while not self._stop.is_set():
            pause = self._timing.tick
            try:
                self.step()
                pause = self.pause()
                self._complaints.over("Redis does what it is asked again")
            except RedisError as error:
                self._complaints.say(why_refused(self._redis, error))
            self._stop.wait(pause)
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
        if now >= self._next_sweep and self._sweep is not None:
            self._next_sweep = now + self._timing.sweeping
            self._sweep_beside(self._sweep)

    def pause(self) -> float:
        """Seconds until the next round: a tick, or less where a job is due before that.

        rq counts in whole seconds. What is overdue is another launcher's to start: that is no haste of ours.
        """
        tick, found = self._timing.tick, self._redis.zrange(self._scheduled_key, 0, 0, withscores=True)
        left = math.ceil(float(found[0][1])) - time.time() if found else tick
        return left if 0 < left < tick else tick

    def _sweep_beside(self, sweep: Callable[[Redis], None]) -> None:
        """In a thread, one at a time. It ends with this process, wherever it is."""
        if self._sweeping is not None and self._sweeping.is_alive():
            return
        self._sweeping = threading.Thread(target=self._run, args=(sweep,), name="sweep", daemon=True)
        self._sweeping.start()

    def _run(self, sweep: Callable[[Redis], None]) -> None:
        try:
            sweep(self._redis)
        except Exception:  # a thread's error would go past the log, and the next sweep may work
            _logger.exception("The sweep for lost deliveries ended")

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
