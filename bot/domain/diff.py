"""A change as hunks of lines, and where on it GitHub can anchor a comment.

What is *not* here: reading diff text (bot.parsing.diffs).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum


class Side(StrEnum):
    """GitHub's word for the two halves of a split diff: LEFT is the base, RIGHT is the head."""

    LEFT = "LEFT"
    RIGHT = "RIGHT"


class LineKind(StrEnum):
    """What a line of a hunk does."""

    CONTEXT = "context"
    ADDED = "added"
    REMOVED = "removed"


class FileStatus(StrEnum):
    """What a change does to a file; GitHub's words."""

    ADDED = "added"
    MODIFIED = "modified"
    REMOVED = "removed"
    RENAMED = "renamed"
    COPIED = "copied"
    MODE_CHANGED = "mode_changed"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a hunk.

    Attributes:
        text: the line without its diff marker and without the final newline; a CR before it is kept.
        old_number: 1-based number in the base file; None for added lines.
        new_number: 1-based number in the head file; None for removed lines.
    """

    kind: LineKind
    text: str
    old_number: int | None
    new_number: int | None

    def number_on(self, side: Side) -> int | None:
        """The line's number on one side, or None where it does not exist there."""
        return self.old_number if side is Side.LEFT else self.new_number


@dataclass(frozen=True, slots=True)
class Hunk:
    """A run of changed lines with their context.

    Attributes:
        heading: what git prints behind the second `@@` (often the enclosing function); may be empty.
        is_shown: whether GitHub shows it; False for text that is only read beside the diff.
    """

    old_start: int
    old_count: int
    new_start: int
    new_count: int
    heading: str
    lines: tuple[Line, ...]
    is_shown: bool = True

    def has_line(self, side: Side, number: int) -> bool:
        """Whether this hunk has this line of this side."""
        return self.cut(side, number, number) is not None

    def cut(self, side: Side, first: int, last: int) -> tuple[int, int] | None:
        """The part of `first..last` that this hunk shows of a side, or None when it shows nothing of it."""
        start, count = (
            (self.old_start, self.old_count) if side is Side.LEFT else (self.new_start, self.new_count)
        )
        first, last = max(first, start), min(last, start + count - 1)
        return (first, last) if first <= last else None


@dataclass(frozen=True, slots=True)
class Anchor:
    """A place where GitHub accepts an inline comment.

    Attributes:
        line: last line of the comment's range, 1-based on `side`.
        start_line: first line of the range, smaller than `line` and in the same hunk; None for a single line.
    """

    path: str
    side: Side
    line: int
    start_line: int | None = None

    @property
    def first_line(self) -> int:
        """First line of the range, also when it has just one."""
        return self.line if self.start_line is None else self.start_line


@dataclass(frozen=True, slots=True)
class FileDiff:
    """What happened to one file.

    Attributes:
        path: name at the head (at the base for removed files), `/`-separated, unquoted.
        old_path: name at the base where it differs, else None.
        unread: why its changed lines are not known though it has some (no `patch`, unparseable), or None.
    """

    path: str
    status: FileStatus
    hunks: tuple[Hunk, ...] = ()
    old_path: str | None = None
    is_binary: bool = False
    is_submodule: bool = False
    unread: str | None = None

    def lines(self) -> Iterator[Line]:
        """Every line of every hunk, in order."""
        for hunk in self.hunks:
            yield from hunk.lines

    def hunk_at(self, side: Side, number: int) -> Hunk | None:
        """The hunk that shows a line, or None when the diff does not show it."""
        return next((hunk for hunk in self.hunks if hunk.has_line(side, number)), None)

    def anchor(self, side: Side, first: int, last: int) -> Anchor | None:
        """Where a comment on `first..last` of a side can stand, or None.

        A range that leaves its hunk is cut to the hunk that shows its last line, or else its first, or else
        any of it. None also for a name that is no UTF-8: GitHub's API has no way to say it.
        """
        shown = [hunk for hunk in self.hunks if hunk.is_shown]
        tried = ((last, last), (first, first), (first, last))
        hunk = next((hunk for lines in tried for hunk in shown if hunk.cut(side, *lines)), None)
        part = hunk.cut(side, first, last) if hunk else None
        if part is None or not _is_utf8(self.path):
            return None
        start, end = part
        return Anchor(self.path, side, end, start if start < end else None)

    def changed_lines(self, side: Side = Side.RIGHT) -> frozenset[int]:
        """Numbers of the added (RIGHT) or removed (LEFT) lines."""
        kind = LineKind.ADDED if side is Side.RIGHT else LineKind.REMOVED
        return frozenset(
            number
            for line in self.lines()
            if line.kind is kind and (number := line.number_on(side)) is not None
        )


@dataclass(frozen=True, slots=True)
class Diff:
    """A whole change: base to head.

    Attributes:
        missing: how many changed files GitHub counts beyond those in `files` (a listing stops at 3,000).
    """

    files: tuple[FileDiff, ...]
    missing: int = 0

    def file(self, path: str) -> FileDiff | None:
        """The file with this name at the head, or None."""
        return next((file for file in self.files if file.path == path), None)


def _is_utf8(name: str) -> bool:
    """Whether a name is text, not bytes that a diff carries as lone surrogates."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True
