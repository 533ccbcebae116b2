"""Whether code is ready for a name that is not there, or for a value of another type than annotated.

What is *not* here: what a hit says (ty_filters).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from workers.analysers.ruff_filters import Hit
from workers.analysers.rules import SourceText

_LINES_AROUND = 200  # how far from a hit its surroundings are looked at
_SEEN_OF_LINE = 300  # characters of a line that are looked at

_HEADER = re.compile(r"\s*(if|elif|else|try|except|with)\b(.*)")
_ASKS = re.compile(
    r"\b(?:hasattr|getattr|isinstance|issubclass|\w*version\w*|platform|\w*implementation|PY[23]\w*|IS_\w+"
    r"|os\.name|pypy\w*|TYPE_CHECKING|raises|assertRaises\w*|suppress)\b",
    re.IGNORECASE,
)
_CATCHES = re.compile(
    r"\s*except\b(?:\s*:|.*\b(?:AttributeError|ImportError|ModuleNotFoundError|TypeError|Exception"
    r"|BaseException)\b)"
)
_FUNCTION = re.compile(r"\s*(?:async )?def\b")


@dataclass(frozen=True, slots=True)
class _Block:
    """A block around a hit: the keyword and the whole line that opens it, and its indent."""

    keyword: str
    text: str
    indent: int


def is_prepared(hit: Hit, source: SourceText) -> bool:
    """Whether the code around a hit reckons with it: it asks before, or catches what would come of it."""
    if _ASKS.search(line_of(source, hit.start)) or _asks_for_type(hit, source):
        return True
    return any(_reckons(block, hit, source) for block in _blocks(hit, source))


def line_of(source: SourceText, number: int) -> str:
    """A line, 1-based; of a very long one its beginning."""
    return source.lines[number - 1][:_SEEN_OF_LINE]


def lines_above(hit: Hit, source: SourceText) -> Iterator[str]:
    """Lines above a hit, nearest first, up to the head of its function (included) where that is near."""
    indent = _indent(line_of(source, hit.start))
    for number in range(hit.start - 1, max(hit.start - _LINES_AROUND, 0), -1):
        text = line_of(source, number)
        yield text
        if _FUNCTION.match(text) and _indent(text) < indent:
            return


def _asks_for_type(hit: Hit, source: SourceText) -> bool:
    """Whether the function looks at the type of the value before."""
    root = re.match(r"[A-Za-z_]\w*", line_of(source, hit.start)[hit.column - 1 :])
    if root is None:
        return False
    asked = re.compile(rf"\b(?:isinstance|hasattr|callable|type)\(\s*{root[0]}\b")
    return any(asked.search(text) for text in lines_above(hit, source))


def _reckons(block: _Block, hit: Hit, source: SourceText) -> bool:
    if block.keyword == "except":
        return _CATCHES.match(block.text) is not None
    if block.keyword == "try":
        return _is_caught(hit, block.indent, source)
    return _ASKS.search(block.text) is not None


def _blocks(hit: Hit, source: SourceText) -> Iterator[_Block]:
    """The blocks around a hit, inner ones first; of an `else` also the `if` or `except` before it."""
    least = _indent(line_of(source, hit.start))
    has_before = False
    for number in range(hit.start - 1, max(hit.start - _LINES_AROUND, 0), -1):
        text = line_of(source, number)
        indent = _indent(text)
        if not text.strip() or indent > least or (indent == least and not has_before):
            continue
        header = _HEADER.match(text)
        if header:
            yield _Block(header[1], text, indent)
        elif indent == least:
            continue
        has_before = header is not None and header[1] in ("elif", "else", "except")
        least = indent


def _is_caught(hit: Hit, indent: int, source: SourceText) -> bool:
    """Whether the first clause of the `try` around a hit catches what it raises."""
    for number in range(hit.start + 1, min(hit.start + _LINES_AROUND, len(source.lines)) + 1):
        text = line_of(source, number)
        if text.strip() and _indent(text) <= indent and not text.lstrip().startswith((")", "]", "}", "#")):
            return _CATCHES.match(text) is not None
    return False


def _indent(text: str) -> int:
    return len(text) - len(text.lstrip())
