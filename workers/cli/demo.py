"""`ai-review demo`: a pull request on a GitHub in miniature, reviewed by the real thing.

Real: git repositories, signed webhook, receiver, Valkey, RQ worker, engine. In miniature: GitHub itself
(bot.sandbox), which holds comments to GitHub's own rules. With a model in the environment the demo uses it.

What is *not* here: the processes (workers.cli.stack) and the sandbox's rules (bot.sandbox).
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Final

import httpx

from bot.errors import UsageError
from bot.sandbox.errors import SandboxError
from bot.sandbox.sandbox import Sandbox
from bot.sandbox.state import App, CheckRun, PullRequest, Repository
from bot.settings import Settings, check_trust_store, load_settings, variable
from workers.cli.common import EXIT_CLEAN, EXIT_INCOMPLETE
from workers.cli.demo_report import Report
from workers.cli.stack import Stack, running
from workers.context.local_git import LocalRepository
from workers.models.registry import STATIC

SECONDS_TO_START: Final = 60.0
_SECRET: Final = "demo-webhook-secret"  # noqa: S105 - opens nothing but this demo
_BRANCH: Final = "change"
_PERSON: Final = "ada"
_FOREIGN: Final = frozenset({variable("redis_url"), variable("github_token"), "GITHUB_TOKEN"})
"""The operator's real queue and token have no business in a demo."""


@dataclass(frozen=True, slots=True)
class Change:
    """What the pull request shall contain, already in the sandbox."""

    repository: Repository
    title: str
    body: str
    is_planted: bool = False


def run(repo: Path | None, revisions: str | None, *, serve: bool, output: Path | None) -> int:
    """Play the demo.

    Returns:
        0 when the pull request got its review, 2 when the model left something unread, 1 when no review came.
    """
    if (repo is None) != (revisions is None):
        raise UsageError("--repo and --range belong together: give both, or neither.")
    check_trust_store(os.environ)
    report = Report()
    # A script may have told us to ignore Ctrl+C, and SIGTERM would leave the folder behind.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.default_int_handler)
    with tempfile.TemporaryDirectory(prefix="ai-review-demo-") as folder:
        sandbox = Sandbox(Path(folder) / "github")
        with sandbox.serve() as server:
            report.step(f"GitHub in miniature serves at {server.url}")
            change = _own_change(sandbox) if repo is None else _change_of(sandbox, repo, str(revisions))
            return _play(sandbox, server.url, change, Path(folder), report, serve=serve, output=output)


def _play(
    sandbox: Sandbox,
    url: str,
    change: Change,
    folder: Path,
    report: Report,
    *,
    serve: bool,
    output: Path | None,
) -> int:
    port = _free_port()
    app = sandbox.create_app(webhook_url=f"http://127.0.0.1:{port}/webhooks/github", webhook_secret=_SECRET)
    values = _environment(app, url, port, folder)
    settings = load_settings(values)
    log = folder / "log"
    with log.open("wb") as stream, running(settings, values, stream.fileno()) as stack:
        _wait_until_ready(stack, port, log)
        report.step("Valkey, the receiver and one worker are up")
        sandbox.install(app, change.repository)
        pull = sandbox.open_pull_request(
            change.repository, _BRANCH, title=change.title, body=change.body, author=_PERSON
        )
        report.step(f"pull request #{pull.number} is opened and its signed webhook delivered")
        done = _await_review(sandbox, pull, settings, report, stack)
        if not done:
            report.failure(log)
            return 1
        report.review(pull, static=settings.model == STATIC)
        if change.is_planted:
            report.planted(pull)
        page = _write_page(sandbox, pull, output)
        report.page(page)
        incomplete = settings.model != STATIC and _is_neutral(pull)
        if incomplete:
            report.trouble(log)
        if serve:
            sandbox.set_role(change.repository, _PERSON, "write")
            report.addresses(url, pull, port, sandbox.user_token(_PERSON))
            _wait_for_interrupt(stack)
    return EXIT_INCOMPLETE if incomplete else EXIT_CLEAN


def _is_neutral(pull: PullRequest) -> bool:
    """Whether something could not be looked at."""
    return any(run.conclusion == "neutral" for run in pull.repository.checks)


def _own_change(sandbox: Sandbox) -> Change:
    """The pull request that comes with the program: six planted bugs, of which static rules can see three."""
    root = resources.files("workers.cli") / "demo_change"
    repository = sandbox.create_repository("harbour/marina", dict(_files(root / "base")))
    title, _, body = (root / "description.md").read_text(encoding="utf-8").partition("\n\n")
    sandbox.commit(repository, _BRANCH, dict(_files(root / "head")), message=title, author=_PERSON)
    return Change(repository, title, body, is_planted=True)


def _change_of(sandbox: Sandbox, repo: Path, revisions: str) -> Change:
    """A change of a repository on disk."""
    source = LocalRepository(repo)
    ends = source.resolve(revisions)
    if ends.head_sha is None:
        raise UsageError(f"{revisions} has one end: name both, as in main..HEAD.")
    title, body = source.message(ends)
    name = "".join(letter if letter.isalnum() and letter.isascii() else "-" for letter in source.root.name)
    try:
        repository = sandbox.import_repository(
            f"local/{name or 'repository'}", source.root, ends.tip_sha, ends.head_sha, branch=_BRANCH
        )
    except SandboxError as error:
        raise UsageError(f"{repo} cannot be used: {error}") from None
    return Change(repository, title or f"Changes of {revisions}", body)


def _files(folder: Traversable, prefix: str = "") -> Iterator[tuple[str, bytes]]:
    for entry in folder.iterdir():
        if entry.name == "__pycache__":
            continue
        if entry.is_dir():
            yield from _files(entry, f"{prefix}{entry.name}/")
        else:
            yield prefix + entry.name, entry.read_bytes()


def _environment(app: App, url: str, port: int, folder: Path) -> dict[str, str]:
    """The operator's environment with what belongs to the demo on top: models stay as they are configured."""
    own = {
        "github_app_id": str(app.id),
        "github_private_key": app.private_key,
        "github_webhook_secret": _SECRET,
        "github_api_url": url,
        "data_dir": str(folder / "data"),
        "host": "127.0.0.1",
        "port": str(port),
        "workers": "1",
        "retry_delays": ",",  # none: the demo has ended by then
    }
    rest = {name: value for name, value in os.environ.items() if name not in _FOREIGN}
    return rest | {variable(field): value for field, value in own.items()}


def _wait_until_ready(stack: Stack, port: int, log: Path) -> None:
    deadline = time.monotonic() + SECONDS_TO_START
    with httpx.Client(trust_env=False, timeout=5) as client:
        while time.monotonic() < deadline and not stack.has_ended():
            with contextlib.suppress(httpx.HTTPError):
                if client.get(f"http://127.0.0.1:{port}/readyz").is_success:
                    return
            time.sleep(0.1)
    raise UsageError(f"the demo did not start; the log of its processes ends with: {_last_line(log)}")


def _await_review(
    sandbox: Sandbox, pull: PullRequest, settings: Settings, report: Report, stack: Stack
) -> bool:
    """Follow the check run from its creation to its end."""

    def runs(status: str | None = None) -> list[CheckRun]:
        return [run for run in pull.repository.checks if status in (None, run.status)]

    if not _until(sandbox, lambda: bool(runs()), SECONDS_TO_START, stack):
        return False
    report.step("a worker took the job; the check run `ai-review` is in progress")
    return _until(sandbox, lambda: bool(runs("completed")), settings.review_deadline, stack)


def _until(sandbox: Sandbox, condition: Callable[[], bool], seconds: float, stack: Stack) -> bool:
    """Wait for something to show on the pull request, as long as the processes live."""
    deadline = time.monotonic() + seconds
    while not sandbox.wait_until(condition, timeout=1.0):
        if stack.has_ended() or time.monotonic() > deadline:
            return False
    return True


def _write_page(sandbox: Sandbox, pull: PullRequest, output: Path | None) -> Path:
    page = output or load_settings(os.environ).data_path / "demo.html"
    try:
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text(sandbox.page(pull), encoding="utf-8")
    except OSError as error:
        raise UsageError(
            f"{page} cannot be written ({error.strerror}): choose another with --output."
        ) from None
    return page


def _wait_for_interrupt(stack: Stack) -> None:
    with contextlib.suppress(KeyboardInterrupt):
        while not stack.has_ended():
            time.sleep(0.5)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _last_line(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    return lines[-1] if lines else "nothing"
