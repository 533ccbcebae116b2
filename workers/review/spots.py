"""Whole lines of a file that a suggestion may replace, and what the file is once it did.

What is *not* here: whether a replacement is any good (workers.review.replacing).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.domain.diff import FileDiff, Side
from bot.domain.finding import LineRange
from workers.ports import SourceFile


def lines_of(replacement: str) -> tuple[str, ...]:
    """The lines of a replacement; none for one that is blank: it removes lines."""
    text = replacement.replace("\r\n", "\n").removesuffix("\n")
    return tuple(text.split("\n")) if text.strip() else ()


def replacement_of(lines: Sequence[str]) -> str:
    """Lines as one text, each with its line feed: `lines_of` the other way round."""
    return "".join(f"{line}\n" for line in lines)


@dataclass(frozen=True, slots=True)
class Spot:
    """Lines `first` to `last` of a file at the head, 1-based, both included.

    Attributes:
        text: the whole file.
    """

    path: str
    text: str
    first: int
    last: int

    @classmethod
    def of(cls, file: SourceFile, lines: LineRange | None) -> Spot | None:
        """Lines that a suggestion on GitHub can replace: one hunk shows them all, as the text has them."""
        if lines is None or lines.side is not Side.RIGHT:
            return None
        hunk = file.diff.hunk_at(Side.RIGHT, lines.end)
        if hunk is None or hunk.cut(Side.RIGHT, lines.start, lines.end) != (lines.start, lines.end):
            return None
        spot = cls(file.path, file.text, lines.start, lines.end)
        return spot if spot.rows == _shown(file.diff, lines) else None

    @property
    def rows(self) -> tuple[str, ...]:
        """The lines as they are, without line ends."""
        return tuple(row.removesuffix("\r") for row in self._all()[self.first - 1 : self.last])

    @property
    def above(self) -> str:
        """The line before; empty at the top of the file."""
        return self._all()[self.first - 2].strip() if self.first > 1 else ""

    @property
    def below(self) -> str:
        """The line after; empty at the end of the file."""
        rows = self._all()
        return rows[self.last].strip() if self.last < len(rows) else ""

    def with_lines(self, lines: Sequence[str]) -> str:
        """The file with other lines in their place; all others stay, and so do its kinds of line ends."""
        rows = self._all()
        ends_file = self.last == len(rows)
        if ends_file and not lines and self.first > 1:
            return "".join(f"{row}\n" for row in rows[: self.first - 1])
        end = "\r" if self._has_windows_ends() else ""
        new = [f"{line}{end}" for line in lines]
        if ends_file and new:
            new[-1] = new[-1].removesuffix("\r")
        return "\n".join([*rows[: self.first - 1], *new, *rows[self.last :]])

    def _all(self) -> list[str]:
        return self.text.split("\n")

    def _has_windows_ends(self) -> bool:
        """Whether the lines end in CR LF; a last line without a line end goes by the one above."""
        rows = self._all()
        beside = rows[self.first - 1 : self.last]
        if self.last == len(rows):
            beside = beside[:-1] or rows[self.first - 2 : self.first - 1]
        return bool(beside) and beside[0].endswith("\r")


def _shown(diff: FileDiff, lines: LineRange) -> tuple[str, ...]:
    """What the diff shows of these lines."""
    wanted = range(lines.start, lines.end + 1)
    return tuple(line.text.removesuffix("\r") for line in diff.lines() if line.new_number in wanted)
