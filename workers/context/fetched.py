"""Texts that were fetched before the engine asked for them: one request brings those of a whole change.

What is *not* here: fetching (bot.github.contents).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from workers.context.words import hits, searchable
from workers.ports import Hit, InPart


@dataclass(frozen=True, slots=True)
class FetchedTexts:
    """The engine's `CodeBase` over texts in hand: of the code around a change it knows no more than these.

    Attributes:
        texts: text by path at the head commit.
        base: the same on the base branch.
    """

    texts: Mapping[str, str | None]
    base: Mapping[str, str | None] = field(default_factory=dict)

    async def paths(self) -> Sequence[str]:
        """What was fetched and has a text, sorted."""
        return InPart(sorted(path for path, text in self.texts.items() if text is not None))

    async def read(self, paths: Sequence[str]) -> Mapping[str, str | None]:
        """Text by path; None for what was not fetched, or has no text."""
        return {path: self.texts.get(path) for path in paths}

    async def read_base(self, paths: Sequence[str]) -> Mapping[str, str | None]:
        """The same on the base branch."""
        return {path: self.base.get(path) for path in paths}

    async def search(self, words: Sequence[str]) -> Sequence[Hit]:
        """Places in the texts in hand: a part of what there is."""
        known = searchable(words)
        return hits(self._lines(), known, is_whole=False) if known else ()

    def _lines(self) -> Iterator[tuple[str, int, str]]:
        for path in sorted(self.texts):
            for number, line in enumerate((self.texts[path] or "").split("\n"), start=1):
                yield path, number, line
