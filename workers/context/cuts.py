"""Which lines of a definition or around a call are shown: what a reader of the change needs of them.

What is *not* here: which definitions and calls are worth it (workers.context.related).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from workers.context.symbol_tables import Kind
from workers.context.symbols import Definition, Symbols, enclosing_definitions

WHOLE_LINES = 14
"""A definition of no more lines is shown whole."""
MOST_LINES = 16
"""Lines shown of a longer one."""
AROUND = 2
"""Lines shown above and below a call."""
_SIGNATURE_LINES = 8
_DOC_LINES = 6
_TELLING = re.compile(
    r"\b(return|raise|throw|throws|yield|panic|abort|assert|reject|exit|await)\b|\bErr\(|\b(null|nil|None|NULL)\b"
    r"|\bundefined\b|::Error\b"
)
_TEST_HEAD = re.compile(r"^\s*(it|test|describe|context|specify|scenario|should|Deno\.test)\b\s*[.(\"'`]")
_TEST_HEAD_AT_MOST = 60
_CONSTRUCTORS = frozenset({"__init__", "__new__", "constructor", "initialize"})


def of_definition(definition: Definition, symbols: Symbols, lines: Sequence[str]) -> list[int]:
    """Numbers of the lines to show: all of a short one, of others signature, doc and what they give back."""
    if definition.end - definition.start < WHOLE_LINES:
        return list(range(definition.start, definition.end + 1))
    shown = signature(definition, lines)
    if definition.kind in (Kind.CLASS, Kind.TYPE):
        shown += _members(definition, symbols, lines)
    else:
        body = range(max(shown) + 1, definition.end + 1)
        shown += [number for number in body if _TELLING.search(lines[number - 1][:300])]
    return _first_of(shown, MOST_LINES)


def signature(definition: Definition, lines: Sequence[str]) -> list[int]:
    """Numbers of the lines of its head, and of its comment or doc string, cut."""
    head_end = min(max(definition.head, definition.body), definition.head + _SIGNATURE_LINES - 1)
    if not re.search(r"[{:]\s*$", lines[definition.head - 1]) or head_end > definition.head:
        head_end = max(definition.head, head_end - (definition.body > definition.head))
    above = list(range(definition.start, definition.head))
    shown = [*above[:_DOC_LINES], *range(definition.head, head_end + 1)]
    following = head_end + 1
    if following <= definition.end and re.match(r"\s*[rRbu]*(\"\"\"|''')", lines[following - 1]):
        shown += range(following, min(following + 3, definition.end + 1))
    return shown


def around_call(line: int, symbols: Symbols | None, lines: Sequence[str]) -> list[int]:
    """Numbers of the lines around a call, inside the function it stands in, whose head comes first."""
    first, last = max(1, line - AROUND), min(len(lines), line + AROUND)
    around = enclosing_definitions(symbols, line) if symbols else ()
    function = next((d for d in around if d.kind in (Kind.FUNCTION, Kind.METHOD) and d.head <= line), None)
    if function is None:
        head = _test_head(line, lines)
        return _first_of([*([head] if head else []), *range(first, last + 1)], MOST_LINES)
    first, last = max(first, function.head), min(last, function.end)
    return _first_of([function.head, *range(first, last + 1)], MOST_LINES)


def _members(definition: Definition, symbols: Symbols, lines: Sequence[str]) -> list[int]:
    """Heads of the parts of a class, its constructor whole where it is short."""
    inside = [
        other
        for other in symbols.definitions
        if other.within == definition.name and definition.head < other.head <= definition.end
    ]
    if not inside:
        return list(range(definition.head + 1, min(definition.end, definition.head + MOST_LINES) + 1))
    shown: list[int] = []
    for member in sorted(inside, key=lambda other: other.name not in _CONSTRUCTORS):
        long = member.name in _CONSTRUCTORS
        shown += range(member.head, min(member.end, member.head + 8) + 1) if long else [member.head]
        if len(shown) > MOST_LINES:
            break
    return shown


def _test_head(line: int, lines: Sequence[str]) -> int | None:
    """The line that opens the test case that a line stands in, where it is a call with a name."""
    for number in range(line, max(0, line - _TEST_HEAD_AT_MOST), -1):
        if _TEST_HEAD.match(lines[number - 1][:300]):
            return number
    return None


def _first_of(numbers: Iterable[int], most: int) -> list[int]:
    """The first ones that were named, in the order of the file."""
    return sorted(list(dict.fromkeys(numbers))[:most])
