"""An installation whose processes a test kills, and what must stand on a pull request in the end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from redis import Redis

from bot.queue.layout import DEFAULT_OPTIONS, slot_id
from bot.sandbox.state import PullRequest
from tests.support.installed import HEAD, Installed, checks_of, finding, installed, own_comments, places
from tests.support.launching import ROOT, children_of
from tests.support.queueing import waiting_jobs
from tests.support.waiting import wait_until


@dataclass
class Workers:
    """The processes behind `ai-review work`.

    Attributes:
        launcher: the process that forks the others.
        started: those that a test started itself.
    """

    launcher: int
    environment: dict[str, str]
    started: list[subprocess.Popen[bytes]]
    log: Path

    def kill_job(self) -> None:
        """The process of the review that is under way dies; its worker lives on."""
        os.kill(self.job(), signal.SIGKILL)

    def job(self) -> int:
        """The process of the review that is under way."""
        return wait_until(lambda: next(iter(self._jobs()), 0), "a job's process")

    def all(self) -> list[int]:
        """Launcher, housekeeper, worker and job."""
        below = [pid for child in children_of(self.launcher) for pid in (child, *children_of(child))]
        return [self.launcher, *below]

    def start(self) -> None:
        """A new launcher in place of one that is gone."""
        with self.log.open("ab") as log:
            command = [sys.executable, "-m", "workers.cli.main", "work"]
            process = subprocess.Popen(command, env=self.environment, cwd=ROOT, stdout=log, stderr=log)
        self.started.append(process)
        self.launcher = process.pid

    def _jobs(self) -> list[int]:
        return [pid for child in children_of(self.launcher) for pid in children_of(child)]


@dataclass
class Scene:
    bot: Installed
    workers: Workers

    def asking(self, name: str, delay: float = 60.0) -> PullRequest:
        """A new pull request as soon as the model is asked about it, which takes its time over this one."""
        slow = {"name": "find", "match": name, "answer": {"findings": [finding()]}, "delay": delay}
        find = {"name": "find", "answer": {"findings": [finding()]}}
        cross = {"name": "cross", "answer": {"verdict": "confirmed", "introduced": True, "reason": "Yes."}}
        self.bot.model(slow, find, cross)
        pull = self.bot.open(self.bot.repository(name), {"shapes.py": f"{HEAD}\n# {name}\n"})
        record = self.bot.rules.with_name("asked")
        wait_until(lambda: record.exists() and f"# {name}" in record.read_text(), "the model to be asked")
        return pull

    def waits(self, pull: PullRequest | None = None) -> bool:
        """Whether the next run of this pull request is put off; without one: whether some command is."""
        start = f"review-{slot_id(pull.repository.full_name, pull.number)}" if pull else "command-"
        with Redis.from_url(self.workers.environment["AI_REVIEW_REDIS_URL"]) as redis:
            names: Any = redis.zrange(f"rq:scheduled:{DEFAULT_OPTIONS.name}", 0, -1)
        return any(name.decode().startswith(start) for name in names)

    def is_queued(self, pull: PullRequest) -> bool:
        """Whether the next worker that comes will take it up."""
        with Redis.from_url(self.workers.environment["AI_REVIEW_REDIS_URL"]) as redis:
            names = waiting_jobs(redis)
        start = f"review-{slot_id(pull.repository.full_name, pull.number)}"
        return any(name.startswith(start) for name in names)

    def is_whole(self, pull: PullRequest) -> None:
        """One of everything, however often the work was begun."""
        self.bot.reviewed(pull, "success")
        assert [run.status for run in checks_of(pull)] == ["completed"]
        assert len(pull.reviews) == 1
        assert places(pull) == [("shapes.py", 6)]
        assert len(own_comments(pull)) == 1


@contextmanager
def scene_in(folder: Path) -> Iterator[Scene]:
    """Start everything, with one worker."""
    with installed(folder) as bot, _workers_of(folder) as workers:
        yield Scene(bot, workers)


@contextmanager
def _workers_of(folder: Path) -> Iterator[Workers]:
    mark = f"AI_REVIEW_DATA_DIR={folder}/data".encode()
    [launcher] = [
        pid
        for pid in children_of(os.getpid())
        if mark in proc_of(pid, "environ") and proc_of(pid, "cmdline").endswith(b"\0work\0")
    ]
    pairs = (part.partition(b"=") for part in proc_of(launcher, "environ").split(b"\0") if part)
    environment = {os.fsdecode(name): os.fsdecode(value) for name, _, value in pairs}
    workers = Workers(launcher, environment, [], folder / "log")
    yield workers
    for process in workers.started:
        process.terminate()
        process.wait(20)


def proc_of(pid: int, what: str) -> bytes:
    try:
        return Path(f"/proc/{pid}/{what}").read_bytes()
    except ProcessLookupError:  # it is dead, and not yet waited for
        return b""
