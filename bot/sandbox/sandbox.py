r"""Where scenarios are played: make Apps and pull requests, act as people do, look at what came of it.

    sandbox = Sandbox(folder)
    app = sandbox.create_app(webhook_url="http://127.0.0.1:8000/webhooks/github")
    repo = sandbox.create_repository("acme/shop", {"shop.py": "price = 1\n"})
    sandbox.install(app, repo)
    sandbox.commit(repo, "change", {"shop.py": "price = 2\n"})
    pull = sandbox.open_pull_request(repo, "change", title="Raise the price")

Everything here may be called from any thread. Deliveries are sent by `deliver`, or by the server of `serve`.

What people do stands in people.py and pushing.py.
What is *not* here: the API that a bot sees (api/, graphql/).
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import httpx

from bot.sandbox.app import build_app
from bot.sandbox.auth import mint, new_private_key
from bot.sandbox.errors import SandboxError
from bot.sandbox.journal import ApiCall, Fault, Journal
from bot.sandbox.page import render_pull_request
from bot.sandbox.people import People
from bot.sandbox.repositories import Content, GitRepository
from bot.sandbox.server import SandboxServer
from bot.sandbox.shapes.base import Links
from bot.sandbox.state import (
    App,
    Delivery,
    Installation,
    Limits,
    PullRequest,
    Repository,
    Token,
)
from bot.sandbox.transport import SandboxTransport
from bot.sandbox.world import World

PERMISSIONS = {
    "checks": "write", "contents": "read", "issues": "read", "metadata": "read", "pull_requests": "write",
}  # fmt: skip
EVENTS = (
    "check_run", "check_suite", "issue_comment", "pull_request", "pull_request_review_comment",
    "pull_request_review_thread",
)  # fmt: skip
ROLES = ("none", "read", "triage", "write", "maintain", "admin")


class Sandbox(People):
    """A GitHub of its own.

    Args:
        folder: where the git repositories go; made when missing.
        limits: sizes at which GitHub stops.
        clock: POSIX seconds, for tests that let time pass.
        public_url: address that payloads of events carry; give the server's, where one is used.
    """

    def __init__(
        self,
        folder: Path,
        *,
        limits: Limits | None = None,
        clock: Callable[[], float] = time.time,
        public_url: str = "http://github.sandbox.invalid",
    ) -> None:
        super().__init__(World(folder, limits or Limits(), clock, Links(public_url, public_url)))
        self._journal = Journal(build_app(self.world), self.world.changed)

    # ---- ways in -------------------------------------------------------------------------------------------

    @property
    def app(self) -> Journal:
        """The ASGI application."""
        return self._journal

    def transport(self) -> SandboxTransport:
        """For an httpx client that shall talk to this sandbox and nothing else."""
        return SandboxTransport(self._journal)

    def serve(self, port: int = 0) -> SandboxServer:
        """A server on 127.0.0.1, not started yet; it sends webhooks as they arise. Port 0 takes a free one.

        From here on payloads carry its address.
        """
        server = SandboxServer(self._journal, self.world.webhooks, port)
        self.world.move_to(Links(server.url, server.url))
        return server

    # ---- looking -------------------------------------------------------------------------------------------

    @property
    def calls(self) -> list[ApiCall]:
        """Every request so far, in the order of their answers."""
        return self._journal.calls

    @property
    def deliveries(self) -> list[Delivery]:
        """Every webhook so far, oldest first."""
        return self.world.state.deliveries

    def page(self, pull: PullRequest) -> str:
        """The pull request as one self-contained HTML page."""
        with self.world.changed:
            return render_pull_request(self.world, pull)

    def wait_until(self, condition: Callable[[], bool], timeout: float = 30.0) -> bool:
        """Wait, without polling, until a condition on the state holds; False after `timeout` seconds."""
        with self.world.changed:
            return self.world.changed.wait_for(condition, timeout)

    async def until(self, condition: Callable[[], bool], timeout: float = 30.0) -> bool:  # noqa: ASYNC109 -- as in wait_until
        """The same for coroutines: the event loop goes on meanwhile."""
        return await asyncio.to_thread(self.wait_until, condition, timeout)

    # ---- setting up ----------------------------------------------------------------------------------------

    def create_app(
        self,
        slug: str = "ai-review",
        *,
        webhook_url: str | None = None,
        webhook_secret: str = "sandbox-secret",  # noqa: S107 -- opens nothing but this sandbox
        permissions: Mapping[str, str] | None = None,
        events: Sequence[str] = EVENTS,
        private_key: str | None = None,
    ) -> App:
        """Register an App. Its id and `private_key` are what a bot is configured with."""
        with self.world.changed:
            number = self.state.new_id()
            app = App(
                id=number,
                slug=slug,
                client_id=f"Iv23li{number:014d}",
                owner=self.state.user("operator"),
                bot=self.state.user(f"{slug}[bot]", "Bot"),
                private_key=private_key or new_private_key(),
                webhook_url=webhook_url,
                webhook_secret=webhook_secret,
                permissions=dict(PERMISSIONS if permissions is None else permissions),
                events=tuple(events),
                created_at=self.world.clock(),
            )
            self.state.apps[number] = app
            return app

    def create_repository(
        self, full_name: str, files: Mapping[str, Content] | None = None, *, private: bool = True
    ) -> Repository:
        """A repository of an organisation (made when new) with a first commit on `main`."""
        with self.world.changed:
            repository = self._new_repository(full_name, private)
            content = {"README.md": f"# {full_name}\n"} if files is None else files
            repository.git.commit("main", content, message="First commit", author="operator", parent=None)
            return repository

    def import_repository(
        self, full_name: str, source: Path, base: str, head: str, *, branch: str = "change"
    ) -> Repository:
        """A copy of commits of a real repository: `main` is at `base`, `branch` at `head`.

        Raises:
            SandboxError: when the source is no repository or lacks a commit.
        """
        with self.world.changed:
            repository = self._new_repository(full_name, private=True)
            repository.git.set_branch("main", repository.git.fetch(source, base))
            repository.git.set_branch(branch, repository.git.fetch(source, head))
            return repository

    def fork(self, repository: Repository, owner: str) -> Repository:
        """Somebody's copy with the same branches."""
        with self.world.changed:
            fork = self._new_repository(f"{owner}/{repository.name}", repository.private, kind="User")
            fork.parent = repository
            main = repository.default_branch
            fork.git.set_branch(main, fork.git.fetch(repository.git.folder, f"refs/heads/{main}"))
            return fork

    def rename(self, repository: Repository, new_name: str) -> None:
        """Give it another name under its owner; the API points from the old one to the repository's id.

        Sends `repository`.
        """
        with self.world.changed:
            before, full_name = repository.name, f"{repository.owner.login}/{new_name}"
            if not self._is_free(full_name):
                raise SandboxError(f"{full_name!r} is not a free OWNER/NAME.")
            self.state.old_names[repository.full_name.lower()] = repository.id
            repository.name = new_name
            self.world.events.renamed(repository, before, repository.owner)

    def install(self, app: App, *repositories: Repository) -> Installation:
        """Install on these repositories of one owner; sends `installation`."""
        if len({repository.owner.id for repository in repositories}) != 1:
            raise SandboxError("An installation needs repositories of one owner.")
        with self.world.changed:
            one = Installation(
                id=self.state.new_id(),
                app=app,
                account=repositories[0].owner,
                repository_ids={repository.id for repository in repositories},
                permissions=dict(app.permissions),
                created_at=self.world.clock(),
            )
            self.state.installations[one.id] = one
            self.world.events.installation("created", one, repositories, one.account)
            return one

    def add_to_installation(self, installation: Installation, *repositories: Repository) -> None:
        """Let an installation see further repositories of its owner; sends `installation_repositories`."""
        if any(repository.owner is not installation.account for repository in repositories):
            raise SandboxError(f"The installation is on {installation.account.login}.")
        with self.world.changed:
            if installation.repository_ids is not None:
                installation.repository_ids |= {repository.id for repository in repositories}
            events, account = self.world.events, installation.account
            events.installation_repositories("added", installation, repositories, account)

    def suspend(self, installation: Installation) -> None:
        """Suspend it: its tokens are refused from now on."""
        with self.world.changed:
            installation.suspended_at = self.world.clock()
            self.world.events.installation("suspend", installation, (), installation.account)

    def uninstall(self, installation: Installation) -> None:
        """Remove it with its tokens."""
        with self.world.changed:
            self.world.events.installation("deleted", installation, (), installation.account)
            del self.state.installations[installation.id]

    def set_role(self, repository: Repository, login: str, role: str) -> None:
        """What somebody may do: none, read, triage, write, maintain or admin."""
        if role not in ROLES:
            raise SandboxError(f"{role!r} is no role.")
        with self.world.changed:
            self.state.user(login)
            repository.roles[login] = role

    def user_token(self, login: str) -> str:
        """A token of a person, as `GITHUB_TOKEN` would hold it."""
        with self.world.changed:
            token = Token(f"ghp_sandbox{self.state.new_id()}", self.state.user(login))
            self.state.tokens[token.text] = token
            return token.text

    def installation_token(self, installation: Installation) -> str:
        """A token of an installation without the way over the API."""
        with self.world.changed:
            life = self.world.limits.token_seconds
            return mint(self.state, installation, {}, self.world.clock(), life).text

    def expire_tokens(self) -> None:
        """Make every installation token stale now."""
        with self.world.changed:
            for token in self.state.tokens.values():
                if token.expires_at is not None:
                    token.expires_at = self.world.clock()

    # ---- webhooks and trouble ------------------------------------------------------------------------------

    async def deliver(self, client: httpx.AsyncClient) -> list[Delivery]:
        """Send every waiting webhook once, in order."""
        return await self.world.webhooks.deliver(client)

    def redeliver(self, delivery: Delivery) -> Delivery:
        """Put a further attempt of a delivery in the line."""
        return self.world.webhooks.redeliver(delivery)

    def ping(self, app: App) -> Delivery:
        """Put a ping in the line."""
        return self.world.events.ping(app)

    def fail(self, fault: Fault) -> Fault:
        """Order trouble for the next calls that fit."""
        with self.world.changed:
            self._journal.faults.append(fault)
            return fault

    # ---- within --------------------------------------------------------------------------------------------

    def _is_free(self, full_name: str) -> bool:
        owner, _, name = full_name.partition("/")
        return _is_name(owner) and _is_name(name) and self.state.repository(full_name) is None

    def _new_repository(self, full_name: str, private: bool, kind: str = "Organization") -> Repository:
        owner, _, name = full_name.partition("/")
        if not self._is_free(full_name):
            raise SandboxError(f"{full_name!r} is not a free OWNER/NAME.")
        number = self.state.new_id()
        repository = Repository(
            id=number,
            owner=self.state.user(owner, kind),
            name=name,
            git=GitRepository.create(self.world.folder / "repositories" / f"{number}-{name}.git"),
            default_branch="main",
            private=private,
            created_at=self.world.clock(),
        )
        self.state.repositories[number] = repository
        return repository


def _is_name(text: str) -> bool:
    return bool(text) and text.isascii() and text.replace("-", "").replace("_", "").replace(".", "").isalnum()
