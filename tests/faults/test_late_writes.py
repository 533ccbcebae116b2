"""GitHub finishes what it was asked for after the process that asked is dead, or its connection: once.

Each case is brought about first, then all of them wait together: what was sent may appear for 20 seconds.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

import pytest

from bot.sandbox.journal import Fault, Gate
from bot.sandbox.state import PullRequest, Repository
from tests.support.installed import checks_of, finding, own_comments
from tests.support.killing import Scene, scene_in
from tests.support.waiting import wait_until

pytestmark = [
    pytest.mark.xdist_group("late-writes"),
    pytest.mark.skipif(sys.platform != "linux", reason="reads /proc and needs PDEATHSIG"),
]


Strike = Callable[[Scene], PullRequest]


@dataclass
class Late:
    """A creation on a pull request of its own, which GitHub does when the gate opens.

    Attributes:
        made: how many of its kind stand.
    """

    scene: Scene
    path: str
    made: Callable[[PullRequest], int]
    repository: Repository
    breaks: bool
    gate: Gate = field(default_factory=Gate)

    def strike(self) -> PullRequest:
        """Kill the job in the middle of the request, or break its connection.

        GitHub does what was asked once the next run waits, or something was sent again.
        """
        fault = Fault("POST", self._pattern, gate=self.gate, hang_up=self.breaks)
        self.scene.bot.sandbox.fail(fault)
        pull = self.scene.bot.open(self.repository)
        wait_until(lambda: self.gate.held, "the request to be sent")
        if not self.breaks:
            os.kill(self.scene.workers.job(), signal.SIGKILL)
        wait_until(lambda: self.scene.waits(pull) or fault.seen > 1, "the next run to wait, or to go on")
        made = self.made(pull)
        self.gate.open()
        assert self.scene.bot.sandbox.wait_until(lambda: self.made(pull) == made + 1)
        return pull

    @property
    def _pattern(self) -> str:
        return f"{self.repository.full_name}/{self.path}$"


def late(name: str, path: str, made: Callable[[PullRequest], int], *, breaks: bool = False) -> Strike:
    return lambda scene: Late(scene, path, made, scene.bot.repository(name), breaks).strike()


def reviews(pull: PullRequest) -> int:
    return len(pull.reviews)


def comments(pull: PullRequest) -> int:
    return len(own_comments(pull))


def check_runs(pull: PullRequest) -> int:
    return len(checks_of(pull))


def never_done(scene: Scene) -> PullRequest:
    """The request gets lost with its sender."""
    repository = scene.bot.repository("lost")
    sending = scene.bot.sandbox.fail(Fault("POST", f"{repository.full_name}/pulls/1/reviews$", delay=1.0))
    pull = scene.bot.open(repository)
    wait_until(lambda: sending.seen, "the review to be sent")
    os.kill(scene.workers.job(), signal.SIGKILL)
    assert not pull.reviews
    return pull


def done_and_unheard(scene: Scene) -> PullRequest:
    """GitHub did it and says that it did not, and the job is killed before it looks."""
    repository = scene.bot.repository("unheard")
    scene.bot.sandbox.fail(
        Fault("POST", f"{repository.full_name}/pulls/1/reviews$", status=502, work_first=True)
    )
    pull = scene.bot.open(repository)
    assert scene.bot.sandbox.wait_until(lambda: bool(pull.reviews))
    os.kill(scene.workers.job(), signal.SIGKILL)
    assert not own_comments(pull)
    return pull


def review_stands_and_summary_does_not(scene: Scene) -> PullRequest:
    repository = scene.bot.repository("between")
    path = f"{repository.full_name}/issues/1/comments$"
    summary = scene.bot.sandbox.fail(Fault("POST", path, status=502, delay=1.0))
    pull = scene.bot.open(repository)
    wait_until(lambda: summary.seen, "the summary to be sent")
    os.kill(scene.workers.job(), signal.SIGKILL)
    assert [run.status for run in checks_of(pull)] == ["in_progress"]
    return pull


def answer_to_a_command(scene: Scene) -> PullRequest:
    """GitHub has the answer when the command is done once more."""
    repository, gate = scene.bot.repository("command"), Gate()
    pull = scene.bot.open(repository)
    scene.bot.reviewed(pull, "success")
    path = f"{repository.full_name}/issues/1/comments$"
    answer = scene.bot.sandbox.fail(Fault("POST", path, gate=gate))
    scene.bot.sandbox.comment(pull, "/ai-review help", author="acme")
    wait_until(lambda: gate.held, "the answer to be sent")
    os.kill(scene.workers.job(), signal.SIGKILL)
    wait_until(lambda: scene.waits() or answer.seen > 1, "the next try to wait, or to go on")
    gate.open()
    assert scene.bot.sandbox.wait_until(lambda: len(own_comments(pull)) > 1)
    return pull


CASES: Mapping[str, Strike] = {
    "review": late("review", "pulls/1/reviews", reviews),
    "summary": late("summary", "issues/1/comments", comments),
    "broken-review": late("broken-review", "pulls/1/reviews", reviews, breaks=True),
    "broken-summary": late("broken-summary", "issues/1/comments", comments, breaks=True),
    "check": late("check", "check-runs", check_runs),
    "broken-check": late("broken-check", "check-runs", check_runs, breaks=True),
    "never": never_done,
    "unheard": done_and_unheard,
    "between": review_stands_and_summary_does_not,
}


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    with scene_in(tmp_path_factory.mktemp("installed")) as one:
        yield one


@pytest.fixture(scope="module")
def pulls(scene: Scene) -> Mapping[str, PullRequest]:
    scene.bot.finds(finding())
    return {name: strike(scene) for name, strike in CASES.items()}


@pytest.mark.parametrize("case", CASES)
def test_what_is_created_stands_once_whatever_became_of_its_job_and_its_connection(
    scene: Scene, pulls: Mapping[str, PullRequest], case: str
) -> None:
    scene.is_whole(pulls[case])


def test_a_command_that_is_killed_while_it_answers_answers_once(scene: Scene) -> None:
    pull = answer_to_a_command(scene)
    [asked] = [one for one in pull.comments if one.author.login == "acme"]
    assert scene.bot.sandbox.wait_until(lambda: len(asked.reactions) == 2)
    assert len(own_comments(pull)) == 2


def test_no_further_run_sent_a_review_that_github_had(scene: Scene, pulls: Mapping[str, PullRequest]) -> None:
    for name in ("review", "broken-review", "unheard", "between"):
        scene.is_whole(pulls[name])
        sent = [call for call in scene.bot.calls(pulls[name].repository) if call.startswith("POST")]
        assert len([call for call in sent if call.endswith("/reviews")]) == 1
