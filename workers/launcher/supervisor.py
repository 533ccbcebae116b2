"""The launcher's own process: forks the others, starts again what dies, and stops them in an orderly way.

It talks to Redis only before the first fork, so an outage cannot end it.
What is *not* here: what the forked processes do.
"""

from __future__ import annotations

import contextlib
import importlib
import logging
import os
import select
import signal
import socket
import sys
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from types import FrameType
from typing import Final

from redis import Redis
from redis.exceptions import RedisError

from bot.processes import die_with_parent
from bot.queue import QueueOptions, options_of, why_refused
from bot.redis_access import connect_once, connect_patiently
from bot.settings import Settings, variable
from workers.launcher.complaints import Complaints
from workers.launcher.housekeeper import Housekeeper
from workers.launcher.timing import DEFAULT_TIMING, Timing
from workers.launcher.worker import QueueWorker, is_news

_POLL_SECONDS: Final = 0.5
_WITHOUT_REDIS: Final = 75
"""Status of a process that ended for Redis; the usual one for what may work later."""
_SIGNALS: Final = (signal.SIGTERM, signal.SIGINT)

_logger = logging.getLogger(__name__)


def run_workers(
    settings: Settings,
    redis_url: str,
    *,
    options: QueueOptions | None = None,
    timing: Timing = DEFAULT_TIMING,
    preload: Sequence[str] = ("workers.jobs",),
    sweep: Callable[[Redis], None] | None = None,
) -> int:
    """Run `settings.workers` workers until SIGTERM or SIGINT.

    Call it from the main thread of a process that has no other threads: it forks.
    The first signal lets jobs finish for `timing.grace` seconds; after that, or at the second signal, they
    are stopped and go back to the queue.

    Args:
        settings: for the number of workers, and what they say of the queue.
        redis_url: waited for when it does not answer yet.
        options: None: the usual ones; tests choose other job functions and times.
        timing: only tests have a reason to change it.
        preload: modules to import before forking, so that no job has to.
        sweep: looks for lost deliveries if it is time to; None: nobody does.

    Returns:
        Exit status: 0, or 1 when a process had to be killed.
    """
    chosen = options or options_of(settings)
    for module in preload:
        importlib.import_module(module)
    for name in ("worker", "job", "queue", "scheduler", "registry", "executions", "scripts"):
        logging.getLogger(f"rq.{name}").setLevel(logging.WARNING)
    logging.getLogger("rq.worker").addFilter(is_news)
    return _Supervisor(settings.workers, redis_url, chosen, timing, sweep).run()


@dataclass(slots=True)
class _Child:
    """A place for a process. `pid` is None while there is none; `due` is when the next one may start."""

    name: str
    main: Callable[[], None]
    pid: int | None = None
    started: float = 0.0
    due: float = 0.0
    deaths: int = 0


class _Supervisor:
    def __init__(
        self,
        workers: int,
        redis_url: str,
        options: QueueOptions,
        timing: Timing,
        sweep: Callable[[Redis], None] | None,
    ) -> None:
        self._url = redis_url
        self._sweep = sweep
        self._options = options
        self._timing = timing
        self._pid = os.getpid()
        self._scheduler_name = uuid.uuid4().hex
        self._signals = 0
        self._wake: socket.socket | None = None
        self._complaints = Complaints(_logger)
        self._children = [
            _Child("housekeeper", self._keep_house),
            *(_Child(f"worker {number}", self._work) for number in range(1, workers + 1)),
        ]

    def run(self) -> int:
        with self._signals_caught():
            self._wait_for_redis()
            if not self._signals:
                _logger.info("%d workers start", len(self._children) - 1)
            while not self._signals:
                self._start_due()
                self._wait(_POLL_SECONDS)
                self._reap()
            return self._stop()

    def _work(self) -> None:
        QueueWorker(connect_patiently(self._url), self._options, self._timing).work(logging_level=None)

    def _keep_house(self) -> None:
        redis = connect_patiently(self._url)
        Housekeeper(redis, self._options, self._timing, self._scheduler_name, self._sweep).run()

    def _wait_for_redis(self) -> None:
        while not self._signals:
            with connect_once(self._url) as redis:
                try:
                    redis.ping()
                except RedisError as error:
                    self._complaints.say(f"No worker starts: {why_refused(redis, error)}")
                else:
                    return
            self._wait(_POLL_SECONDS)

    def _start_due(self) -> None:
        now = time.monotonic()
        for child in self._children:
            if child.pid is None and child.due <= now:
                child.started = now
                child.pid = self._fork(child)

    def _fork(self, child: _Child) -> int:
        sys.stdout.flush()
        sys.stderr.flush()
        pid = os.fork()
        if pid:
            return pid
        status = 1
        try:
            self._become_child()
            child.main()
            status = 0
        except SystemExit:
            status = 0
        except RedisError:  # the housekeeper says why
            status = _WITHOUT_REDIS
        except BaseException:  # the fork must not run on in the launcher's code, whatever happened
            _logger.exception("The %s ended", child.name)
        finally:
            logging.shutdown()
            os._exit(status)

    def _become_child(self) -> None:
        signal.set_wakeup_fd(-1)
        for number in (*_SIGNALS, signal.SIGCHLD):
            signal.signal(number, signal.SIG_DFL)
        os.environ[variable("redis_url")] = self._url  # jobs read their settings from the environment
        # In a group of its own: Ctrl+C at a terminal is the launcher's affair, which then asks politely.
        os.setpgid(0, 0)
        die_with_parent(self._pid, signal.SIGTERM)

    def _reap(self) -> None:
        """Notice the dead."""
        for child in self._children:
            if child.pid is None:
                continue
            pid, status = os.waitpid(child.pid, os.WNOHANG)
            if pid == 0:
                continue
            now = time.monotonic()
            child.pid = None
            child.deaths = self._timing.deaths(child.deaths, now - child.started)
            pause = self._timing.pause(child.deaths)
            child.due = now + pause
            if self._signals:
                continue
            if os.waitstatus_to_exitcode(status) == _WITHOUT_REDIS:
                self._complaints.say("Redis does not do what the workers ask of it: they begin anew")
            else:
                _logger.warning("The %s ended; it is started again in %.2f s", child.name, pause)

    def _stop(self) -> int:
        self._tell(signal.SIGTERM)
        self._await_end(self._timing.grace, until_signals=self._signals + 1)
        if not self._alive():
            return 0
        self._tell(signal.SIGTERM)
        self._await_end(self._timing.forced)
        if not self._alive():
            return 0
        self._tell(signal.SIGKILL)
        self._await_end(self._timing.forced)
        return 1

    def _await_end(self, seconds: float, until_signals: int | None = None) -> None:
        deadline = time.monotonic() + seconds
        while self._alive() and time.monotonic() < deadline:
            if until_signals is not None and self._signals >= until_signals:
                return
            self._wait(min(_POLL_SECONDS, max(0.0, deadline - time.monotonic())))
            self._reap()

    def _alive(self) -> list[int]:
        return [child.pid for child in self._children if child.pid is not None]

    def _tell(self, number: signal.Signals) -> None:
        for pid in self._alive():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)

    def _wait(self, seconds: float) -> None:
        """Until a signal (the death of a child is one), or for some seconds."""
        if self._wake is not None and select.select([self._wake], [], [], seconds)[0]:
            with contextlib.suppress(BlockingIOError):
                self._wake.recv(4096)

    @contextlib.contextmanager
    def _signals_caught(self) -> Iterator[None]:
        self._wake, write = socket.socketpair()
        self._wake.setblocking(False)
        write.setblocking(False)
        old_fd = signal.set_wakeup_fd(write.fileno(), warn_on_full_buffer=False)
        old = {number: signal.signal(number, self._count) for number in _SIGNALS}
        old[signal.SIGCHLD] = signal.signal(signal.SIGCHLD, lambda _number, _frame: None)
        try:
            yield
        finally:
            signal.set_wakeup_fd(old_fd)
            for number, handler in old.items():
                signal.signal(number, handler)
            self._wake.close()
            write.close()

    def _count(self, _number: int, _frame: FrameType | None) -> None:
        self._signals += 1
