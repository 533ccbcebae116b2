"""The repository around a pull request, from the cache on the worker's disk, as the engine's `CodeBase`.

What is *not* here: getting it there (workers.context.git_cache).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from workers.context.git_reading import BareRepository, GitFailed
from workers.context.words import hits, searchable
from workers.ports import Hit

T = TypeVar("T")

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class CachedCode:
    """All files at the two ends of a change. Where git cannot answer, it is as if there were none."""

    repository: BareRepository
    base_sha: str
    head_sha: str

    async def paths(self) -> Sequence[str]:
        """Every regular file at the head that is small enough to read, sorted."""
        return await _or_else((), lambda: self.repository.paths(self.head_sha))

    async def read(self, paths: Sequence[str]) -> Mapping[str, str | None]:
        """Text at the head by path; None where there is none to read."""
        return await self._texts(self.head_sha, paths)

    async def read_base(self, paths: Sequence[str]) -> Mapping[str, str | None]:
        """The same at the base commit."""
        return await self._texts(self.base_sha, paths)

    async def search(self, words: Sequence[str]) -> Sequence[Hit]:
        """Places of whole words in files at the head; in the order of the paths."""
        known = searchable(words)
        if not known:
            return ()
        return await _or_else((), lambda: tuple(hits(self.repository.grep(self.head_sha, known), known)))

    async def _texts(self, sha: str, paths: Sequence[str]) -> Mapping[str, str | None]:
        return await _or_else(dict.fromkeys(paths), lambda: self.repository.texts(sha, paths))


async def _or_else(nothing: T, ask: Callable[[], T]) -> T:
    """The answer of a blocking question, in a thread."""
    try:
        return await asyncio.to_thread(ask)
    except GitFailed as error:
        _log.warning("The repository on disk could not be read: %s", error)
        return nothing
