"""`ai-review doctor`: tries every setting and says how to mend what is wrong. Nothing is changed anywhere.

GitHub, Redis and each model are asked one small thing, unless models shall not be.

What is *not* here: what the settings mean (bot.settings).
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final

import msgspec

from bot.errors import GitHubError, ModelError, SettingsError
from bot.github.client import connect
from bot.queue import readiness
from bot.redis_access import connect_once
from bot.settings import Settings, load_settings, unknown_variables, variable
from workers.cli.choices import Role
from workers.cli.common import required
from workers.cli.serve import REDIS_HINT, SECRET_HINT
from workers.composition import app_key
from workers.models.prices import check_price
from workers.models.reaching import why_unusable
from workers.models.registry import STATIC, check_model

_NO_WORKER: Final = "No worker is running"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the answer.

    Attributes:
        problem: how to mend it, or None when all is well.
        note: what was found, when all is well.
    """

    name: str
    problem: str | None = None
    note: str = ""


def run(role: Role, *, ask: bool) -> int:
    """Print one line a check; 1 when anything has to be mended, else 0.

    Args:
        ask: whether models are asked a question, which costs some tokens.
    """
    settings, findings = _settings(os.environ)
    findings += _examine(settings, role, ask=ask)
    for finding in findings:
        sign, text = ("ok  ", finding.note) if finding.problem is None else ("MEND", finding.problem)
        sys.stdout.write(f"{sign}  {finding.name}: {text}\n")
    problems = sum(finding.problem is not None for finding in findings)
    sys.stdout.write(f"To mend: {problems}.\n" if problems else "Everything is set up.\n")
    return 1 if problems else 0


def _settings(environment: Mapping[str, str]) -> tuple[Settings, list[Finding]]:
    """Every value that can be used, and every one that cannot: one mistake must not hide the others."""
    values, findings = dict(environment), []
    for field in Settings.model_fields:
        name = variable(field)
        try:
            load_settings({name: values.get(name, "")})
        except SettingsError as error:
            findings.append(Finding("settings", str(error)))
            del values[name]
    if unknown := unknown_variables(environment):
        findings.append(Finding("settings", f"{', '.join(unknown)}: no such setting; check the spelling"))
    return load_settings(values), findings


def _examine(settings: Settings, role: Role, *, ask: bool) -> Iterator[Finding]:
    """What the role needs; what only another one needs is left out."""
    if role is not Role.WORK:
        yield _tried("webhook secret", lambda: _secret(settings))
    if role is not Role.SERVE:
        yield _tried("GitHub App", lambda: _app(settings))
        yield _tried("model", partial(_model, settings.model, settings, ask=ask))
        if settings.cross_check_model is not None:
            name = settings.cross_check_model
            yield _tried("cross-check model", partial(_model, name, settings, ask=ask))
        for name in settings.allowed_models:
            yield _tried("model that policies may choose", partial(_model, name, settings, ask=ask))
    yield from _redis(settings, role)


def _tried(name: str, check: Callable[[], str]) -> Finding:
    try:
        return Finding(name, note=check())
    except SettingsError as error:
        return Finding(name, str(error))
    except ModelError as error:
        return Finding(name, str(error))
    except GitHubError as error:
        return Finding(name, f"{error}; check AI_REVIEW_GITHUB_API_URL and the network")


def _secret(settings: Settings) -> str:
    required(settings, github_webhook_secret=SECRET_HINT)
    return f"{len(settings.github_webhook_secret)} set"


def _app(settings: Settings) -> str:
    class Answer(msgspec.Struct):
        slug: str = ""
        permissions: dict[str, str] = {}

    async def ask() -> Answer:
        async with connect(app_key(settings), settings.github_api_url) as github:
            return await github.get("/app", Answer)

    required(
        settings,
        github_app_id="give the id of your GitHub App",
        github_private_key="give the App's .pem file, or its text",
    )
    answer = asyncio.run(ask())
    wanted = {
        "contents": ("read", "write"),
        "issues": ("read", "write"),
        "pull_requests": ("write",),
        "checks": ("write",),
    }
    lacking = [name for name, levels in wanted.items() if answer.permissions.get(name) not in levels]
    if lacking:
        raise SettingsError(
            f"The App {answer.slug} lacks permissions ({', '.join(lacking)}): give it those that "
            "deploy/github-app-manifest.json lists"
        )
    return f"{answer.slug} at {settings.github_api_url}"


def _model(name: str, settings: Settings, *, ask: bool) -> str:
    check_model(name)
    check_price(name, settings)
    if name == STATIC:
        return f"{name} (analysers only, no model takes part)"
    if not ask:
        return f"{name} has what it needs; it was not asked"
    if (error := why_unusable(name, settings)) is not None:
        raise error
    return f"{name} answers"


def _redis(settings: Settings, role: Role) -> Iterator[Finding]:
    if settings.redis_url is None and role is not Role.UP:
        yield Finding("Redis", f"{variable('redis_url')} is not set: {REDIS_HINT}")
        return
    if settings.redis_url is None:
        note = f"{variable('redis_url')} is not set: `up` starts an embedded one under {settings.data_path}"
        yield Finding("Redis", note=note)
        return
    with connect_once(settings.redis_url) as redis:
        problems = [problem for problem in readiness(redis) if not problem.startswith(_NO_WORKER)]
    for problem in problems:
        unreachable = problem.startswith("Redis does not answer")
        mend = f": check {variable('redis_url')} and that the server runs" if unreachable else ""
        yield Finding("Redis", problem + mend)
    if not problems:
        yield Finding("Redis", note="reachable, keeps what it accepts")
