"""The repository around a local change, as the engine's `CodeBase`.

What is *not* here: the git commands (workers.context.local_git).
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from workers.context.git_reading import grepped
from workers.context.local_git import LocalChange, LocalRepository
from workers.context.words import hits, searchable
from workers.ports import Hit

_Line = tuple[str, int, str]
"""Path, 1-based number and text."""


@dataclass(frozen=True, slots=True)
class LocalCode:
    """Tracked files of a repository on disk, at the head and at the tip of the base branch."""

    repository: LocalRepository
    change: LocalChange

    async def paths(self) -> Sequence[str]:
        """Every tracked regular file at the head that is small enough to read, sorted."""
        return await asyncio.to_thread(self.repository.paths, self.change)

    async def read(self, paths: Sequence[str]) -> Mapping[str, str | None]:
        """Text at the head by path; None where there is none to read."""
        return await asyncio.to_thread(self.repository.texts, self.change, paths)

    async def read_base(self, paths: Sequence[str]) -> Mapping[str, str | None]:
        """Text at the tip of the base branch by path."""
        tip = LocalChange(self.change.tip_sha, self.change.tip_sha, self.change.tip_sha)
        return await asyncio.to_thread(self.repository.texts, tip, paths)

    async def search(self, words: Sequence[str]) -> Sequence[Hit]:
        """Places of whole words in tracked files at the head; in the order of the paths."""
        return await asyncio.to_thread(self._search, searchable(words))

    def _search(self, words: Sequence[str]) -> Sequence[Hit]:
        if not words:
            return ()
        printed = self.repository.grep(self.change, words)
        lines = grepped(printed.text, self.change.head_sha)
        own = lines if self.change.head_sha else self._own(lines)
        return hits(own, words, is_whole=printed.is_whole)

    def _own(self, lines: Iterable[_Line]) -> Iterator[_Line]:
        """Lines of the work tree's own files: git searches what lies behind a folder that became a link."""
        known: dict[str, bool] = {}
        for line in lines:
            folder = line[0].rpartition("/")[0]
            if folder not in known:
                known[folder] = self.repository.is_own(folder)
            if known[folder]:
                yield line
