"""The whole product on this machine: GitHub in miniature, receiver, Valkey, a worker, a scripted model."""

from __future__ import annotations

import json
import os
import socket
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from bot.sandbox.sandbox import Sandbox
from bot.sandbox.state import App, CheckRun, PullRequest, Repository, ReviewComment
from bot.settings import load_settings, variable
from tests.support.sandbox import private_key
from tests.support.waiting import wait_until
from workers.cli.stack import running

SECRET = "a webhook secret"

BASE = "def area(width, height):\n    return width * height\n"
HEAD = BASE + "\n\ndef ratio(width, height):\n    return width / height\n"
QUOTE = "    return width / height"


def finding(quote: str = QUOTE, path: str = "shapes.py", **more: Any) -> dict[str, Any]:
    """A finding as a model reports it."""
    return {
        "path": path,
        "quote": quote,
        "claim": "A height of zero is not handled.",
        "trigger": "height is 0",
        "consequence": "ZeroDivisionError",
        "category": "missing-check",
        "severity": "high",
        "confidence": 0.8,
        "needs": [],
    } | more


@dataclass
class Installed:
    """What tests do with it.

    Attributes:
        environment: what its processes got; a command that gets the same meets the same installation.
    """

    sandbox: Sandbox
    app: App
    rules: Path
    log: Path
    environment: Mapping[str, str]

    def model(self, *rules: Mapping[str, Any]) -> None:
        """From the next job on the model answers by these rules; none fit means that it refuses."""
        draft = self.rules.with_suffix(".new")
        draft.write_text(json.dumps({"rules": rules, "record": str(self.rules.with_name("asked"))}))
        draft.replace(self.rules)

    def finds(self, *findings: Mapping[str, Any]) -> None:
        """The model reports these in every review, and the second model confirms each."""
        confirmed = {"verdict": "confirmed", "introduced": True, "reason": "Nothing prevents it."}
        self.model(
            {"name": "find", "answer": {"findings": list(findings)}},
            {"name": "cross", "answer": confirmed},
            {"name": "recheck", "answer": confirmed},
        )

    @property
    def redis_url(self) -> str:
        """Where it keeps what it knows."""
        return self.environment[variable("redis_url")]

    def asked(self, kind: str) -> int:
        """Questions of one kind that the model got so far: `find`, `cross-check`, `recheck`."""
        record = self.rules.with_name("asked")
        lines = record.read_text().splitlines() if record.exists() else []
        return sum(json.loads(line)["name"].startswith(kind) for line in lines)

    def repository(self, name: str, files: Mapping[str, str] | None = None) -> Repository:
        """A repository on which the App is installed."""
        repository = self.sandbox.create_repository(f"acme/{name}", dict(files or {"shapes.py": BASE}))
        self.sandbox.install(self.app, repository)
        return repository

    def open(
        self, repository: Repository, files: Mapping[str, str] | None = None, *, draft: bool = False
    ) -> PullRequest:
        """A pull request that changes these files."""
        self.sandbox.commit(repository, "change", dict(files or {"shapes.py": HEAD}))
        return self.sandbox.open_pull_request(repository, "change", title="Add a ratio", draft=draft)

    def reviewed(self, pull: PullRequest, conclusion: str, seconds: float = 40.0) -> CheckRun:
        """Wait until the check run of the pull request's head has this conclusion."""

        def found() -> CheckRun | None:
            runs = checks_of(pull)
            return (
                runs[-1]
                if runs and (runs[-1].status, runs[-1].conclusion) == ("completed", conclusion)
                else None
            )

        try:
            self.sandbox.wait_until(lambda: found() is not None, seconds)
            run = found()
            assert run is not None, [(run.status, run.conclusion, run.title) for run in checks_of(pull)]
        except AssertionError:
            sys.stderr.write(self.log.read_text()[-4000:])
            raise
        return run

    def idle(self, pull: PullRequest, seconds: float = 40.0) -> None:
        """Wait until every webhook so far was answered."""
        self.sandbox.wait_until(lambda: all(one.status_code for one in self.sandbox.deliveries), seconds)

    def calls(self, repository: Repository, since: int = 0) -> list[str]:
        """API calls about a repository as `METHOD path`, without minting tokens."""
        return [
            f"{call.method} {call.path}"
            for call in self.sandbox.calls[since:]
            if repository.full_name in call.path or call.path == "/graphql"
        ]


def checks_of(pull: PullRequest) -> list[CheckRun]:
    """The check runs of the present head."""
    return [run for run in pull.repository.checks if run.head_sha == pull.head_sha]


def places(pull: PullRequest) -> list[tuple[str, int]]:
    """Where inline comments stand."""
    return [(comment.place.path, comment.place.line) for comment in pull.review_comments]


def own_comments(pull: PullRequest) -> list[str]:
    """Bodies of the bot's comments in the conversation."""
    return [comment.body for comment in pull.comments if comment.author.login.endswith("[bot]")]


def inline(pull: PullRequest) -> ReviewComment:
    """The only inline comment."""
    [comment] = pull.review_comments
    return comment


@contextmanager
def installed(
    folder: Path, environment: Mapping[str, str] | None = None, **settings: str
) -> Iterator[Installed]:
    """Start everything.

    Args:
        environment: further variables, under their own names.
        settings: further `AI_REVIEW_` variables in lower case without the prefix.
    """
    sandbox = Sandbox(folder / "github")
    rules, log, port = folder / "rules.json", folder / "log", _free_port()
    with sandbox.serve() as server:
        app = sandbox.create_app(
            webhook_url=f"http://127.0.0.1:{port}/webhooks/github",
            webhook_secret=SECRET,
            private_key=private_key(),
        )
        values = _environment(app, server.url, port, folder, settings) | dict(environment or {})
        with log.open("wb") as stream, running(load_settings(values), values, stream.fileno()) as stack:
            bot = Installed(sandbox, app, rules, log, values | {variable("redis_url"): stack.redis_url})
            bot.model()
            wait_until(lambda: _is_ready(port), f"the receiver is ready; its log is {log}", 60.0)
            yield bot


def _environment(app: App, url: str, port: int, folder: Path, settings: Mapping[str, str]) -> dict[str, str]:
    own = {
        "github_app_id": str(app.id),
        "github_private_key": app.private_key,
        "github_webhook_secret": SECRET,
        "github_api_url": url,
        "data_dir": str(folder / "data"),
        "model": f"scripted:{folder / 'rules.json'}",
        "cross_check_model": f"scripted:{folder / 'rules.json'}",
        "port": str(port),
        "workers": "1",
        "retry_delays": "1,1,1",
        "push_spacing": "0",
        "push_quiet": "0",
    } | settings
    passed = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
    return passed | {variable(name): value for name, value in own.items()}


def _is_ready(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/readyz", trust_env=False).is_success
    except httpx.HTTPError:
        return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
