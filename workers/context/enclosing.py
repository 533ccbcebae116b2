"""The code around each hunk: its enclosing function or class, found by indentation alone.

Works in every language that people indent; it never has to parse, so it cannot be made to fail by odd code.
What is *not* here: definitions and callers elsewhere, and how the lines are shown to a model.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.domain.diff import FileDiff, Hunk, Line, LineKind

MARGIN = 8
"""Lines shown above and below a hunk where its block is too long to be shown whole, or has no head."""
_HEAD_LINES = 3
_SEARCH_LINES = 3_000
"""How far above a line its block may begin: a bound on work, not on sense."""
_BLOCK_WORDS = (
    r"def|class|function|func|fn|fun|sub|impl|trait|struct|interface|enum|module|namespace|object|type"
)
_DEFINITION = re.compile(
    rf"^\s*(@|(?:(?:export|default|public|private|protected|internal|static|async|abstract|final|override|pub"
    rf"|unsafe|inline|virtual|const|open|suspend|local)\b(?:\([^)]*\))?\s*)*(?:{_BLOCK_WORDS})\b)"
)
_BRACE_HEAD = re.compile(r"^\s*[\w$~<>:,&*\[\]?.\s@\"'#]*[\w$~>]\s*\([^;]*\)[^;()]*\{\s*$")
_OUTERMOST_HEAD = re.compile(r"^[\w$~][\w$~<>:,&*\s]*\([^;]*[),(]\s*$")
_MEMBER_HEAD = re.compile(r"^\s*(public|private|protected|internal|static|virtual|override)\b[^;=]*\([^;]*$")
_ARROW_HEAD = re.compile(r"=>\s*\{?\s*$|=\s*(async\s+)?function\b")
_CONTROL = re.compile(
    r"^\s*[})\]]*\s*(if|else|elif|for|foreach|while|switch|match|catch|try|do|return|with|when|case|unless)\b"
)
_CONTINUES = re.compile(r"^\s*([)\]}{]|(elif|else|except|finally|catch|rescue|ensure|when|case|default)\b)")
_CLOSES = re.compile(r"^\s*([)\]}]|end\b)")


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A piece of a file at the head, with removed lines in their places.

    Attributes:
        lines: in file order; where numbers jump, code in between is not shown.
    """

    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class _Window:
    """Head lines to show for some hunks: `core` is one run, `heads` are lines above it that it stands in."""

    first: int
    last: int
    heads: frozenset[int]
    hunks: tuple[Hunk, ...]

    def touches(self, other: _Window) -> bool:
        return other.first <= self.last + 1 and self.first <= other.last + 1

    def joined(self, other: _Window) -> _Window:
        first, last = min(self.first, other.first), max(self.last, other.last)
        return _Window(first, last, self.heads | other.heads, self.hunks + other.hunks)


def excerpts(file: FileDiff, text: str, block_lines: int) -> tuple[Excerpt, ...]:
    """Every hunk of a file inside its enclosing code, in order; those that meet are one excerpt.

    Args:
        file: what happened to the file.
        text: the file at the head; empty for a removed one. Where it does not fit, hunks stand alone.
        block_lines: a block longer than this is shown by its head, and by the lines close to the hunk.
    """
    head = [line.removesuffix("\r") for line in text.removesuffix("\n").split("\n")] if text else []
    if not head or not _fits(file, head):
        return tuple(Excerpt(hunk.lines) for hunk in file.hunks)
    windows: list[_Window] = []
    for hunk in file.hunks:
        window = _window(head, hunk, block_lines)
        if windows and windows[-1].touches(window):
            windows[-1] = windows[-1].joined(window)
        else:
            windows.append(window)
    return tuple(Excerpt(_lines(head, window)) for window in windows)


def _fits(file: FileDiff, head: Sequence[str]) -> bool:
    """Whether the diff's new side is what the text says."""
    return bool(file.hunks) and all(
        line.new_number is None
        or (line.new_number <= len(head) and head[line.new_number - 1] == line.text.removesuffix("\r"))
        for line in file.lines()
    )


def _window(head: Sequence[str], hunk: Hunk, block_lines: int) -> _Window:
    """What to show around one hunk."""
    first, last = _span(hunk, len(head))
    heads: set[int] = set()
    for place in _places(hunk, len(head)):
        chain = _ancestors(head, place)
        heads.update(chain)
        block = next((number for number in chain if _is_definition(head[number - 1])), None)
        if block is None:
            continue
        end = _block_end(head, block, block_lines)
        if end is not None:
            first, last = min(first, block), max(last, end)
        else:
            heads.update(range(block, min(block + _HEAD_LINES, len(head) + 1)))
            first, last = _widened(first, last, block, len(head))
    if not heads:
        first, last = _widened(first, last, 1, len(head))
    return _Window(first, last, frozenset(number for number in heads if number < first), (hunk,))


def _span(hunk: Hunk, length: int) -> tuple[int, int]:
    """First and last head line of a hunk. A hunk with nothing on the new side stands between two lines."""
    first = hunk.new_start if hunk.new_count else hunk.new_start + 1
    return max(1, min(first, length)), max(1, min(first + max(hunk.new_count, 1) - 1, length))


def _widened(first: int, last: int, lowest: int, highest: int) -> tuple[int, int]:
    """Some lines more on both ends, inside the block."""
    return min(first, max(lowest, first - MARGIN)), max(last, min(highest, last + MARGIN))


def _places(hunk: Hunk, length: int) -> list[int]:
    """Head lines where something changed: one for each run of changed lines."""
    places: list[int] = []
    following = max(hunk.new_start, 1)
    in_run = False
    for line in hunk.lines:
        if line.kind is not LineKind.CONTEXT and not in_run:
            places.append(min(following, length))
        in_run = line.kind is not LineKind.CONTEXT
        if line.new_number is not None:
            following = line.new_number + 1
    return places


def _ancestors(head: Sequence[str], place: int) -> list[int]:
    """Lines that a line stands in, innermost first: each the nearest one above with smaller indentation."""
    chain: list[int] = []
    number = next((n for n in range(place, 0, -1) if head[n - 1].strip()), 0)
    if number == 0:
        return chain
    if _is_definition(head[number - 1]):
        chain.append(number)
    limit = _indent(head[number - 1])
    if _CONTINUES.match(head[number - 1]):
        limit += 1
    for above in range(number - 1, max(0, number - 1 - _SEARCH_LINES), -1):
        line = head[above - 1]
        if line.strip() and _indent(line) < limit:
            chain.append(above)
            limit = _indent(line) + (1 if _CONTINUES.match(line) else 0)
        if limit == 0:
            break
    return chain


def _block_end(head: Sequence[str], start: int, most: int) -> int | None:
    """Last line of the block that a line opens; None for a block of more than `most` lines."""
    depth = _indent(head[start - 1])
    end = start
    for number in range(start + 1, min(len(head), start + most) + 1):
        line = head[number - 1]
        if not line.strip():
            continue
        if _indent(line) <= depth:
            if line.strip()[0] in "){" or (number == start + 1 and _is_definition(line)):
                end = number
                continue
            return number if _CLOSES.match(line) else end
        end = number
    return end if start + most > len(head) else None


def _is_definition(line: str) -> bool:
    """Whether a line looks like the head of a function, method, class or the like."""
    if _CONTROL.match(line):
        return False
    line = line[:400]
    return bool(
        _DEFINITION.match(line)
        or _ARROW_HEAD.search(line)
        or _BRACE_HEAD.match(line)
        or _OUTERMOST_HEAD.match(line)
        or _MEMBER_HEAD.match(line)
    )


def _indent(line: str) -> int:
    """Width of the leading white space; a tab counts as four."""
    expanded = line[: len(line) - len(line.lstrip())].expandtabs(4)
    return len(expanded)


def _lines(head: Sequence[str], window: _Window) -> tuple[Line, ...]:
    """The window's lines: those of its hunks as the diff has them, the rest as context."""
    lines = [_context(head, number, window) for number in sorted(window.heads)]
    number = window.first
    for hunk in window.hunks:
        start = hunk.new_start if hunk.new_count else hunk.new_start + 1
        lines += [_context(head, between, window) for between in range(number, start)]
        lines += hunk.lines
        number = max(number, start + hunk.new_count)
    lines += [_context(head, rest, window) for rest in range(number, window.last + 1)]
    return tuple(lines)


def _context(head: Sequence[str], number: int, window: _Window) -> Line:
    """An unchanged line outside the hunks; its base number follows from the hunk above or below it."""
    shift = 0
    for hunk in window.hunks:
        if number < hunk.new_start + max(hunk.new_count, 1):
            shift = _first(hunk.old_start, hunk.old_count) - _first(hunk.new_start, hunk.new_count)
            break
        shift = (hunk.old_start + hunk.old_count) - (hunk.new_start + hunk.new_count)
    return Line(LineKind.CONTEXT, head[number - 1], number + shift, number)


def _first(start: int, count: int) -> int:
    return start if count else start + 1
