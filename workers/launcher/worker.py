"""rq's worker with our ways: who watches, what is kept of a failure, and what a stop does to the job at hand.

What is *not* here: rq's scheduler and maintenance (workers.launcher.housekeeper).
"""

from __future__ import annotations

import contextlib
import logging
import os
import signal
from types import FrameType
from typing import Any

from redis import Redis
from redis.exceptions import RedisError
from rq import Queue as RqQueue
from rq import Worker
from rq.executions import Execution
from rq.job import Job
from rq.serializers import JSONSerializer

from bot.errors import JobUnreadable, QueueUnavailable
from bot.processes import die_with_parent
from bot.queue import Queue, QueueOptions, open_rq_queue
from workers.launcher.timing import Timing

_RQ_BASE_SECONDS = 15  # rq waits this much less than `worker_ttl` for a job
_LONGEST_FAILURE = 200

_logger = logging.getLogger(__name__)


def is_news(record: logging.LogRecord) -> bool:
    """Whether nobody else logs this: rq puts a traceback there each time that Redis refuses a worker."""
    return not (record.exc_info and isinstance(record.exc_info[1], RedisError))


class QueueWorker(Worker):
    """A worker of one process; each job runs in a fork of it."""

    def __init__(self, redis: Redis, options: QueueOptions, timing: Timing, *, register: bool = True) -> None:
        self._ours = Queue(redis, options)
        self._timing = timing
        self._failure = ""
        super().__init__(
            [open_rq_queue(redis, options.name)],
            connection=redis,
            serializer=JSONSerializer,
            worker_ttl=timing.idle + _RQ_BASE_SECONDS,
            job_monitoring_interval=timing.monitoring,
            log_job_description=False,
            prepare_for_work=register,
        )
        self.log_result_lifespan = False

    @property
    def should_run_maintenance_tasks(self) -> bool:
        """Never: workers can be busy for a quarter of an hour, so the housekeeper does it."""
        return False

    def get_heartbeat_ttl(self, job: Job, working_time: float = 0.0) -> int:
        """Without rq's extra minute."""
        return self._timing.heartbeat_ttl

    def subscribe(self) -> None:
        """Take no commands through Redis: nobody sends any, and it would cost a thread and a connection."""

    def set_shutdown_requested_date(self) -> None:
        """Nothing: rq would talk to Redis from within a signal handler."""

    def main_work_horse(self, job: Job, queue: RqQueue) -> None:
        """Run the job, in the forked process. It ends with this worker, so that nothing runs unwatched."""
        if self.pid is not None:
            die_with_parent(self.pid, signal.SIGKILL)
        super().main_work_horse(job, queue)

    def execute_job(self, job: Job, queue: RqQueue) -> None:
        """Run the job in a fork; a forced stop puts it back on the queue."""
        try:
            super().execute_job(job, queue)
        except SystemExit:
            self._bury(job, stopped=True)
            self.handle_job_failure(job, queue, exc_string="Stopped", execution=self.execution)
            raise

    def request_force_stop(self, signum: int, frame: FrameType | None) -> None:
        """Second signal: end the job and leave."""
        if self.horse_pid:
            self.kill_horse()
            self.wait_for_horse()
        raise SystemExit

    def kill_horse(self, sig: signal.Signals = signal.SIGKILL) -> None:
        """End the job's process and those it started."""
        with contextlib.suppress(ProcessLookupError):
            if os.getpgid(self.horse_pid) == self.horse_pid:
                os.killpg(self.horse_pid, sig)
            else:  # it has not made its own group yet: its group is ours
                os.kill(self.horse_pid, sig)

    def handle_work_horse_killed(self, job: Job, retpid: int, ret_val: int, rusage: Any) -> None:
        """The job's process died: end what it started, and free its pull request."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(retpid, signal.SIGKILL)
        self._bury(job, stopped=False)

    def handle_exception(self, job: Job, *exc_info: Any) -> None:
        """Note the kind of error only: texts and arguments may hold secrets. Jobs log their own errors."""
        kind: type[BaseException] = exc_info[0]
        self._failure = f"{kind.__module__}.{kind.__qualname__}"
        _logger.error("Job %s failed: %s", job.id, self._failure)

    def handle_job_failure(
        self,
        job: Job,
        queue: RqQueue,
        started_job_registry: Any = None,
        exc_string: str = "",
        execution: Execution | None = None,
    ) -> None:
        """Keep a failed job without its traceback."""
        kept = self._failure or exc_string[:_LONGEST_FAILURE]
        super().handle_job_failure(job, queue, started_job_registry, kept, execution)

    def _bury(self, job: Job, *, stopped: bool) -> None:
        try:
            self._ours.bury(str(job.args[0]), stopped=stopped)
        except JobUnreadable:
            return  # no review job, so there is no lease
        except QueueUnavailable:
            _logger.warning("The lease of job %s could not be ended; it runs out by itself", job.id)
