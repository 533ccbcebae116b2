"""One App on one repository with one pull request, as the code of a job meets them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from bot.domain.pull_request import PullRequestRef, Trigger
from bot.domain.request import ReviewRequest
from bot.github.tokens import Installation, load_app_key
from bot.sandbox import state
from bot.sandbox.sandbox import Sandbox
from tests.support.sandbox import numbered, private_key

FILES = {"shop/orders.py": numbered(50), "shop/basket.py": numbered(20)}


@dataclass(frozen=True, slots=True)
class Scene:
    """`acme/shop` with pull request 1, which adds files, so that a comment fits on each of their lines."""

    sandbox: Sandbox
    app: state.App
    repository: state.Repository
    installation: state.Installation
    pull: state.PullRequest

    @property
    def ref(self) -> PullRequestRef:
        return PullRequestRef("acme/shop", 1, self.pull.head_sha)

    @property
    def credentials(self) -> Installation:
        return Installation(load_app_key(str(self.app.id), self.app.private_key), self.installation.id)

    def request(self, trigger: Trigger = Trigger.OPENED, delivery: str = "d-1") -> ReviewRequest:
        return ReviewRequest(self.ref, self.installation.id, trigger, delivery)

    def push(self) -> None:
        """A newer head."""
        self.sandbox.commit(self.repository, "change", {"more.py": "x = 1\n"})

    def written(self) -> list[str]:
        """What was written, as `METHOD end-of-path`."""
        calls = [(call.method, call.path) for call in self.sandbox.calls if "access_tokens" not in call.path]
        return [
            f"{method} {path.rsplit('/', 1)[1]}"
            for method, path in calls
            if method != "GET" and path != "/graphql"
        ]

    def check(self) -> tuple[str, str | None, str | None]:
        """Status, conclusion and title of the only check run."""
        [run] = self.repository.checks
        return run.status, run.conclusion, run.title


def scene_in(folder: Path, head: dict[str, str] | None = None, base: dict[str, str] | None = None) -> Scene:
    """The scene; `head` replaces the files of the change."""
    sandbox = Sandbox(folder)
    app = sandbox.create_app(private_key=private_key())
    repository = sandbox.create_repository("acme/shop", dict(base or {"README.md": "# Shop\n"}))
    installation = sandbox.install(app, repository)
    sandbox.commit(repository, "change", dict(FILES if head is None else head))
    pull = sandbox.open_pull_request(repository, "change", title="Change it")
    return Scene(sandbox, app, repository, installation, pull)
