"""Which lines of a definition or around a call are shown: what a reader of the change needs of them.

What is *not* here: which definitions and calls are worth it (workers.context.picking).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from workers.context.symbol_tables import CONSTRUCTORS, Kind
from workers.context.symbols import Definition, Symbols, enclosing_definitions

WHOLE_LINES = 14
"""A definition of no more lines, its comment not counted, is shown whole."""
MOST_LINES = 16
"""Lines shown of a longer one."""
AROUND = 2
"""Lines shown above and below a call."""
_HEAD_LINES = 8
_DOC_LINES = 4
_DOC_STRING_LINES = 3
_FEW_LINES = 8
_FEW_OUTCOMES = 3
_QUOTES = re.compile(r"\"\"\"|'''")
_MEMBER_LINES = 8
_LOOKED_AT = 300
_TELLING = re.compile(
    r"\b(return|raise|throw|yield|panic|abort|assert\w*|reject|exit|fail\w*)\b|\bErr\(|::Error\b|=>\s*[^{\s]"
)
_TELLING_DOC = re.compile(
    r"@(return|throws?|exception|raises?|deprecated|param)|:(raises?|returns?)|\b(must|never)\b"
)
_COMMENT = re.compile(r"\s*(//|#(?!\[)|\*|/\*|--\s)")
_CONDITION = re.compile(r"[\s})]*(if|elif|elsif|else|unless|except|catch|rescue|case|when|while|for)\b")
_DOC_STRING = re.compile(r"\s*[rRbBuU]*(\"\"\"|'''|\"|')")
_TEST_HEAD = re.compile(r"\s*(it|test|describe|context|specify|scenario|should|Deno\.test)\b\s*[.(\"'`]")
_TEST_HEAD_WITHIN = 60


def of_definition(definition: Definition, symbols: Symbols, lines: Sequence[str]) -> list[int]:
    """Numbers of the lines to show: all of a short one; of others head, doc, and what comes out of them."""
    if definition.end - definition.head < WHOLE_LINES:
        return [*_doc(definition, lines), *range(definition.head, definition.end + 1)]
    head = of_head(definition, lines)
    rest = range(max(head) + 1, definition.end + 1)
    if definition.kind in (Kind.CLASS, Kind.TYPE):
        telling = _members(definition, symbols) or list(rest)
    elif definition.kind is Kind.CONSTANT:
        telling = list(rest)
    else:
        telling = _outcomes(rest, lines)
        if len(telling) < _FEW_OUTCOMES:
            telling = [*_after_doc_string(head, rest, lines)[: _FEW_LINES - len(telling)], *telling]
    return _first_of([*head, *telling], MOST_LINES)


def of_head(definition: Definition, lines: Sequence[str]) -> list[int]:
    """Numbers of the lines of its head, with its comment or doc string cut."""
    opens = definition.body == definition.head or "{" in lines[definition.body - 1]
    last = max(definition.body if opens else definition.body - 1, definition.head)
    last = min(last, definition.head + _HEAD_LINES - 1, definition.end)
    shown = [*_doc(definition, lines), *range(definition.head, last + 1)]
    if last < definition.end and _DOC_STRING.match(lines[last]):
        shown += range(last + 1, min(last + _DOC_STRING_LINES, definition.end) + 1)
    return shown


def around_call(line: int, symbols: Symbols, lines: Sequence[str]) -> list[int]:
    """Numbers of the lines around a call, inside the function it stands in, whose head comes first."""
    first, last = max(1, line - AROUND), min(len(lines), line + AROUND)
    around = enclosing_definitions(symbols, line)
    function = next((d for d in around if d.kind in (Kind.FUNCTION, Kind.METHOD) and d.head <= line), None)
    if function is None:
        head = _test_head(line, lines)
        return _first_of([*([head] if head else []), *range(first, last + 1)], MOST_LINES)
    first, last = max(first, function.head), min(last, function.end)
    return _first_of([function.head, *range(first, last + 1)], MOST_LINES)


def _doc(definition: Definition, lines: Sequence[str]) -> list[int]:
    """Lines above the head: decorators, and the start and the promises of a comment."""
    above = range(definition.start, definition.head)
    text = [number for number in above if lines[number - 1].strip(" \t*/#")]
    first = text[:_DOC_LINES]
    return [
        number
        for number in text
        if number in first
        or not _COMMENT.match(lines[number - 1])
        or _TELLING_DOC.search(lines[number - 1][:_LOOKED_AT])
    ][: _DOC_LINES * 2]


def _outcomes(numbers: Iterable[int], lines: Sequence[str]) -> list[int]:
    """Lines that give something back or fail, each text once, with the condition above."""
    found: list[int] = []
    seen: set[str] = set()
    for number in numbers:
        text = lines[number - 1][:_LOOKED_AT]
        if _COMMENT.match(text) or not _TELLING.search(text) or text.strip() in seen:
            continue
        seen.add(text.strip())
        found += [number - 1] if _CONDITION.match(lines[number - 2][:_LOOKED_AT]) else []
        found.append(number)
    return found


def _members(definition: Definition, symbols: Symbols) -> list[int]:
    """Heads of the parts of a class, its constructor with its first lines."""
    inside = [
        other
        for other in symbols.definitions
        if other.within == definition.name and definition.head < other.head <= definition.end
    ]
    shown: list[int] = []
    for member in sorted(inside, key=lambda other: other.name not in CONSTRUCTORS):
        more = _MEMBER_LINES if member.name in CONSTRUCTORS else 0
        shown += range(member.head, min(member.end, member.head + more) + 1)
        if len(shown) > MOST_LINES:
            break
    return shown


def _after_doc_string(head: Sequence[int], rest: range, lines: Sequence[str]) -> range:
    """The lines of a body without those that go on with a doc string whose start is in the head."""
    begun = sum(len(_QUOTES.findall(lines[number - 1])) for number in head)
    if begun % 2 == 0:
        return rest
    return next(
        (rest[index + 1 :] for index, number in enumerate(rest) if _QUOTES.search(lines[number - 1])), rest
    )


def _test_head(line: int, lines: Sequence[str]) -> int | None:
    """The line that opens the test case that a line stands in, where it is a call with a name."""
    for number in range(line, max(0, line - _TEST_HEAD_WITHIN), -1):
        if _TEST_HEAD.match(lines[number - 1][:_LOOKED_AT]):
            return number
    return None


def _first_of(numbers: Iterable[int], most: int) -> list[int]:
    """The first ones that were named, in the order of the file."""
    return sorted(list(dict.fromkeys(numbers))[:most])
