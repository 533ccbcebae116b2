"""A piece of code from elsewhere in the repository, and the bounds of how many of them are given.

What is *not* here: finding them (workers.context.related).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from bot.parsing.masking import masked
from workers.context.counting import tokens_of

LINE_LENGTH = 240
"""Characters shown of a line."""
_TITLE_TOKENS = 20
_NUMBER_WIDTH = 8


class RelatedKind(StrEnum):
    """How a piece of code belongs to a change."""

    DEFINITION = "definition"
    CALLER = "caller"
    TEST = "test"
    USE = "other use"


@dataclass(frozen=True, slots=True)
class RelatedLimits:
    """Bounds of what is looked for and given.

    Attributes:
        file_tokens: code given for one changed file, in tokens.
        hunk_tokens: the same for one of its hunks, where it has so many that they have to share.
        names: most names that one file asks for.
        same_name: a name that more places equally near define is left out: it says little.
        places: most places of use shown of one altered definition, tests not counted.
        uses: most places shown, of one changed file, where unchanged code uses what changed lines use too.
        files: read beside the changed ones.
        seconds: after that much time spent on parsing no more is parsed.
        block_lines: longest block that is shown whole around a hunk: what is in view already.
    """

    file_tokens: int = 1_000
    hunk_tokens: int = 500
    names: int = 40
    same_name: int = 2
    places: int = 3
    uses: int = 3
    files: int = 60
    seconds: float = 6.0
    block_lines: int = 80


@dataclass(frozen=True, slots=True)
class Related:
    """A piece of code that belongs to a changed file. Written by others, like all code.

    Attributes:
        name: what is defined, called or tested.
        path: where the piece stands.
        numbers: 1-based numbers of its lines, rising; where they jump, code in between is left out.
        lines: the texts of these lines, cut where they are long.
        for_path: the changed file that it belongs to.
    """

    kind: RelatedKind
    name: str
    path: str
    numbers: tuple[int, ...]
    lines: tuple[str, ...]
    for_path: str

    @property
    def start(self) -> int:
        """Number of its first line."""
        return self.numbers[0]

    @property
    def tokens(self) -> int:
        """How many tokens it has when it is shown, roughly."""
        return _TITLE_TOKENS + sum(tokens_of(len(line) + _NUMBER_WIDTH) for line in self.lines)


def piece(
    kind: RelatedKind, name: str, path: str, numbers: Iterable[int], text: Sequence[str], *, for_path: str
) -> Related:
    """A piece made of some lines of a text."""
    kept = tuple(number for number in numbers if 1 <= number <= len(text))
    lines = tuple(_cut(text[number - 1].removesuffix("\r")) for number in kept)
    return Related(kind, name, path, kept, lines, for_path)


def _cut(line: str) -> str:
    """Masked first where it is cut: half a secret would no longer look like one."""
    return line if len(line) <= LINE_LENGTH else f"{masked(line)[:LINE_LENGTH]}…"
