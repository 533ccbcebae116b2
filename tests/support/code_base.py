"""A repository in a dictionary, as the engine's `CodeBase`."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bot.errors import GitHubUnavailable
from workers.ports import Hit


@dataclass(frozen=True, slots=True)
class Texts:
    """Texts by path.

    Attributes:
        head: at the head commit; None for one that cannot be read.
        base: on the base branch.
        down: whether every question fails.
    """

    head: Mapping[str, str | None]
    base: Mapping[str, str] = field(default_factory=dict)
    down: bool = False

    async def paths(self) -> Sequence[str]:
        """All paths at the head."""
        self._answer()
        return sorted(self.head)

    async def read(self, paths: Sequence[str]) -> Mapping[str, str | None]:
        """Texts at the head."""
        self._answer()
        return {path: self.head.get(path) for path in paths}

    async def read_base(self, paths: Sequence[str]) -> Mapping[str, str | None]:
        """Texts on the base branch."""
        self._answer()
        return {path: self.base.get(path) for path in paths}

    async def search(self, words: Sequence[str]) -> Sequence[Hit]:
        """Lines with one of the words."""
        self._answer()
        wanted = re.compile(r"\b(" + "|".join(map(re.escape, words)) + r")\b")
        return [
            Hit(path, number, line)
            for path, text in sorted(self.head.items())
            for number, line in enumerate((text or "").split("\n"), start=1)
            if wanted.search(line)
        ]

    def _answer(self) -> None:
        if self.down:
            raise GitHubUnavailable("down")
