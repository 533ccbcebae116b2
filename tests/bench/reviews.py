"""Whole reviews: from the delivery of the webhook to the completed check run, in a worker that is warm.

GitHub in miniature runs in this process and adds no delay of its own; the model is scripted.
What is *not* here: the engine without GitHub and queue (tests.bench.engine).
"""

from __future__ import annotations

import itertools
import resource
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from bot.sandbox.state import PullRequest
from tests.bench.changes import QUOTE, Files, files
from tests.bench.figures import Figure, Target
from tests.bench.processes import Tree, cpu_of_children
from tests.support.installed import Installed, checks_of, finding
from tests.support.waiting import wait_until

FIND_SECONDS = 0.5
CROSS_CHECK_SECONDS = 0.25
MODEL_SECONDS = FIND_SECONDS + CROSS_CHECK_SECONDS
"""The questions of a pass are asked at the same time: sixty files make three, the fleet's limit is eight."""

_FINDINGS = 3
_SECONDS = 60.0
_FAST = (Target.BELOW, 1.5)
_CALLS = {6: (Target.AT_MOST, 8.0), 60: (Target.AT_MOST, 14.0)}


@dataclass(frozen=True, slots=True)
class Reviewed:
    """One review.

    Attributes:
        seconds: from the webhook's delivery to the completed check run.
        cpu: CPU seconds of the job's process and of the programs that it started.
        github: CPU seconds of this process and its git meanwhile: what GitHub in miniature takes to answer.
        calls: API calls, as seen by GitHub.
    """

    seconds: float
    cpu: float
    github: float
    calls: int


@dataclass(frozen=True, slots=True)
class Bench:
    """An installation and its processes."""

    bot: Installed
    tree: Tree
    names: Iterator[int] = field(default_factory=itertools.count)

    def open(self, change: Files) -> PullRequest:
        """A pull request in a repository of its own."""
        return self.bot.open(self.bot.repository(f"bench-{next(self.names)}", change.base), change.head)

    def review(self, change: Files, comments: int | None) -> Reviewed:
        """One review, watched; `comments` is how many inline ones it must leave, None for some."""
        job_cpu, since = self._job_cpu(), len(self.bot.sandbox.calls)
        pull = self.open(change)
        began = next(
            one for one in reversed(self.bot.sandbox.deliveries) if one.action == "opened"
        ).created_at
        own_cpu = _own_cpu()
        assert self.bot.sandbox.wait_until(lambda: _is_completed(pull), _SECONDS), self.bot.log.read_text()[
            -4000:
        ]
        seconds, own_cpu = time.time() - began, _own_cpu() - own_cpu
        wait_until(lambda: not self.tree.jobs(), "the job's process has ended")
        found = len(pull.review_comments)
        assert checks_of(pull)[-1].conclusion == "success", self.bot.log.read_text()[-4000:]
        assert found == comments or (comments is None and found), f"{found} inline comments"
        calls = len(self.bot.calls(pull.repository, since))
        return Reviewed(seconds, self._job_cpu() - job_cpu, own_cpu, calls)

    def occupy(self, seconds: float) -> None:
        """Let every worker wait for a model that takes its time."""
        change = files(6)
        self.bot.model({"answer": {"findings": []}, "delay": seconds})
        pulls = [self.open(change) for _ in self.tree.workers]
        texts_read = "/graphql"  # what a job asks of GitHub last before it asks the model
        assert self.bot.sandbox.wait_until(lambda: self._asked(texts_read) >= len(pulls), _SECONDS)
        wait_until(lambda: len(self.tree.jobs()) == len(pulls), "every worker is busy")

    def _asked(self, path: str) -> int:
        return sum(call.path == path for call in self.bot.sandbox.calls)

    def _job_cpu(self) -> float:
        return sum(cpu_of_children(worker) for worker in self.tree.workers)


def measure_with_model(bench: Bench) -> list[Figure]:
    """Six and sixty files; three findings each, which the second model confirms."""
    figures: list[Figure] = []
    for count, times in ((6, 5), (60, 3)):
        change = files(count)
        _script(bench.bot, change)
        runs = _repeated(bench, change, times, _FINDINGS)
        size = f"{count} files"
        figures += [
            _figure("Review with a model", f"API calls, {size}", "calls", runs, _calls, _CALLS[count]),
            _figure(
                "Review with a model",
                f"webhook to finished check, less {MODEL_SECONDS:g} s of the model, {size}",
                "s",
                runs,
                lambda run: run.seconds - MODEL_SECONDS,
                _FAST if count == 6 else None,
            ),
            _figure("Review with a model", f"CPU time of the job, {size}", "s", runs, _cpu),
            _figure("Review with a model", f"CPU time of the simulated GitHub, {size}", "s", runs, _github),
        ]
    return figures


def measure_static(bench: Bench) -> list[Figure]:
    """Six files, by analysers alone."""
    runs = _repeated(bench, files(6), 4, None)
    return [
        _figure("Static review", "API calls, 6 files", "calls", runs, _calls, _CALLS[6]),
        _figure("Static review", "webhook to finished check, 6 files", "s", runs, lambda run: run.seconds),
        _figure("Static review", "CPU time of the job, 6 files", "s", runs, _cpu),
    ]


def _repeated(bench: Bench, change: Files, times: int, comments: int | None) -> list[Reviewed]:
    """After a first one that warms up: the operating system's caches, the App's token."""
    bench.review(change, comments)
    return [bench.review(change, comments) for _ in range(times)]


def _script(bot: Installed, change: Files) -> None:
    first, *_ = paths = change.python_paths()[:_FINDINGS]
    found = [finding(QUOTE, path, claim=f"An empty list is not handled in {path}.") for path in paths]
    confirmed = {"verdict": "confirmed", "introduced": True, "reason": "Nothing prevents it."}
    bot.model(
        {"name": "find", "match": first, "answer": {"findings": found}, "delay": FIND_SECONDS},
        {"name": "find", "answer": {"findings": []}, "delay": FIND_SECONDS},
        {"name": "cross", "answer": confirmed, "delay": CROSS_CHECK_SECONDS},
    )


def _own_cpu() -> float:
    """CPU seconds of this process and of the programs that it has started and seen end."""
    return sum(sum(resource.getrusage(who)[:2]) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))


def _is_completed(pull: PullRequest) -> bool:
    runs = checks_of(pull)
    return bool(runs) and runs[-1].status == "completed"


def _figure(
    group: str,
    name: str,
    unit: str,
    runs: list[Reviewed],
    take: Callable[[Reviewed], float],
    target: tuple[Target, float] | None = None,
) -> Figure:
    return Figure(group, name, unit, tuple(take(run) for run in runs), target)


def _calls(run: Reviewed) -> float:
    return run.calls


def _cpu(run: Reviewed) -> float:
    return run.cpu


def _github(run: Reviewed) -> float:
    return run.github
