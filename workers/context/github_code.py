"""The repository around a pull request through GitHub's API: what is left where it cannot be had by git.

What is *not* here: the requests (bot.github.contents), and when this is used (workers.context.pull_code).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence

from bot.domain.pull_request import PullRequest
from bot.errors import GitHubError
from bot.github.client import GitHub
from bot.github.contents import CHUNK, fetch_paths, fetch_texts
from workers.context.fetched import FetchedTexts
from workers.context.git_reading import TEXT_LIMIT
from workers.ports import Hit, InPart, is_whole

MOST_CALLS = 6
"""Requests a review, repeated ones included. The one that goes over is the last."""
_MOST_LISTINGS = 2
"""A listing that failed is tried once more, and leaves calls for files."""

_log = logging.getLogger(__name__)


class GitHubCode:
    """Files as they are asked for, in few requests; what was fetched already is not fetched again.

    When the calls are used up, or GitHub fails, there is no more than what is in hand: a part.
    """

    def __init__(self, github: GitHub, pull: PullRequest, fetched: FetchedTexts) -> None:
        self._github = github
        self._pull = pull
        self._head = dict(fetched.texts)
        self._base = dict(fetched.base)
        self._paths: Sequence[str] | None = None
        self._left = MOST_CALLS
        self._listings = _MOST_LISTINGS
        self._lock = asyncio.Lock()

    async def paths(self) -> Sequence[str]:
        """Files at the head, sorted; of a huge repository a part, and what is in hand where GitHub fails."""
        async with self._lock:
            if self._paths is None and self._listings > 0 and self._left > 0:
                self._paths = await self._list()
            if self._paths is not None and is_whole(self._paths):
                return self._paths
            return InPart(sorted({*(self._paths or ()), *await FetchedTexts(self._head).paths()}))

    async def read(self, paths: Sequence[str]) -> Mapping[str, str | None]:
        """Text at the head by path; None also where the calls are used up.

        Raises:
            GitHubError: nothing of it can be had.
        """
        return await self._texts(self._pull.head_sha, paths, self._head)

    async def read_base(self, paths: Sequence[str]) -> Mapping[str, str | None]:
        """The same at the base commit."""
        return await self._texts(self._pull.base_sha, paths, self._base)

    async def search(self, words: Sequence[str]) -> Sequence[Hit]:
        """Places in the texts in hand."""
        return await FetchedTexts(self._head).search(words)

    async def _list(self) -> Sequence[str] | None:
        self._listings -= 1
        before = self._github.calls
        try:
            found = await fetch_paths(self._github, self._pull.ref.repo, self._pull.head_sha, TEXT_LIMIT)
            return found.paths if found.is_whole else InPart(found.paths)
        except GitHubError as error:
            _log.warning("The files of %s could not be listed: %s", self._pull.ref.repo, error)
            return None
        finally:
            self._left -= self._github.calls - before

    async def _texts(
        self, sha: str, paths: Sequence[str], known: dict[str, str | None]
    ) -> Mapping[str, str | None]:
        async with self._lock:
            missing = [path for path in dict.fromkeys(paths) if path not in known]
            for start in range(0, len(missing), CHUNK):
                if self._left <= 0:
                    break
                known |= await self._fetch(
                    sha, missing[start : start + CHUNK], may_fail=len(missing) < len(paths)
                )
            return {path: known.get(path) for path in paths}

    async def _fetch(self, sha: str, paths: Sequence[str], *, may_fail: bool) -> Mapping[str, str | None]:
        before = self._github.calls
        try:
            return (await fetch_texts(self._github, self._pull.ref.repo, sha, paths)).texts
        except GitHubError as error:
            if not may_fail:
                raise
            _log.warning("Further files of %s could not be read: %s", self._pull.ref.repo, error)
            return {}
        finally:
            self._left -= self._github.calls - before
