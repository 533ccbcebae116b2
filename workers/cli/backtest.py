"""`ai-review policy backtest`: what a changed policy would have made of reviews of the past.

No model is asked, and nothing is written anywhere.

What is *not* here: reading the past and comparing (workers.backtesting).
"""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from bot.domain.backtest import Backtest, Unread
from bot.domain.in_force import PolicyInForce
from bot.domain.policy import POLICY_PATH, Policy
from bot.errors import GitHubError, UsageError
from bot.github.client import GitHub, connect
from bot.github.contents import fetch_texts
from bot.github.installations import find_installation
from bot.github.tokens import Installation
from bot.parsing.policies import mistakes_in
from bot.rendering.backtest import backtest_json, backtest_text
from bot.rendering.failures import failure_reason
from bot.settings import Settings
from workers.backtesting.comparing import backtest
from workers.backtesting.files import read_files
from workers.backtesting.pulls import read_pulls
from workers.cli.choices import ListFormat
from workers.cli.common import EXIT_CLEAN, EXIT_INCOMPLETE, settings_with, start_logging
from workers.cli.policy import policy_file, policy_text
from workers.composition import app_key, connect_with_token
from workers.context.local_git import LocalRepository
from workers.policy_levels import File, Files, policy_in_force

_OWNER_REPO: Final = re.compile(r"[\w.-]+/[\w.-]+", re.ASCII)
_REMOTE: Final = re.compile(r"(?:[\w.+-]+://|[\w.-]+@).*?[:/]([\w.-]+/[\w.-]+?)(?:\.git)?/?", re.ASCII)


def run(
    file: Path | None, repo: str | None, last: int, reviews: Path | None, output_format: ListFormat
) -> int:
    """Compare, print, and return the exit status: 2 when something could not be read, else 0."""
    if repo is not None and reviews is not None:
        raise UsageError("--repo and --reviews exclude each other: give one of them.")
    text = _checked_text(policy_file() if file is None else file)
    settings = settings_with()
    start_logging(settings)
    if reviews is not None:
        found = backtest(read_files(reviews, _base_policy()), policy_in_force(Files(File(text))).policy)
    else:
        found = asyncio.run(_of_pulls(settings, _repository(repo), last, text))
    if output_format is ListFormat.JSON:
        sys.stdout.write(backtest_json(found))
    else:
        sys.stdout.write(backtest_text(found, shutil.get_terminal_size((100, 24)).columns))
    return EXIT_INCOMPLETE if found.unread else EXIT_CLEAN


def _checked_text(path: Path) -> str:
    """The policy to try.

    Raises:
        UsageError: it cannot be read, or has a mistake.
    """
    try:
        text = policy_text(path)
    except UnicodeDecodeError:
        raise UsageError(f"{path} is not UTF-8 text: name a policy file.") from None
    for error in mistakes_in(text, most=1):
        raise UsageError(f"{path}:{error.line or 1}:{error.column or 1}: {error}")
    return text


def _base_policy() -> Policy:
    """What local reviews are made under: the policy of the main branch here, or the default."""
    try:
        repository = LocalRepository(Path())
        text = repository.text_at(repository.resolve(None).tip_sha, POLICY_PATH)
    except UsageError:
        return Policy()
    return policy_in_force(Files(File(text))).policy


def _repository(given: str | None) -> str:
    """`OWNER/REPO`: as given, as a workflow says, or where `origin` of the repository here leads.

    Raises:
        UsageError: none of them names one.
    """
    if given is not None:
        if not _OWNER_REPO.fullmatch(given):
            raise UsageError(f"{given} is no repository: write OWNER/REPO.")
        return given
    if _OWNER_REPO.fullmatch(workflow := os.environ.get("GITHUB_REPOSITORY", "")):
        return workflow
    if match := _REMOTE.fullmatch(_origin()):
        return match[1]
    raise UsageError(
        "There is no GitHub repository here: name one with --repo, or recordings with --reviews."
    )


def _origin() -> str:
    try:
        return LocalRepository(Path()).origin() or ""
    except UsageError:
        return ""


async def _of_pulls(settings: Settings, repo: str, last: int, text: str) -> Backtest:
    """The comparison; where the pull requests cannot even be listed, that alone."""
    try:
        async with _connected(settings, repo) as github:
            in_force = await _on_the_organisation(github, repo, text)
            recordings = await read_pulls(github, repo, last)
    except GitHubError as error:
        return Backtest(repo, unread=(Unread(repo, failure_reason(error)),))
    for notice in in_force.notices:
        sys.stderr.write(f"ai-review: {notice}\n")
    return backtest(recordings, in_force.policy)


async def _on_the_organisation(github: GitHub, repo: str, text: str) -> PolicyInForce:
    """The policy to try, laid on the organisation's file as it would be."""
    texts = await fetch_texts(github, repo, "", (), organisation=POLICY_PATH)
    shared = File(texts.organisation, texts.organisation_unreadable)
    return policy_in_force(Files(repository=File(text), organisation=shared))


@asynccontextmanager
async def _connected(settings: Settings, repo: str) -> AsyncIterator[GitHub]:
    """GitHub by the token, or as the App where there is none: only comments of that account count.

    Raises:
        SettingsError: neither is set.
    """
    if settings.github_token is not None or settings.github_app_id is None:
        async with connect_with_token(settings) as github:
            yield github
        return
    key = app_key(settings)
    async with connect(key, settings.github_api_url) as app:
        number = await find_installation(app, repo)
    async with connect(Installation(key, number), settings.github_api_url) as github:
        yield github
