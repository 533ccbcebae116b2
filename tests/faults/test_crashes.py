"""Processes of a whole installation die in the middle of a review; what people see is whole all the same."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.sandbox.journal import Fault
from bot.sandbox.state import PullRequest, Repository
from tests.support.installed import HEAD, Installed, checks_of, finding, installed, own_comments, places
from tests.support.launching import ROOT, children_of, is_alive
from tests.support.waiting import wait_until

pytestmark = [
    pytest.mark.xdist_group("crashes"),
    pytest.mark.skipif(sys.platform != "linux", reason="reads /proc and needs PDEATHSIG"),
]


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

    def asked(self, delay: float = 60.0) -> Callable[[], bool]:
        """From now on the model takes its time; whether it was asked."""
        record = self.bot.rules.with_name("asked")
        record.unlink(missing_ok=True)
        find = {"name": "find", "answer": {"findings": [finding()]}, "delay": delay}
        cross = {"name": "cross", "answer": {"verdict": "confirmed", "introduced": True, "reason": "Yes."}}
        self.bot.rules.write_text(json.dumps({"rules": [find, cross], "record": str(record)}))
        return record.exists

    def open(self, name: str) -> tuple[Repository, PullRequest]:
        repository = self.bot.repository(name)
        return repository, self.bot.open(repository)

    def is_whole(self, pull: PullRequest) -> None:
        """One of everything, however often the work was begun."""
        self.bot.reviewed(pull, "success")
        assert [run.status for run in checks_of(pull)] == ["completed"]
        assert len(pull.reviews) == 1
        assert places(pull) == [("shapes.py", 6)]
        assert len(own_comments(pull)) == 1


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    folder = tmp_path_factory.mktemp("installed")
    with installed(folder) as bot, _workers_of(folder) as workers:
        yield Scene(bot, workers)


@contextmanager
def _workers_of(folder: Path) -> Iterator[Workers]:
    mark = f"AI_REVIEW_DATA_DIR={folder}/data".encode()
    [launcher] = [
        pid
        for pid in children_of(os.getpid())
        if mark in _proc(pid, "environ") and _proc(pid, "cmdline").endswith(b"\0work\0")
    ]
    pairs = (part.partition(b"=") for part in _proc(launcher, "environ").split(b"\0") if part)
    environment = {os.fsdecode(name): os.fsdecode(value) for name, _, value in pairs}
    workers = Workers(launcher, environment, [], folder / "log")
    yield workers
    for process in workers.started:
        process.terminate()
        process.wait(20)


def _proc(pid: int, what: str) -> bytes:
    try:
        return Path(f"/proc/{pid}/{what}").read_bytes()
    except ProcessLookupError:  # it is dead, and not yet waited for
        return b""


def test_the_job_is_killed_while_the_model_is_asked(scene: Scene) -> None:
    asked = scene.asked()
    _, pull = scene.open("asking")
    wait_until(asked, "the model to be asked")
    scene.bot.finds(finding())
    os.kill(scene.workers.job(), signal.SIGKILL)
    scene.is_whole(pull)


def test_the_job_is_killed_before_github_took_the_review_that_it_sent(scene: Scene) -> None:
    scene.bot.finds(finding())
    repository = scene.bot.repository("sending")
    sending = scene.bot.sandbox.fail(Fault("POST", f"{repository.full_name}/pulls/1/reviews", delay=1.0))
    # Two reads of the pull request belong to the first run; the second run is to come after the review.
    scene.bot.sandbox.fail(Fault("GET", f"{repository.full_name}/pulls/1$", let_through=2, delay=2.0))
    pull = scene.bot.open(repository)
    wait_until(lambda: sending.seen, "the review to be sent")
    os.kill(scene.workers.job(), signal.SIGKILL)
    assert not pull.reviews
    scene.is_whole(pull)


def test_the_job_is_killed_before_it_knows_that_github_took_the_review(scene: Scene) -> None:
    scene.bot.finds(finding())
    repository = scene.bot.repository("unknown")
    lost = Fault("POST", f"{repository.full_name}/pulls/1/reviews", status=502, work_first=True)
    scene.bot.sandbox.fail(lost)
    pull = scene.bot.open(repository)
    assert scene.bot.sandbox.wait_until(lambda: bool(pull.reviews))
    os.kill(scene.workers.job(), signal.SIGKILL)
    assert not own_comments(pull)
    scene.is_whole(pull)


def test_the_job_is_killed_between_the_review_and_the_summary(scene: Scene) -> None:
    scene.bot.finds(finding())
    repository = scene.bot.repository("between")
    summary = scene.bot.sandbox.fail(
        Fault("POST", f"{repository.full_name}/issues/1/comments", status=502, delay=1.0)
    )
    pull = scene.bot.open(repository)
    wait_until(lambda: summary.seen, "the summary to be sent")
    os.kill(scene.workers.job(), signal.SIGKILL)
    assert [run.status for run in checks_of(pull)] == ["in_progress"]
    since = len(scene.bot.sandbox.calls)
    scene.is_whole(pull)
    assert not [call for call in scene.bot.calls(repository, since) if call.endswith("/reviews")]


def test_workers_that_are_told_to_stop_give_the_review_back(scene: Scene) -> None:
    asked = scene.asked()
    _, pull = scene.open("stopped")
    wait_until(asked, "the model to be asked")
    scene.bot.finds(finding())
    old = scene.workers.all()
    for _ in range(2):
        os.kill(scene.workers.launcher, signal.SIGTERM)
        wait_until(lambda: sum(map(is_alive, old)) < len(old), "a process to end")
    wait_until(lambda: not any(map(is_alive, old)), "the workers to end")
    scene.workers.start()
    scene.is_whole(pull)


def test_the_launcher_is_killed_and_the_review_is_finished_by_what_it_left(scene: Scene) -> None:
    asked = scene.asked(delay=1.0)
    _, pull = scene.open("orphaned")
    wait_until(asked, "the model to be asked")
    old = scene.workers.all()
    os.kill(scene.workers.launcher, signal.SIGKILL)
    scene.is_whole(pull)
    wait_until(lambda: not any(map(is_alive, old)), "nothing to be left over")
    scene.workers.start()
    scene.bot.finds(finding())
    scene.is_whole(scene.open("orphaned-next")[1])


def test_all_workers_are_killed_at_once(scene: Scene) -> None:
    asked = scene.asked()
    _, pull = scene.open("killed")
    wait_until(asked, "the model to be asked")
    scene.bot.finds(finding())
    old = scene.workers.all()
    for pid in old:
        with contextlib.suppress(ProcessLookupError):  # the death of one may have ended the next
            os.kill(pid, signal.SIGKILL)
    wait_until(lambda: not any(map(is_alive, old)), "nothing to be left over")
    scene.workers.start()
    scene.is_whole(pull)


def test_the_receiver_holds_no_key(scene: Scene) -> None:
    mark = f"AI_REVIEW_DATA_DIR={scene.workers.environment['AI_REVIEW_DATA_DIR']}".encode()
    [receiver] = [
        pid
        for pid in children_of(os.getpid())
        if mark in _proc(pid, "environ") and _proc(pid, "cmdline").endswith(b"\0serve\0")
    ]
    assert b"PRIVATE KEY" not in _proc(receiver, "environ")
    assert b"AI_REVIEW_GITHUB_WEBHOOK_SECRET=" in _proc(receiver, "environ")
    assert HEAD.encode() not in scene.bot.log.read_bytes()
