"""Web files in very long lines: which are minified and left out, and which nobody can read.

A file that stood in such lines at the base is minified, and a new one that holds nothing but data or a
drawing. Any other new one may hide what it likes in them: it is read where its lines are shown whole, and
else it is named.
What is *not* here: names such as `app.min.js` (workers.review.exclusions).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import Final

from bot.domain.diff import LineKind
from workers.analysers.languages import is_inert
from workers.ports import SourceFile
from workers.review.bundles import LINE_LIMIT
from workers.review.drawings import is_drawing
from workers.review.moves import is_new

TOO_LONG: Final = (
    "a new file in lines too long to be read; if it is minified, name it in the policy's `ignore` or mark it"
    " as `linguist-generated` in the base branch's .gitattributes"
)
_WEB: Final = frozenset({".js", ".mjs", ".cjs", ".css", ".html", ".htm", ".svg", ".json"})
_LONG_LINE: Final = 500
_READABLE: Final = 20_000
"""Characters of a new file that are read although most of its lines are long."""


def is_minified(source: SourceFile) -> bool:
    """Whether a web file is left out because of its long lines."""
    suffix = PurePosixPath(source.path).suffix.lower()
    if suffix not in _WEB:
        return False
    lines = source.text.split("\n")
    if suffix == ".svg" and _hides(lines) and is_drawing(source.text):
        return True
    if is_new(source.diff):
        return is_inert(source.path) and _are_mostly_long(lines)
    return _is_mostly_long(lines) and _is_mostly_long(_before(source, lines))


def unreadable_lines(source: SourceFile) -> str | None:
    """Why a new web file that is no minified one cannot be read, or None."""
    is_web = PurePosixPath(source.path).suffix.lower() in _WEB and not is_inert(source.path)
    if not is_web or not is_new(source.diff):
        return None
    lines = source.text.split("\n")
    is_short = len(source.text) <= _READABLE and all(len(line) <= LINE_LIMIT for line in lines)
    return TOO_LONG if _are_mostly_long(lines) and not is_short else None


def _hides(lines: Sequence[str]) -> bool:
    """Whether a review would show the text in part at best."""
    return _are_mostly_long(lines) or any(len(line) > LINE_LIMIT for line in lines)


def _are_mostly_long(lines: Sequence[str]) -> bool:
    """Whether most of the lines are very long: a single long one could be there to hide the others."""
    filled = [line for line in lines if line.strip()]
    return sum(len(line) > _LONG_LINE for line in filled) * 2 > len(filled)


def _is_mostly_long(lines: Sequence[str]) -> bool:
    """Whether more than half of a text stands in very long lines."""
    lengths = [len(line) for line in lines]
    return sum(length for length in lengths if length > _LONG_LINE) * 2 > sum(lengths)


def _before(source: SourceFile, lines: Sequence[str]) -> list[str]:
    """The lines of a file at the base, in no order."""
    added = source.diff.changed_lines()
    kept = [line for number, line in enumerate(lines, start=1) if number not in added]
    return kept + [line.text for line in source.diff.lines() if line.kind is LineKind.REMOVED]
