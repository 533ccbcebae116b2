"""`ai-review doctor`: tries every setting and says how to mend what is wrong. Nothing is changed anywhere.

GitHub, Redis and each model are asked one small thing, unless models shall not be. What a wrong setting is
about is not tried: its default would be somebody else.

What is *not* here: what the settings mean (bot.settings), what GitHub says of the App
(workers.cli.doctor_app), and the data folder (workers.cli.doctor_folder).
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import partial

from bot.errors import GitHubError, GitHubUnavailable, ModelError, SettingsError
from bot.queue import readiness
from bot.redis_access import connect_once
from bot.settings import (
    TRUST_STORE,
    Settings,
    check_trust_store,
    load_settings,
    unknown_variables,
    variable,
)
from workers.cli.choices import Role
from workers.cli.common import required
from workers.cli.doctor_app import AppSeen, look_at_app
from workers.cli.doctor_folder import examine_folder
from workers.cli.listening import REDIS_HINT, SECRET_HINT
from workers.composition import may_ask_models
from workers.models.prices import check_price
from workers.models.reaching import why_unusable
from workers.models.registry import STATIC, check_model


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the answer.

    Attributes:
        problem: how to mend it, or None when all is well.
        note: what was found, when all is well, or why nothing was tried.
        skipped: it was not tried; what has to be mended first stands in a line of its own.
    """

    name: str
    problem: str | None = None
    note: str = ""
    skipped: bool = False

    @property
    def line(self) -> str:
        """As people read it."""
        sign = "skip" if self.skipped else "ok  " if self.problem is None else "MEND"
        return f"{sign}  {self.name}: {self.note if self.problem is None else self.problem}\n"


def run(role: Role, *, ask: bool) -> int:
    """Print one line a check; 1 when anything has to be mended, else 0.

    Args:
        ask: whether models are asked a question, which costs some tokens.
    """
    settings, wrong = _settings(os.environ)
    findings = [Finding("settings", problem) for problem in wrong.values()]
    if unknown := unknown_variables(os.environ):
        findings.append(Finding("settings", f"{', '.join(unknown)}: no such setting; check the spelling"))
    findings += [_tried(check, wrong) for check in _checks(settings, role, ask=ask)]
    sys.stdout.writelines(finding.line for finding in findings)
    problems = sum(finding.problem is not None for finding in findings)
    sys.stdout.write(f"To mend: {problems}.\n" if problems else "Everything is set up.\n")
    return 1 if problems else 0


def _settings(environment: Mapping[str, str]) -> tuple[Settings, dict[str, str]]:
    """With the defaults of what is wrong; and that by variable, in a sentence: no mistake hides another."""
    values, wrong = dict(environment), {}
    for field in Settings.model_fields:
        name = variable(field)
        try:
            load_settings({name: values.get(name, "")})
        except SettingsError as error:
            wrong[name] = str(error)
            del values[name]
    try:
        check_trust_store(environment)
    except SettingsError as error:
        wrong[TRUST_STORE] = str(error)
    return load_settings(values), wrong


@dataclass(frozen=True, slots=True)
class _Check:
    """One thing to try.

    Attributes:
        needs: variables without which it would be about something else.
        run: says what was found; raises what has to be mended.
    """

    name: str
    needs: tuple[str, ...]
    run: Callable[[], str]


def _checks(settings: Settings, role: Role, *, ask: bool) -> Iterator[_Check]:
    """What the role needs; what only another one needs is left out. To be tried one by one, as they come."""
    if role is not Role.WORK:
        yield _Check("webhook secret", _variables("github_webhook_secret"), lambda: _secret(settings))
    if role is not Role.SERVE:
        yield from _app(settings)
        yield from _models(settings, ask=ask)
        yield from _folder(settings, role)
    yield _Check("Redis", _variables("redis_url", "data_dir"), lambda: _redis(settings, role))


def _app(settings: Settings) -> Iterator[_Check]:
    """Where GitHub shows us the App, what it says of it takes a line each."""
    needs = _variables("github_app_id", "github_private_key", "github_api_url")
    seen: list[AppSeen] = []

    def look() -> str:
        seen.append(look_at_app(settings))
        return seen[0].itself()

    yield _Check("GitHub App", (*needs, TRUST_STORE), look)
    for app in seen:
        yield _Check("installations", (), app.installed)
        yield _Check("deliveries", (), app.delivered)


def _folder(settings: Settings, role: Role) -> Iterator[_Check]:
    """Only where something is kept in it: an embedded server, or clones around what models are asked."""
    cache = settings.repository_cache_mb if may_ask_models(settings) else 0
    if cache or (role is Role.UP and settings.redis_url is None):
        run = partial(examine_folder, settings.data_path, cache)
        yield _Check("data folder", _variables("data_dir"), run)


def _models(settings: Settings, *, ask: bool) -> Iterator[_Check]:
    """Every model that may be asked."""
    named = [("model", "model", settings.model)]
    if settings.cross_check_model is not None:
        named.append(("cross-check model", "cross_check_model", settings.cross_check_model))
    named += [("model that policies may choose", "allowed_models", name) for name in settings.allowed_models]
    for title, field, name in named:
        needs = (*_variables(field, "model_prices"), *(() if name == STATIC else (TRUST_STORE,)))
        yield _Check(title, needs, partial(_model, name, settings, ask=ask))


def _variables(*fields: str) -> tuple[str, ...]:
    return tuple(map(variable, fields))


def _tried(check: _Check, wrong: Collection[str]) -> Finding:
    if names := [name for name in check.needs if name in wrong]:
        return Finding(check.name, note=f"not tried before {' and '.join(names)} is mended", skipped=True)
    try:
        return Finding(check.name, note=check.run())
    except GitHubUnavailable as error:
        return Finding(check.name, f"{error}; check AI_REVIEW_GITHUB_API_URL and the network")
    except (SettingsError, ModelError, GitHubError) as error:
        return Finding(check.name, str(error))


def _secret(settings: Settings) -> str:
    required(settings, github_webhook_secret=SECRET_HINT)
    return f"{len(settings.github_webhook_secret)} set"


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


def _redis(settings: Settings, role: Role) -> str:
    name = variable("redis_url")
    if settings.redis_url is None:
        if role is not Role.UP:
            raise SettingsError(f"{name} is not set: {REDIS_HINT}")
        return f"{name} is not set: `up` starts an embedded one under {settings.data_path}"
    with connect_once(settings.redis_url) as redis:
        problems = readiness(redis)
    if problems:
        raise SettingsError("; ".join(problem + _mend(problem) for problem in problems))
    return "reachable, keeps what it accepts"


def _mend(problem: str) -> str:
    """What only who set the address can do."""
    name = variable("redis_url")
    if problem.startswith("Redis does not answer"):
        return f": check {name} and that the server runs"
    return f": check those in {name}" if problem.startswith("Redis does not accept") else ""
