"""Looks into the code base for a model that checks something: few, small, and confined to what is listed.

What is *not* here: how a model asks (workers.models), and where the code comes from (workers.ports.CodeBase).
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from bot.parsing.masking import masked, masked_alone
from workers.context.defining import seems_to_define
from workers.context.words import LINE_LENGTH
from workers.ports import CodeBase, Hit, is_whole

_LITTLE = 200
"""Characters: when no more may be given out, another look is not worth it."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class LookLimits:
    """Bounds of the looks that go with one question.

    Attributes:
        looks: how many times code is given out.
        lines: of one read.
        hits: of one search.
        characters: of one answer.
        total_characters: of all answers.
        seconds: from the first look on.
    """

    looks: int = 8
    lines: int = 120
    hits: int = 30
    characters: int = 8_000
    total_characters: int = 32_000
    seconds: float = 60.0


@dataclass(slots=True)
class BoundedLookup:
    """The engine's `CodeLookup` over a code base; one for each question, since it counts.

    Attributes:
        code: what is looked into.
        visible: writes out what a reader would not see; everything given out goes through it.
        clock: seconds that only grow.
    """

    code: CodeBase
    visible: Callable[[str], str]
    limits: LookLimits = LookLimits()
    clock: Callable[[], float] = time.monotonic
    looks: int = 0
    _given: int = 0
    _end: float | None = None
    _paths: frozenset[str] | None = field(default=None)

    async def read(self, path: str, start: int, end: int) -> str:
        """Numbered lines of a file, or a sentence why there are none; raises nothing."""
        if refusal := self._refusal():
            return refusal
        try:
            return self._give(await self._read(path, start, end))
        except Exception as error:  # noqa: BLE001 - a look that breaks must not end the review
            return _unreached(error)

    async def search(self, text: str) -> str:
        """Places of a literal text, or a sentence why there are none; raises nothing."""
        if refusal := self._refusal():
            return refusal
        try:
            return self._give(await self._search(text))
        except Exception as error:  # noqa: BLE001 - a look that breaks must not end the review
            return _unreached(error)

    def _refusal(self) -> str | None:
        """Why there are no more looks, or None; counts a look otherwise."""
        now = self.clock()
        self._end = now + self.limits.seconds if self._end is None else self._end
        if self.looks >= self.limits.looks or self._given > self.limits.total_characters - _LITTLE:
            return "You have used all looks: answer now."
        if now >= self._end:
            return "The time for looking is over: answer now."
        self.looks += 1
        return None

    def _give(self, answer: str) -> str:
        """An answer within what may still be given out."""
        most = min(self.limits.characters, self.limits.total_characters - self._given)
        if len(answer) > most:
            answer = f"{answer[:most].rpartition(chr(10))[0] or answer[:most]}\n(cut here)"
        self._given += len(answer)
        return answer

    async def _read(self, path: str, start: int, end: int) -> str:
        name = path.strip()
        if refusal := await self._confined(name):
            return refusal
        text = (await self.code.read([name])).get(name)
        if text is None:
            return f"{self._named(name)} cannot be read: it is missing, binary or too large."
        lines = masked(text).removesuffix("\n").split("\n")
        first = max(1, start)
        last = min(len(lines), max(first, end), first + self.limits.lines - 1)
        if first > len(lines):
            return f"{self._named(name)} has {len(lines)} lines."
        numbered = [
            f"{number:>6}  {self._line(lines[number - 1])}".rstrip() for number in range(first, last + 1)
        ]
        return "\n".join([f"{self._named(name)}, lines {first} to {last} of {len(lines)}:", *numbered])

    async def _confined(self, name: str) -> str | None:
        """Why a path may not be read, or None. Only what the code base lists as its own may."""
        if name.startswith(("/", "\\")) or any(part in ("", ".", "..") for part in name.split("/")):
            return "Name a file by its path from the top of the repository, as in src/app.py."
        paths, is_all = self._paths, True
        if paths is None:
            listed = await self.code.paths()
            paths, is_all = frozenset(listed), is_whole(listed)
            self._paths = paths if is_all else None
        if name in paths:
            return None
        base = name.rpartition("/")[2]
        alike = sorted(path for path in paths if path.rpartition("/")[2] == base)[:5]
        words = f" Files of that name: {', '.join(map(self._named, alike))}." if alike else ""
        if not is_all:
            return f"{self._named(name)} cannot be read now: not all files could be listed.{words}"
        return f"{self._named(name)} is no file of this repository that can be read.{words}"

    async def _search(self, text: str) -> str:
        wanted = text.strip()
        core = wanted.strip("".join(sorted({char for char in wanted if not (char.isalnum() or char == "_")})))
        if not core or "\n" in wanted:
            return "Search for one word, or for a part of one line that has a word in it."
        found = await self.code.search([core])
        hits = [hit for hit in found if wanted in hit.text]
        if not hits:
            where = "" if is_whole(found) else " in what could be searched, which is not all"
            return f"No line has {self._named(wanted)}{where}. Whole words are found only."
        shown = sorted(hits, key=lambda hit: (not _defines(hit, core), hit.path, hit.line))
        lines = [
            f"{self._named(hit.path)}:{hit.line}: {self._line(masked_alone(hit.text.strip()))}"
            for hit in shown[: self.limits.hits]
        ]
        if rest := len(hits) - len(lines):
            lines.append(f"(and {rest} more places)")
        if not is_whole(found):
            lines.append("(there may be more: not all could be searched)")
        return "\n".join(lines)

    def _line(self, text: str) -> str:
        shown = self.visible(text.removesuffix("\r").replace("\t", "    "))
        return shown if len(shown) <= LINE_LENGTH else f"{shown[:LINE_LENGTH]}…"

    def _named(self, text: str) -> str:
        """A name on one line."""
        return self.visible(text[:200]).replace("\n", " ")


def _unreached(error: Exception) -> str:
    """What a model is told; whose text it was that broke the look is nobody's business, the kind is."""
    _log.debug("a look failed: %s", type(error).__name__)
    return "The code could not be reached: answer with what you know."


def _defines(hit: Hit, word: str) -> bool:
    """Whether a line seems to define a word: such lines are shown first."""
    return seems_to_define(hit.text, word, hit.text.find(word), hit.path)
