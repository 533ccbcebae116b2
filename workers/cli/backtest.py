"""`ai-review policy backtest`: what a changed policy would have made of reviews of the past.

No model is asked, and nothing is written anywhere.

What is *not* here: reading the past and comparing (workers.backtesting).
"""

from __future__ import annotations

import asyncio
import shutil
import sys
from pathlib import Path

from bot.domain.backtest import Backtest, Unread
from bot.domain.in_force import PolicyInForce
from bot.domain.policy import POLICY_PATH, Policy
from bot.errors import GitHubError, UsageError
from bot.github.client import GitHub
from bot.parsing.policies import mistakes_in
from bot.rendering.backtest import backtest_json, backtest_text
from bot.settings import Settings
from workers.backtesting.comparing import backtest
from workers.backtesting.files import read_files
from workers.backtesting.pulls import read_pulls
from workers.cli.choices import ListFormat
from workers.cli.common import EXIT_CLEAN, EXIT_INCOMPLETE, repository_named, settings_with, start_logging
from workers.cli.on_github import (
    connected,
    organisation_file,
    repository_around,
    trouble_words,
)
from workers.cli.policy import policy_file, policy_text
from workers.context.local_git import LocalRepository
from workers.policy_levels import File, Files, policy_in_force


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
    """`OWNER/REPO`, as given or of the repository here.

    Raises:
        UsageError: there is none.
    """
    if (repo := repository_named(given) if given is not None else repository_around(Path())) is None:
        raise UsageError(
            "There is no GitHub repository here: name one with --repo, or recordings with --reviews."
        )
    return repo


async def _of_pulls(settings: Settings, repo: str, last: int, text: str) -> Backtest:
    """The comparison; where the pull requests cannot even be listed, that alone."""
    try:
        async with connected(settings, repo) as github:
            in_force = await _on_the_organisation(github, repo, text)
            recordings = await read_pulls(github, repo, last)
    except GitHubError as error:
        return Backtest(repo, unread=(Unread(repo, trouble_words(error, settings)),))
    for notice in in_force.notices:
        sys.stderr.write(f"ai-review: {notice}\n")
    return backtest(recordings, in_force.policy)


async def _on_the_organisation(github: GitHub, repo: str, text: str) -> PolicyInForce:
    """The policy to try, laid on the organisation's file as it would be."""
    shared = await organisation_file(github, repo)
    return policy_in_force(Files(repository=File(text), organisation=shared))
