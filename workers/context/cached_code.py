"""The repository around a pull request, from the cache on the worker's disk, as the engine's `CodeBase`.

What is *not* here: getting it there (workers.context.git_cache).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from workers.context.fetched import FetchedTexts
from workers.context.git_reading import BareRepository, GitFailed, grepped
from workers.context.words import hits, searchable
from workers.ports import Hit, InPart, is_whole

T = TypeVar("T")

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class CachedCode:
    """All files at the two ends of a change. Where git cannot answer, there are the texts in hand.

    Attributes:
        in_hand: what was fetched with the change.
    """

    repository: BareRepository
    base_sha: str
    head_sha: str
    in_hand: FetchedTexts

    async def paths(self) -> Sequence[str]:
        """Every regular file at the head that is small enough to read, sorted."""
        listed = await _answer(lambda: self.repository.paths(self.head_sha))
        if listed is not None and is_whole(listed):
            return listed
        return InPart(sorted({*(listed or ()), *await self.in_hand.paths()}))

    async def read(self, paths: Sequence[str]) -> Mapping[str, str | None]:
        """Text at the head by path; None where there is none to read."""
        texts = await _answer(lambda: self.repository.texts(self.head_sha, paths))
        return await self.in_hand.read(paths) if texts is None else texts

    async def read_base(self, paths: Sequence[str]) -> Mapping[str, str | None]:
        """The same at the base commit."""
        texts = await _answer(lambda: self.repository.texts(self.base_sha, paths))
        return await self.in_hand.read_base(paths) if texts is None else texts

    async def search(self, words: Sequence[str]) -> Sequence[Hit]:
        """Places of whole words in files at the head; in the order of the paths."""
        known = searchable(words)
        if not known:
            return ()
        found = await _answer(lambda: self._search(known))
        return await self.in_hand.search(known) if found is None else found

    def _search(self, words: Sequence[str]) -> Sequence[Hit]:
        printed = self.repository.grep(self.head_sha, words)
        return hits(grepped(printed.text, self.head_sha), words, is_whole=printed.is_whole)


async def _answer(ask: Callable[[], T]) -> T | None:
    """The answer of a blocking question, in a thread; None where git has none."""
    try:
        return await asyncio.to_thread(ask)
    except GitFailed as error:
        _log.warning("The repository on disk could not be read: %s", error)
        return None
