"""Ready-made sandboxes: one App, one repository, one pull request that changes files in several ways."""

from __future__ import annotations

import functools
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from bot.sandbox.auth import new_private_key
from bot.sandbox.repositories import Content
from bot.sandbox.sandbox import Sandbox
from bot.sandbox.state import App, Installation, Limits, PullRequest, Repository

SECRET = "a webhook secret"
HOOK = "http://receiver.test/webhooks/github"


@functools.cache
def private_key() -> str:
    """One RSA key for a whole test run: making one takes a tenth of a second."""
    return new_private_key()


def numbered(count: int, changes: dict[int, str] | None = None) -> str:
    """Lines `line 1` to `line COUNT`; `changes` puts other text at a line."""
    changes = changes or {}
    return "".join(f"{changes.get(number, f'line {number}')}\n" for number in range(1, count + 1))


BASE: dict[str, Content] = {
    "shop/orders.py": numbered(40),
    "shop/old_name.py": numbered(20),
    "gone.txt": "bye\n",
    "logo.png": b"\x00\x01",
    ".github/ai-review.yml": "enabled: true\n",
}
HEAD: dict[str, Content] = {
    # Two hunks: lines 2-8 and 27-33.
    "shop/orders.py": numbered(40, {5: "changed 5", 30: "changed 30"}),
    "shop/old_name.py": None,
    "shop/new_name.py": numbered(20, {10: "changed 10"}),
    "gone.txt": None,
    "logo.png": b"\x00\x02",
    "docs/größe und maß.md": "# Größe\n",
}


@dataclass
class Clock:
    """A clock that stands still until it is moved. POSIX seconds."""

    now: float = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Scene:
    """A sandbox with one of everything."""

    sandbox: Sandbox
    app: App
    repository: Repository
    installation: Installation
    pull: PullRequest
    clock: Clock
    path: str = field(init=False)

    def __post_init__(self) -> None:
        self.path = f"/repos/{self.repository.full_name}"

    def client(self, token: str | None = None) -> httpx.AsyncClient:
        """An HTTP client of the installation, or of a token's holder."""
        token = token or self.sandbox.installation_token(self.installation)
        return httpx.AsyncClient(
            transport=self.sandbox.transport(),
            base_url="http://github.test",
            headers={"authorization": f"Bearer {token}"},
        )

    def review(self, *comments: dict[str, Any], **more: Any) -> dict[str, Any]:
        """The body of a review request."""
        return {"event": "COMMENT", "body": "Looked at it.", "comments": list(comments)} | more


def scene(
    folder: Path,
    *,
    base: dict[str, Content] | None = None,
    head: dict[str, Content] | None = None,
    limits: Limits | None = None,
    permissions: dict[str, str] | None = None,
) -> Scene:
    """An App installed on `acme/shop`, and a pull request 1 from `change`."""
    clock = Clock()
    sandbox = Sandbox(folder, limits=limits, clock=clock)
    app = sandbox.create_app(
        webhook_url=HOOK, webhook_secret=SECRET, private_key=private_key(), permissions=permissions
    )
    repository = sandbox.create_repository("acme/shop", BASE if base is None else base)
    installation = sandbox.install(app, repository)
    sandbox.commit(repository, "change", HEAD if head is None else head)
    pull = sandbox.open_pull_request(repository, "change", title="Change two lines", body="Because.")
    return Scene(sandbox, app, repository, installation, pull, clock)
