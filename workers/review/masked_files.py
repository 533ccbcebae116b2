"""A changed file as models see it: its secrets behind masks, each line masked as a part of its whole file.

Some lines of a private key do not look like one, so neither hunks nor excerpts can be masked by themselves.
Removed lines are masked as parts of the file at the base.
What is *not* here: what counts as a secret (bot.parsing.masking).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from bot.domain.diff import Hunk, Line
from bot.parsing.masking import masked
from workers.context.enclosing import fits
from workers.context.wanted import base_text
from workers.ports import SourceFile


def masked_file(file: SourceFile) -> SourceFile:
    """The file with masks in its text and in its hunks; the very same where it has no secrets.

    Where the text is not known, or is not what the diff says, each hunk is masked by itself.
    """
    rows = file.text.split("\n")
    if not file.text or not fits(file.diff, [row.removesuffix("\r") for row in rows]):
        hunks = tuple(map(_alone, file.diff.hunks))
        text = masked(file.text)
        same = text == file.text and hunks == file.diff.hunks
        return file if same else SourceFile(replace(file.diff, hunks=hunks), text)
    old = base_text(file).split("\n")
    head, base = _masked(rows), _masked(old)
    if head is rows and base is old:
        return file
    sides = _Sides(rows, list(head), old, base)
    hunks = tuple(sides.masked(file.diff.hunks))
    return SourceFile(replace(file.diff, hunks=hunks), "\n".join(sides.head))


def _masked(rows: Sequence[str]) -> Sequence[str]:
    """Rows of a file with masks; the very same where there is nothing to mask."""
    text = "\n".join(rows)
    shown = masked(text)
    return rows if shown is text else shown.split("\n")


def _alone(hunk: Hunk) -> Hunk:
    """A hunk of which nothing else is known."""
    rows = [line.text for line in hunk.lines]
    shown = _masked(rows)
    if shown is rows:
        return hunk
    lines = zip(hunk.lines, shown, strict=True)
    return replace(hunk, lines=tuple(replace(line, text=row) for line, row in lines))


def _first(hunk: Hunk) -> int:
    """Index at the head of a hunk's first line; of where it stands if it has none there."""
    return hunk.new_start - 1 if hunk.new_count else hunk.new_start


@dataclass(frozen=True, slots=True)
class _Sides:
    """The rows of a changed file on both sides.

    Attributes:
        rows: of the head as they are.
        head: the same with masks; gets those of lines that only the base shows to be secret.
        old: rows of the base as they are.
        base: the same with masks.
    """

    rows: Sequence[str]
    head: list[str]
    old: Sequence[str]
    base: Sequence[str]

    def masked(self, hunks: Sequence[Hunk]) -> Iterator[Hunk]:
        """The hunks, all of this file's and in its order, with the masked rows of both sides."""
        shift = 0  # from the head's indexes to the base's, behind the hunks so far
        for hunk in hunks:
            at = _first(hunk) + shift
            lines: list[Line] = []
            for line in hunk.lines:
                lines.append(_with_text(line, self._shown(line, at)))
                at += line.old_number is not None
            shift = at - _first(hunk) - hunk.new_count
            yield replace(hunk, lines=tuple(lines))

    def _shown(self, line: Line, at: int) -> str:
        """The text of a line with masks; `at` is its index at the base, if it is there."""
        if line.old_number is None or at >= len(self.base):
            return line.text if line.new_number is None else self.head[line.new_number - 1]
        if line.new_number is None:
            return self.base[at]
        return self._shown_of_both(line.new_number - 1, at)

    def _shown_of_both(self, own: int, at: int) -> str:
        """A line of both sides is masked where it is on either one."""
        if self.head[own] != self.rows[own]:
            return self.head[own]
        if self.base[at] != self.old[at]:
            self.head[own] = self.base[at]
        return self.base[at]


def _with_text(line: Line, text: str) -> Line:
    """The very same where nothing but its line end differs."""
    return line if text.removesuffix("\r") == line.text.removesuffix("\r") else replace(line, text=text)
