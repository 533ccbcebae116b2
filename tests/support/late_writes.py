"""What a job asks GitHub for and what becomes of it when the job dies, or its connection: each a case.

A case is brought about and left alone: what was sent may appear for 20 seconds, and many can wait together.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from bot.sandbox.journal import Fault, Gate
from bot.sandbox.state import PullRequest, Repository
from tests.support.installed import checks_of, own_comments
from tests.support.killing import Scene
from tests.support.waiting import wait_until


@dataclass
class Late:
    """A creation on a pull request of its own, which GitHub does when the gate opens.

    Attributes:
        path: of what creates.
        made: how many of its kind stand.
        breaks: the connection does, and the job lives; else the job is killed in the middle of the request.
    """

    scene: Scene
    repository: Repository
    path: str
    made: Callable[[PullRequest], int]
    breaks: bool
    gate: Gate = field(default_factory=Gate)

    def send(self) -> None:
        pattern = f"{self.repository.full_name}/{self.path}$"
        self.fault = self.scene.bot.sandbox.fail(
            Fault("POST", pattern, gate=self.gate, hang_up=self.breaks),
        )
        self.pull = self.scene.bot.open(self.repository)
        wait_until(lambda: self.gate.held, "the request to be sent")
        if not self.breaks:
            self.scene.workers.kill_job()

    def land(self) -> PullRequest:
        """GitHub does what was asked once the next run waits, or something was sent again."""
        wait_until(
            lambda: self.scene.waits(self.pull) or self.fault.seen > 1, "the next run to wait, or to go on"
        )
        made = self.made(self.pull)
        self.gate.open()
        assert self.scene.bot.sandbox.wait_until(lambda: self.made(self.pull) == made + 1)
        return self.pull


KINDS: Mapping[str, tuple[str, Callable[[PullRequest], int]]] = {
    "review": ("pulls/1/reviews", lambda pull: len(pull.reviews)),
    "summary": ("issues/1/comments", lambda pull: len(own_comments(pull))),
    "check": ("check-runs", lambda pull: len(checks_of(pull))),
}


def landed_late(scene: Scene) -> dict[str, PullRequest]:
    """Creations that GitHub does when nobody listens any more."""
    broken = {
        f"broken-{kind}": Late(scene, scene.bot.repository(f"broken-{kind}"), *KINDS[kind], breaks=True)
        for kind in KINDS
    }
    killed = {kind: Late(scene, scene.bot.repository(kind), *KINDS[kind], breaks=False) for kind in KINDS}
    for one in broken.values():  # their jobs try again after a pause: the others come meanwhile
        one.send()
    pulls = {}
    for name, one in killed.items():
        one.send()
        pulls[name] = one.land()
    return pulls | {name: one.land() for name, one in broken.items()}


def never_done(scene: Scene) -> PullRequest:
    """The request gets lost with its sender."""
    repository = scene.bot.repository("lost")
    sending = scene.bot.sandbox.fail(Fault("POST", f"{repository.full_name}/pulls/1/reviews$", delay=5.0))
    pull = scene.bot.open(repository)
    wait_until(lambda: sending.seen, "the review to be sent")
    scene.workers.kill_job()
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
    scene.workers.kill_job()
    assert not own_comments(pull)
    return pull


def review_stands_and_summary_does_not(scene: Scene) -> PullRequest:
    repository = scene.bot.repository("between")
    path = f"{repository.full_name}/issues/1/comments$"
    summary = scene.bot.sandbox.fail(Fault("POST", path, status=502, delay=1.0))
    pull = scene.bot.open(repository)
    wait_until(lambda: summary.seen, "the summary to be sent")
    scene.workers.kill_job()
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
    scene.workers.kill_job()
    wait_until(lambda: scene.waits() or answer.seen > 1, "the next try to wait, or to go on")
    gate.open()
    assert scene.bot.sandbox.wait_until(lambda: len(own_comments(pull)) > 1)
    return pull
