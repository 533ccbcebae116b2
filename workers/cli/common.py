"""What commands share: settings with options on top, logging, showing a review, and the exit status.

What is *not* here: what a single command does.
"""

from __future__ import annotations

import logging
import os
import re
import sys
from collections.abc import Callable, Mapping
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from typing import Final

from bot.domain.in_force import Origin, PolicyInForce
from bot.domain.policy import FailOn
from bot.domain.review import Conclusion, Review, conclude
from bot.errors import SettingsError, UsageError
from bot.rendering.as_json import render_json
from bot.rendering.markdown import review_markdown
from bot.rendering.sarif import render_sarif
from bot.settings import PREFIX, Settings, check_trust_store, load_settings, unknown_variables, variable
from bot.telemetry.logs import configure_logging
from workers.cli.choices import FailOnSeverity, OutputFormat

_log = logging.getLogger(__name__)

PROGRAM: Final = "ai-review"
EXIT_CLEAN: Final = 0
EXIT_FINDINGS: Final = 1
EXIT_INCOMPLETE: Final = 2
EXIT_UNPOSTED: Final = 3
"""The review is whole and printed, and not on GitHub, where it was to be."""

OWNER_REPO: Final = re.compile(r"[\w.-]{1,100}/[\w.-]{1,100}", re.ASCII)

_PROVIDER_KEYS: Final = ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN")


def installed_version() -> str:
    """Of this program; empty where it runs from its source, uninstalled."""
    try:
        return version("ai-review-bot")
    except PackageNotFoundError:
        return ""


def settings_with(**options: str | int | None) -> Settings:
    """Settings of the environment; options that were given count more.

    Raises:
        SettingsError: names every value that is wrong, by the option where it comes from one.
    """
    check_trust_store(os.environ)
    given = {variable(name): str(value) for name, value in options.items() if value is not None}
    try:
        return load_settings({**os.environ, **given})
    except SettingsError as error:
        words = str(error)
        for name in given:
            option = name.removeprefix(PREFIX).lower().replace("_", "-")
            words = words.replace(f"{name} is wrong", f"--{option} is wrong")
        raise SettingsError(words) from None


def repository_named(given: str) -> str:
    """`OWNER/REPO`, as given.

    Raises:
        UsageError: it is none.
    """
    if not OWNER_REPO.fullmatch(given):
        raise UsageError(f"{given} is no repository: write OWNER/REPO.")
    return given


def start_logging(settings: Settings, *, service: bool = False) -> None:
    """Logs to standard error, without the secrets that the settings hold.

    Args:
        service: it runs on and on, so its log is lines for machines; else a person waits, who reads what went
            wrong in sentences.
    """
    secrets = _secrets(settings, os.environ)
    if service:
        configure_logging(settings.log_level, secrets, sys.stderr)
    else:
        level = "WARNING" if settings.log_level == "INFO" else settings.log_level
        configure_logging(level, secrets, sys.stderr, program=PROGRAM)
    if unknown := unknown_variables(os.environ):
        _log.warning("%s: no such setting, it has no effect; check the spelling", ", ".join(unknown))


def required(settings: Settings, **needs: str) -> None:
    """Complain about every missing setting at once.

    Args:
        needs: field -> what it is for and how to get it.

    Raises:
        SettingsError: one sentence a setting.
    """
    missing = [
        f"{variable(field)} is not set: {how}" for field, how in needs.items() if not getattr(settings, field)
    ]
    if missing:
        raise SettingsError("; ".join(missing))


def required_app(settings: Settings) -> None:
    """Complain where the settings name no App.

    Raises:
        SettingsError: one sentence a setting.
    """
    required(
        settings,
        github_app_id="give the id of your GitHub App",
        github_private_key="give the App's .pem file, or its text",
    )


def show(review: Review, output_format: OutputFormat) -> None:
    """Print a review on standard output."""
    if output_format is OutputFormat.TEXT:
        from rich.console import Console  # noqa: PLC0415 - only where it is used

        from bot.rendering.terminal import render_terminal  # noqa: PLC0415

        render_terminal(review, Console(file=sys.stdout))
        return
    renderers: Mapping[OutputFormat, Callable[[Review], str]] = {
        OutputFormat.JSON: render_json,
        OutputFormat.SARIF: partial(render_sarif, version=installed_version()),
        OutputFormat.MARKDOWN: review_markdown,
    }
    sys.stdout.write(renderers[output_format](review))


def fail_on_of(given: FailOnSeverity | None, in_force: PolicyInForce) -> FailOn:
    """What the option says; else what a policy file says; else `high`, since somebody wants to know."""
    if given is not None:
        return FailOn(given.value)
    is_set = in_force.origins.get("fail_on", Origin()) != Origin()
    return in_force.policy.fail_on if is_set else FailOn.HIGH


def exit_status(review: Review, fail_on: FailOn) -> int:
    """1 where the check would be red; else 2 when anything was not reviewed; else 0."""
    if conclude(review, fail_on) is Conclusion.FAILURE:
        return EXIT_FINDINGS
    return EXIT_CLEAN if review.is_complete else EXIT_INCOMPLETE


def _secrets(settings: Settings, environment: Mapping[str, str]) -> list[str]:
    held = [settings.github_private_key, settings.github_token, settings.dashboard_token]
    texts = [secret.get_secret_value() for secret in (*held, *settings.github_webhook_secret) if secret]
    return [*texts, *(environment[name] for name in _PROVIDER_KEYS if environment.get(name))]
