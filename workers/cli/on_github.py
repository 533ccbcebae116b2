"""The repository that a command means, on GitHub: its name, a connection, and its organisation's policy file.

What is *not* here: what a command does with it.
"""

from __future__ import annotations

import os
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from bot.domain.policy import POLICY_PATH
from bot.errors import AccessLost, GitHubError, UsageError, UserError
from bot.github.client import GitHub, connect
from bot.github.contents import fetch_texts
from bot.github.installations import find_installation
from bot.github.tokens import Installation
from bot.rendering.failures import failure_reason
from bot.settings import Settings
from workers.cli.common import OWNER_REPO
from workers.connecting import app_key, connect_with_token
from workers.context.local_git import LocalRepository
from workers.policy_levels import File

_REMOTE: Final = re.compile(r"(?:[\w.+-]+://|[\w.-]+@).*?[:/]([\w.-]+/[\w.-]+?)(?:\.git)?/?", re.ASCII)


def repository_around(folder: Path) -> str | None:
    """`OWNER/REPO`, as a workflow says it or as `origin` of a repository on disk leads to it; or None."""
    if OWNER_REPO.fullmatch(workflow := os.environ.get("GITHUB_REPOSITORY", "")):
        return workflow
    try:
        match = _REMOTE.fullmatch(LocalRepository(folder).origin() or "")
    except UsageError:
        return None
    return match[1] if match else None


def may_connect(settings: Settings) -> bool:
    """Whether there is a token, or an App."""
    return settings.github_token is not None or settings.github_app_id is not None


def trouble_words(error: GitHubError, settings: Settings) -> str:
    """Why GitHub gave nothing, for who set the token: half a sentence."""
    if not isinstance(error, AccessLost) or settings.github_token is None:
        return failure_reason(error)
    if error.status == 401:
        return "GITHUB_TOKEN was refused: it is wrong, has expired, or is one of another server"
    if error.status in (403, 404):
        return "GITHUB_TOKEN does not open it: there is no such thing, or the token may not read it"
    return failure_reason(error)


def unposted_words(error: GitHubError | UserError, settings: Settings) -> str:
    """Why GitHub took nothing, for who set the token: half a sentence."""
    if isinstance(error, UserError):
        return failure_reason(error)
    if isinstance(error, AccessLost) and error.status in (403, 404):
        return "GITHUB_TOKEN may not write there"
    return trouble_words(error, settings)


@asynccontextmanager
async def connected(settings: Settings, repo: str) -> AsyncIterator[GitHub]:
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


async def organisation_file(github: GitHub, repo: str) -> File:
    """The policy file of a repository's organisation.

    Raises:
        GitHubError: GitHub could not be asked.
    """
    texts = await fetch_texts(github, repo, "", (), organisation=POLICY_PATH)
    return File(texts.organisation, texts.organisation_unreadable)
