"""What models paste along with code, taken off again: fences, line numbers, marks, a lost indentation.

Only what can be told for sure is undone; where two readings are left, both are given, the likelier first.
What is *not* here: whether the code is any good (workers.review.replacing).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_FENCE = re.compile(r"\s*(`{3,})[\w+-]*\s*")
_NUMBERED = re.compile(r" {0,6}(\d{1,7})(?: [+ -](?: (.*))?)?")
_LEADING = re.compile(r"[ \t]*")
_TAB_SHOWN = "    "
"""What a tab is shown as where code has line numbers."""


def unpasted(lines: Sequence[str], current: Sequence[str], first: int) -> tuple[str, ...]:
    """Lines without the frame that code was shown in.

    Args:
        current: the lines that are to be replaced; what they have themselves is no frame.
        first: number of the first of them.
    """
    return _without_marks(_without_numbers(_without_fence(tuple(lines), current), first), current)


def readings(lines: Sequence[str], current: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    """The lines in each way in which they may be meant to be indented, the likeliest first."""
    lines = _with_tabs(lines, current)
    wanted = _indent(next((row for row in current if row.strip()), ""))
    filled = [line for line in lines if line.strip()]
    if not filled or _indent(filled[0]) or not wanted:
        return (tuple(lines),)
    all_lost = tuple(f"{wanted}{line}" if line.strip() else line for line in lines)
    if len(filled) == 1:
        return (all_lost,)
    at = lines.index(filled[0])
    first_lost = (*lines[:at], f"{wanted}{lines[at]}", *lines[at + 1 :])
    if all(line.startswith(wanted) for line in filled[1:]):
        return (first_lost, all_lost)
    return (all_lost, tuple(lines))


def _without_fence(lines: tuple[str, ...], current: Sequence[str]) -> tuple[str, ...]:
    if len(lines) < 2 or any(_FENCE.fullmatch(row) for row in current):
        return lines
    opened = _FENCE.fullmatch(lines[0])
    closes = opened is not None and lines[-1].strip() == opened.group(1)
    return lines[1:-1] if closes else lines


def _without_numbers(lines: tuple[str, ...], first: int) -> tuple[str, ...]:
    """Numbers are taken off where every line has one, and they count up from the number of the first line."""
    found = [_NUMBERED.fullmatch(line) for line in lines]
    numbers = [int(match.group(1)) for match in found if match]
    if not lines or numbers != list(range(first, first + len(lines))):
        return lines
    return tuple(match.group(2) or "" for match in found if match)


def _without_marks(lines: tuple[str, ...], current: Sequence[str]) -> tuple[str, ...]:
    """A plus before every line is a mark, unless the code is like that."""
    filled = [line for line in lines if line]
    if not filled or not all(line[0] == "+" for line in filled) or any(row[:1] == "+" for row in current):
        return lines
    return tuple(line[1:] for line in lines)


def _with_tabs(lines: Sequence[str], current: Sequence[str]) -> tuple[str, ...]:
    """Code was shown with blanks for tabs: where the lines are indented with tabs alone, these come back."""
    indents = [indent for row in current if (indent := _indent(row))]
    if not indents or any(set(indent) != {"\t"} for indent in indents):
        return tuple(lines)
    return tuple(_indent(line).replace(_TAB_SHOWN, "\t") + line[len(_indent(line)) :] for line in lines)


def _indent(line: str) -> str:
    match = _LEADING.match(line)
    return match.group() if match else ""
