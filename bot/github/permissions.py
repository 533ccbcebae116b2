"""Who may command, and showing a commander that the command was seen.

What is *not* here: what a command says (bot.parsing.commands).
"""

from __future__ import annotations

import logging
from typing import Final
from urllib.parse import quote

import msgspec

from bot.errors import GitHubError, GitHubUnavailable, RateLimited
from bot.github.client import GitHub, repo_path

_log = logging.getLogger(__name__)

_MAY_WRITE: Final = frozenset({"admin", "maintain", "write"})
_MAY_NOT: Final = frozenset({"triage", "read", "none"})


class _Permission(msgspec.Struct):
    permission: str
    role_name: str = ""


class _Reaction(msgspec.Struct):
    id: int


async def may_command(github: GitHub, repo: str, login: str) -> bool:
    """Whether a person may write to the repository, by GitHub's own word at this moment.

    A refusal of any kind means no. Without an answer nothing is known, and the job comes back later.

    Raises:
        RateLimited, GitHubUnavailable: ask again later.
    """
    try:
        path = f"{repo_path(repo)}/collaborators/{quote(login, safe='')}/permission"
        found = await github.get(path, _Permission)
    except (RateLimited, GitHubUnavailable):
        raise
    except GitHubError as error:
        _log.info("permission of a commander could not be asked: %s", error)
        return False
    # a role of an organisation's own has a name of its own; `permission` says what it amounts to
    return found.permission in _MAY_WRITE and found.role_name not in _MAY_NOT


async def acknowledge(github: GitHub, repo: str, comment_id: int) -> bool:
    """Put 👀 on the comment that gave a command; said twice it stands once. False where that failed."""
    try:
        path = f"{repo_path(repo)}/issues/comments/{comment_id}/reactions"
        await github.post(path, {"content": "eyes"}, _Reaction)
    except GitHubError as error:
        _log.info("a command could not be acknowledged: %s", error)
        return False
    return True
