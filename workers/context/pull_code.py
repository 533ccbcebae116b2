"""The repository around a pull request on GitHub: from the cache on disk, or else by the API.

What is *not* here: both of them (workers.context.cached_code, workers.context.github_code).
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from bot.domain.pull_request import PullRequest
from bot.errors import GitHubError, SettingsError
from bot.github.client import GitHub
from bot.github.git import git_address
from workers.context.cached_code import CachedCode
from workers.context.fetched import FetchedTexts
from workers.context.git_cache import GitCache
from workers.context.git_fetching import NotFetched
from workers.context.github_code import GitHubCode
from workers.ports import CodeBase, Hit

_log = logging.getLogger(__name__)


@asynccontextmanager
async def code_around(
    github: GitHub, pull: PullRequest, fetched: FetchedTexts, cache: GitCache | None
) -> AsyncIterator[CodeBase]:
    """The code base of one review; the repository is fetched while the review begins, and kept until it ends.

    Args:
        fetched: what is in hand already.
        cache: None means that only the API is asked.
    """
    if cache is None:
        yield GitHubCode(github, pull, fetched)
        return
    async with AsyncExitStack() as stack:
        opening = asyncio.create_task(_open(stack, cache, github, pull, fetched))
        try:
            yield _PullCode(fetched, opening)
        finally:
            opening.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await opening


@dataclass(frozen=True, slots=True)
class _PullCode:
    """Waits for the code base that is being opened; nobody who gives up waiting ends that."""

    fetched: FetchedTexts
    opening: asyncio.Task[CodeBase]

    async def paths(self) -> Sequence[str]:
        return await (await self._code()).paths()

    async def read(self, paths: Sequence[str]) -> Mapping[str, str | None]:
        return await (await self._code()).read(paths)

    async def read_base(self, paths: Sequence[str]) -> Mapping[str, str | None]:
        """What came with the change is not waited for."""
        missing = [path for path in paths if path not in self.fetched.base]
        more = await (await self._code()).read_base(missing) if missing else {}
        return {path: more[path] if path in more else self.fetched.base[path] for path in paths}

    async def search(self, words: Sequence[str]) -> Sequence[Hit]:
        return await (await self._code()).search(words)

    async def _code(self) -> CodeBase:
        return await asyncio.shield(self.opening)


async def _open(
    stack: AsyncExitStack,
    cache: GitCache,
    github: GitHub,
    pull: PullRequest,
    fetched: FetchedTexts,
) -> CodeBase:
    repo, by_api = pull.ref.repo, GitHubCode(github, pull, fetched)
    try:
        address = await git_address(github, repo)
    except (GitHubError, SettingsError) as error:
        _log.warning("%s is read by the API, there is no token for git: %s", repo, error)
        return by_api
    found = await stack.enter_async_context(cache.opened(address, (pull.base_sha, pull.head_sha)))
    if isinstance(found, NotFetched):
        _log.warning("%s is read by the API, it could not be fetched: %s", repo, found.reason)
        return by_api
    return CachedCode(found, pull.base_sha, pull.head_sha, fetched)
