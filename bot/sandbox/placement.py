"""Where an inline comment may stand, and where it stands after further pushes.

GitHub takes a comment only on a line that the diff shows; a range must lie in one hunk, first line first.
`… could not be resolved` is GitHub's wording; what is said of ranges and sides is ours.

What is *not* here: storing comments (api/reviews.py).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bot.sandbox.patches import ChangedFile, PatchLine, hunk_ranges

SIDES = ("LEFT", "RIGHT")


class Misplaced(Exception):
    """GitHub has no place for a comment; the message is the sentence that it answers with."""


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a diff.

    Attributes:
        line: None for a comment on a whole file.
        position: lines below the first hunk's head.
        diff_hunk: the hunk from its head down to the line; empty for a whole file.
    """

    path: str
    side: str = "RIGHT"
    line: int | None = None
    start_side: str | None = None
    start_line: int | None = None
    position: int | None = None
    diff_hunk: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a place is in the present diff; all None when it is outdated."""

    line: int | None = None
    start_line: int | None = None
    position: int | None = None


def place(files: Sequence[ChangedFile], wanted: Mapping[str, Any]) -> Place:
    """Find the place that a request asks for.

    Args:
        wanted: `path` with `line` (and `side`, `start_line`, `start_side`), with `position`, or with
            `subject_type: file`.

    Raises:
        Misplaced: when GitHub would refuse.
    """
    file = next((one for one in files if one.path == wanted.get("path")), None)
    if file is None:
        raise Misplaced("Path could not be resolved")
    if wanted.get("subject_type") == "file":
        return Place(file.path)
    lines = file.lines()
    if wanted.get("line") is None and wanted.get("position") is not None:
        return _at_position(file.path, lines, wanted["position"])
    whole = _at_line(file.path, lines, wanted)
    if wanted.get("start_line") is None:
        return whole
    start_side = _side(wanted.get("start_side"), whole.side)
    if not any(line.number(start_side) == wanted["start_line"] for line in _range_room(lines, whole)):
        raise Misplaced(_why_no_range(lines, start_side, wanted["start_line"], whole))
    return replace(whole, start_side=start_side, start_line=wanted["start_line"])


def standing(origin: Place, files: Sequence[ChangedFile], moved: str | None) -> Standing:
    """Where a comment is now.

    Args:
        files: the present diff.
        moved: patch of its file from the commented commit to the present head, without context lines; None
            when nothing moved.
    """
    file = next((one for one in files if one.path == origin.path), None)
    if file is None or origin.line is None:
        return Standing()
    line, start = origin.line, origin.start_line
    if moved and origin.side == "RIGHT":
        line = shift(line, moved) or 0
        start = shift(start, moved) if start is not None else None
    at = _line_at(file.lines(), origin.side, line)
    if at is None or (origin.start_line is not None and start is None):
        return Standing()
    return Standing(line, start, at.position)


def shift(line: int, patch: str) -> int | None:
    """The new number of a line after a change, or None when the change removed or rewrote it."""
    offset = 0
    for old_start, old_count, _, new_count in hunk_ranges(patch):
        before = old_start if old_count == 0 else old_start - 1  # the last line that stays above the hunk
        if line <= before:
            break
        if line <= before + old_count:
            return None
        offset += new_count - old_count
    return line + offset


def _side(value: object, fallback: str) -> str:
    side = fallback if value is None else str(value).upper()
    if side not in SIDES:
        raise Misplaced(f"A side is one of {' and '.join(SIDES)}")
    return side


def _line_at(lines: Sequence[PatchLine], side: str, number: object) -> PatchLine | None:
    if not isinstance(number, int) or number < 1:
        return None
    return next((line for line in lines if line.number(side) == number), None)


def _at_line(path: str, lines: Sequence[PatchLine], wanted: Mapping[str, Any]) -> Place:
    side = _side(wanted.get("side"), "RIGHT")
    line = _line_at(lines, side, wanted.get("line"))
    if line is None:
        raise Misplaced("Line could not be resolved")
    return Place(path, side, line.number(side), position=line.position, diff_hunk=_hunk_down_to(lines, line))


def _range_room(lines: Sequence[PatchLine], end: Place) -> list[PatchLine]:
    """The lines that a range may begin on: those above its end, up to the head of the hunk."""
    above = [line for line in lines if line.position < (end.position or 0)]
    heads = [number for number, line in enumerate(above) if line.mark == "@"]
    return above[heads[-1] + 1 :]


def _why_no_range(lines: Sequence[PatchLine], side: str, number: object, end: Place) -> str:
    start = _line_at(lines, side, number)
    if start is None:
        return "A range begins on a line that the diff does not show"
    if start.position >= (end.position or 0):
        return "A range has to begin above the line that it ends on"
    return "A range has to begin and end in one hunk"


def _at_position(path: str, lines: Sequence[PatchLine], position: object) -> Place:
    line = next((one for one in lines if one.position == position and one.mark in " +-"), None)
    if line is None:
        raise Misplaced("Position could not be resolved")
    side = "LEFT" if line.mark == "-" else "RIGHT"
    return Place(path, side, line.number(side), position=line.position, diff_hunk=_hunk_down_to(lines, line))


def _hunk_down_to(lines: Sequence[PatchLine], end: PatchLine) -> str:
    return "\n".join(_show(line) for line in lines if line.hunk == end.hunk and line.position <= end.position)


def _show(line: PatchLine) -> str:
    return line.text if line.mark == "@" else line.mark + line.text
