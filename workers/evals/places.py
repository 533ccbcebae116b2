"""Where a finding stands on the new side of a change, and how far that is from a known defect.

What is *not* here: whether they are the same defect (workers.evals.judging).
"""

from __future__ import annotations

from collections.abc import Iterator

from bot.domain.diff import Diff, FileDiff, Side
from bot.domain.finding import LineRange, MarkedFinding
from workers.evals.cases import Truth

NEAR = 5
"""Lines between a finding and a known defect that may still mean the same place."""

Range = tuple[int, int]
"""First and last line, both included."""


def new_side(marked: MarkedFinding, diff: Diff) -> Range | None:
    """The lines that people see the finding at, on the new side; None where it has no place.

    Removed lines count as the new lines right before and behind them.
    """
    if marked.anchor is not None:
        lines = LineRange(marked.anchor.first_line, marked.anchor.line, marked.anchor.side)
    elif marked.finding.lines is not None:
        lines = marked.finding.lines
    else:
        return None
    file = diff.file(marked.finding.path)
    if lines.side is Side.RIGHT or file is None:
        return lines.start, lines.end
    return _across(file, lines)


def is_near(path: str, lines: Range, truth: Truth) -> bool:
    """Whether lines of a file are at a known defect, or within a few lines of it."""
    return any(_gap(lines, part) <= NEAR for part in _parts(path, truth)) or _holds_file(path, truth)


def is_right_line(path: str, lines: Range, truth: Truth, diff: Diff) -> bool:
    """Whether lines meet the defect's own or, where the diff shows none of those, the nearest shown ones."""
    parts = list(_parts(path, truth))
    if any(_gap(lines, part) == 0 for part in parts):
        return True
    shown = sorted(_shown(diff.file(path)))
    return any(_gap(lines, (nearest, nearest)) == 0 for part in parts for nearest in _nearest(part, shown))


def _parts(path: str, truth: Truth) -> Iterator[Range]:
    for place in truth.places:
        if place.path == path:
            yield from place.ranges


def _holds_file(path: str, truth: Truth) -> bool:
    return any(not place.ranges and place.path in ("", path) for place in truth.places)


def _gap(one: Range, other: Range) -> int:
    """Lines from one range to another; 0 where they meet."""
    return max(0, one[0] - other[1], other[0] - one[1])


def _nearest(part: Range, shown: list[int]) -> list[int]:
    """The shown lines that are nearest to a range."""
    least = min((_gap(part, (line, line)) for line in shown), default=0)
    return [line for line in shown if _gap(part, (line, line)) == least]


def _shown(file: FileDiff | None) -> frozenset[int]:
    lines = file.lines() if file else ()
    return frozenset(line.new_number for line in lines if line.new_number is not None)


def _across(file: FileDiff, lines: LineRange) -> Range:
    """Removed lines as the new ones around them."""
    hunk = file.hunk_at(Side.LEFT, lines.end) or file.hunk_at(Side.LEFT, lines.start)
    if hunk is None:
        return lines.start, lines.end
    before, behind, reached = max(1, hunk.new_start - 1), hunk.new_start + hunk.new_count, False
    for line in hunk.lines:
        if line.new_number is not None:
            if reached:
                return before, line.new_number
            before = line.new_number
        reached = reached or (line.old_number or 0) >= lines.start
    return before, max(before, behind)
