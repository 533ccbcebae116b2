"""The line that a claim names, where the quote ends before it.

A model that reports a long statement may quote its first lines, and name in its claim what stands in a later
one. People should be sent to that line.
What is *not* here: where the quote stands (workers.review.quotes).
"""

from __future__ import annotations

import re

from bot.domain.diff import Side
from bot.domain.finding import LineRange
from workers.ports import SourceFile
from workers.review.quotes import normalised

REACH = 8
"""Lines behind the quote that may be meant."""
_NAMED = re.compile(r"`([^`\n]{8,200})`")
"""Code in a claim that is long enough to be told from other code."""


def pointed(claim: str, lines: LineRange, file: SourceFile) -> LineRange:
    """The lines of a quote, up to the added line near behind them that holds code which the claim names.

    They stay as they are where they hold such code themselves, on the old side, and where the quote opens no
    bracket that it does not close: then its statement ends with it.
    """
    named = [code for code in map(normalised, _NAMED.findall(claim)) if code]
    if not named or lines.side is Side.LEFT:
        return lines
    text = file.text.split("\n")
    quoted = "\n".join(text[lines.start - 1 : lines.end])
    if not _is_open(quoted) or _holds(quoted, named):
        return lines
    behind = range(lines.end + 1, min(lines.end + REACH, len(text)) + 1)
    added = file.diff.changed_lines()
    end = next(
        (number for number in behind if number in added and _holds(text[number - 1], named)), lines.end
    )
    return LineRange(lines.start, end)


def _is_open(code: str) -> bool:
    """Whether more brackets open than close, strings and comments counted along."""
    return sum((mark in "([{") - (mark in ")]}") for mark in code) > 0


def _holds(text: str, named: list[str]) -> bool:
    known = normalised(text)
    return any(code in known for code in named)
