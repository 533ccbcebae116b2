"""The code around each hunk: its enclosing function or class, found by indentation alone.

Works in every language that people indent; it never has to parse, so it cannot be made to fail by odd code.
What is *not* here: definitions and callers elsewhere, and how the lines are shown to a model.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from bot.domain.diff import FileDiff, Hunk, Line, LineKind

MARGIN = 8
"""Lines shown above and below a hunk where its block is too long to be shown whole, or has no head."""
_HEAD_LINES = 3
_HEAD_LENGTH = 400
_DEEPEST = 40
"""Lines that a line is shown to stand in, from the inside: a bound on work, beyond what people write."""
_BLOCK_WORDS = (
    r"def|class|function|func|fn|fun|sub|impl|trait|struct|interface|enum|module|namespace|object|type"
)
_DEFINITION = re.compile(
    rf"^(@|(?:(?:export|default|public|private|protected|internal|static|async|abstract|final|override|pub"
    rf"|unsafe|inline|virtual|const|open|suspend|local)\b(?:\([^)]*\))?\s*)*(?:{_BLOCK_WORDS})\b)"
)
_BRACE_HEAD = re.compile(r"^[\w$~<>:,&*\[\]?.\s@\"'#]*[\w$~>]\s*\([^;]*\)[^;()]*\{\s*$")
_OUTERMOST_HEAD = re.compile(r"^[\w$~][\w$~<>:,&*\s]*\([^;]*[),(]\s*$")
_MEMBER_HEAD = re.compile(r"^(public|private|protected|internal|static|virtual|override)\b[^;=]*\([^;]*$")
_ARROW_HEAD = re.compile(r"=>\s*\{?\s*$|=\s*(async\s+)?function\b")
_CONTROL = re.compile(
    r"^[})\]]*\s*(if|else|elif|for|foreach|while|switch|match|catch|try|do|return|with|when|case|unless)\b"
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
class Heads:
    """What a hunk stands in.

    Attributes:
        first: number of its first line at the head, 1-based.
        above: numbers of the lines above it that any of its lines stands in, in order.
    """

    first: int
    above: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Window:
    """Head lines to show for some hunks: one run of them, and `heads`, lines above it that it stands in."""

    first: int
    last: int
    heads: frozenset[int]
    hunks: tuple[Hunk, ...]


@dataclass(frozen=True, slots=True)
class _Text:
    """A file at the head, each question about a line answered once: hostile files have many changes.

    Attributes:
        indents: width of each line's indentation; None for a blank line.
        parents: 1-based number of the line that each line stands in: the nearest one above with smaller
            indentation (for `else` and the like also with the same); 0 where there is none.
    """

    lines: Sequence[str]
    indents: Sequence[int | None]
    parents: Sequence[int]
    _definitions: dict[int, bool] = field(default_factory=dict)
    _ends: dict[int, int | None] = field(default_factory=dict)

    @classmethod
    def of(cls, lines: Sequence[str]) -> _Text:
        indents = [_indent(line) if line.strip() else None for line in lines]
        return cls(lines, indents, _parents(lines, indents))

    def is_definition(self, number: int) -> bool:
        """Whether a line looks like the head of a function, method, class or the like."""
        if number not in self._definitions:
            self._definitions[number] = _is_definition(self.lines[number - 1])
        return self._definitions[number]

    def ancestors(self, place: int) -> list[int]:
        """Lines that a line stands in, innermost first; itself where it opens a block."""
        number = place
        while number and self.indents[number - 1] is None:
            number -= 1
        if number == 0:
            return []
        chain = [number] if self.is_definition(number) else []
        while (number := self.parents[number - 1]) and len(chain) < _DEEPEST:
            chain.append(number)
        return chain

    def block_end(self, start: int, most: int) -> int | None:
        """Last line of the block that a line opens; None for a block of more than `most` lines."""
        if start not in self._ends:
            self._ends[start] = self._block_end(start, most)
        return self._ends[start]

    def _block_end(self, start: int, most: int) -> int | None:
        depth = self.indents[start - 1] or 0
        end = start
        for number in range(start + 1, min(len(self.lines), start + most) + 1):
            line, indent = self.lines[number - 1], self.indents[number - 1]
            if indent is None:
                continue
            if indent <= depth:
                if line.strip()[0] in "){" or (number == start + 1 and self.is_definition(number)):
                    end = number
                    continue
                return number if _CLOSES.match(line) else end
            end = number
        return end if start + most > len(self.lines) else None


def excerpts(file: FileDiff, text: str, block_lines: int) -> tuple[Excerpt, ...]:
    """Every hunk of a file inside its enclosing code, in order; those that meet are one excerpt.

    Args:
        file: what happened to the file.
        text: the file at the head; empty for a removed one. Where it does not fit, hunks stand alone.
        block_lines: a block longer than this is shown by its head, and by the lines close to the hunk.
    """
    head = _split(text)
    if not head or not fits(file, head):
        return tuple(Excerpt(hunk.lines) for hunk in file.hunks)
    text_at_head = _Text.of(head)
    windows = [_window(text_at_head, hunk, block_lines) for hunk in file.hunks]
    return tuple(Excerpt(_lines(head, window)) for window in _joined(windows))


def heads_above(file: FileDiff, text: str) -> tuple[Heads, ...] | None:
    """What each hunk stands in, in order; None where the text does not fit. `text` as in `excerpts`."""
    head = _split(text)
    if not head or not fits(file, head):
        return None
    text_at_head = _Text.of(head)
    return tuple(_heads(text_at_head, hunk) for hunk in file.hunks)


def _heads(head: _Text, hunk: Hunk) -> Heads:
    first, last = _span(hunk, len(head.lines))
    numbers: set[int] = set()
    if first > 1:
        for number in range(first, last + 1):
            if head.indents[number - 1] is not None:
                numbers.update(one for one in head.ancestors(number) if one < first)
    return Heads(first, tuple(sorted(numbers)))


def _split(text: str) -> list[str]:
    return [line.removesuffix("\r") for line in text.removesuffix("\n").split("\n")] if text else []


def fits(file: FileDiff, head: Sequence[str]) -> bool:
    """Whether the diff's new side is what the text says, whose lines are given without line ends."""
    return bool(file.hunks) and all(
        line.new_number is None
        or (line.new_number <= len(head) and head[line.new_number - 1] == line.text.removesuffix("\r"))
        for line in file.lines()
    )


def _window(head: _Text, hunk: Hunk, block_lines: int) -> _Window:
    """What to show around one hunk."""
    length = len(head.lines)
    first, last = _span(hunk, length)
    heads: set[int] = set()
    for place in _places(hunk, length):
        chain = head.ancestors(place)
        heads.update(chain)
        block = next((number for number in chain if head.is_definition(number)), None)
        if block is None:
            continue
        end = head.block_end(block, block_lines)
        if end is not None:
            first, last = min(first, block), max(last, end)
        else:
            heads.update(range(block, min(block + _HEAD_LINES, length + 1)))
            first, last = _widened(first, last, block, length)
    if not heads:
        first, last = _widened(first, last, 1, length)
    return _Window(first, last, frozenset(heads), (hunk,))


def _joined(windows: Sequence[_Window]) -> Iterator[_Window]:
    """Windows in order; those that meet are one. Heads inside of a window are no heads of it."""
    group: list[_Window] = []
    first = last = 0
    for window in windows:
        if group and not (window.first <= last + 1 and first <= window.last + 1):
            yield _union(group, first, last)
            group = []
        first = min(first, window.first) if group else window.first
        last = max(last, window.last) if group else window.last
        group.append(window)
    if group:
        yield _union(group, first, last)


def _union(group: Sequence[_Window], first: int, last: int) -> _Window:
    heads = frozenset(number for window in group for number in window.heads if number < first)
    return _Window(first, last, heads, tuple(hunk for window in group for hunk in window.hunks))


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


def _parents(lines: Sequence[str], indents: Sequence[int | None]) -> list[int]:
    """`_Text.parents`, in one walk: `open_lines` are those that a following line could stand in."""
    parents: list[int] = []
    open_lines: list[int] = []
    widths: list[int] = []
    for number, (line, indent) in enumerate(zip(lines, indents, strict=True), start=1):
        if indent is None:
            parents.append(0)
            continue
        inside = (bisect_right if _CONTINUES.match(line) else bisect_left)(widths, indent)
        parents.append(open_lines[inside - 1] if inside else 0)
        closed = bisect_left(widths, indent)
        del open_lines[closed:], widths[closed:]
        open_lines.append(number)
        widths.append(indent)
    return parents


def _is_definition(line: str) -> bool:
    """Whether a line looks like the head of a function, method, class or the like."""
    code = line.lstrip()[:_HEAD_LENGTH]  # without indentation: expressions would try each blank of it
    if _CONTROL.match(code):
        return False
    return bool(
        _DEFINITION.match(code)
        or _ARROW_HEAD.search(code)
        or _BRACE_HEAD.match(code)
        or (code[:1] == line[:1] and _OUTERMOST_HEAD.match(code))
        or _MEMBER_HEAD.match(code)
    )


def _indent(line: str) -> int:
    """Width of the leading white space; a tab counts as four."""
    expanded = line[: len(line) - len(line.lstrip())].expandtabs(4)
    return len(expanded)


def _lines(head: Sequence[str], window: _Window) -> tuple[Line, ...]:
    """The window's lines: those of its hunks as the diff has them, the rest as context."""
    ends = [hunk.new_start + max(hunk.new_count, 1) for hunk in window.hunks]

    def context(number: int) -> Line:
        shift = _shift(window.hunks, bisect_right(ends, number))
        return Line(LineKind.CONTEXT, head[number - 1], number + shift, number)

    lines = [context(number) for number in sorted(window.heads)]
    number = window.first
    for hunk in window.hunks:
        start = hunk.new_start if hunk.new_count else hunk.new_start + 1
        lines += [context(between) for between in range(number, start)]
        lines += hunk.lines
        number = max(number, start + hunk.new_count)
    lines += [context(rest) for rest in range(number, window.last + 1)]
    return tuple(lines)


def _shift(hunks: Sequence[Hunk], following: int) -> int:
    """From head to base numbers for lines outside the hunks: it follows from the hunk below, or the last."""
    if following < len(hunks):
        hunk = hunks[following]
        return _first(hunk.old_start, hunk.old_count) - _first(hunk.new_start, hunk.new_count)
    return (hunks[-1].old_start + hunks[-1].old_count) - (hunks[-1].new_start + hunks[-1].new_count)


def _first(start: int, count: int) -> int:
    return start if count else start + 1
