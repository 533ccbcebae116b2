"""Texts that were fetched before the engine asked for them: one request brings those of a whole change.

What is *not* here: fetching (bot.github.contents).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FetchedTexts:
    """The engine's `CodeReader` over texts in hand."""

    texts: Mapping[str, str | None]

    async def read(self, paths: Sequence[str]) -> Mapping[str, str | None]:
        """Text by path; None for what was not fetched, or has no text."""
        return {path: self.texts.get(path) for path in paths}
