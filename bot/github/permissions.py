"""Who may command, and the three signs by which a commander sees what became of it.

What is *not* here: what a command says (bot.parsing.commands), and answers in words (bot.github.replies).
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final
from urllib.parse import quote

import msgspec

from bot.domain.policy import MayCommand
from bot.errors import GitHubError, GitHubUnavailable, RateLimited
from bot.github.client import GitHub, repo_path

_log = logging.getLogger(__name__)

_LEVELS: Final[Mapping[str, int]] = MappingProxyType(
    {"none": 0, "read": 1, "triage": 2, "write": 3, "maintain": 4, "admin": 5}
)
_AT_MOST: Final[Mapping[str, int]] = MappingProxyType(
    {"none": 0, "read": 2, "write": 4, "maintain": 4, "admin": 5}
)
"""What a role can amount to, by the coarser word beside it: GitHub says `write` of maintainers too."""


class Reaction(StrEnum):
    """By GitHub's words: 👀 seen, 👍 done, 😕 not done."""

    SEEN = "eyes"
    DONE = "+1"
    CONFUSED = "confused"


class _Permission(msgspec.Struct):
    permission: str
    role_name: str = ""

    @property
    def level(self) -> int:
        """The more modest of both words; a role of an organisation's own is what `permission` calls it."""
        most = _AT_MOST.get(self.permission, 0)
        if self.role_name in _LEVELS:
            return min(_LEVELS[self.role_name], most)
        return min(_LEVELS.get(self.permission, 0), most)


class _Reaction(msgspec.Struct):
    id: int


async def may_command(
    github: GitHub, repo: str, login: str, least: MayCommand = MayCommand.WRITE
) -> bool | None:
    """Whether a person has at least this permission on the repository, by GitHub's own word at this moment.

    Returns:
        False for who has less, or is no user; None where GitHub refuses to say. Nobody may anything then, but
        that is nothing to remember: a token may be refused for some seconds.

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
        return False if error.status == 404 else None
    return found.level >= _LEVELS[least]


async def surely_may_command(
    github: GitHub, repo: str, login: str, least: MayCommand = MayCommand.WRITE
) -> bool:
    """The same, for whom somebody waits: they are not to be taken for a stranger.

    Raises:
        GitHubError: also where GitHub refuses to say; another try may learn it.
    """
    may = await may_command(github, repo, login, least)
    if may is None:
        raise GitHubError("GitHub refuses to say what the author of a comment may do")
    return may


async def react(
    github: GitHub, repo: str, comment_id: int, reaction: Reaction, *, inline: bool = False
) -> bool:
    """Put a sign on a comment; given twice it stands once. False where that failed: nothing hangs on it.

    Args:
        inline: whether it is an inline comment, whose ids GitHub counts apart.
    """
    kind = "pulls" if inline else "issues"
    try:
        path = f"{repo_path(repo)}/{kind}/comments/{comment_id}/reactions"
        await github.post(path, {"content": reaction.value}, _Reaction)
    except GitHubError as error:
        _log.info("a command could not be given its %s: %s", reaction, error)
        return False
    return True
