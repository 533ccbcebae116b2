"""Code of earlier findings that somebody wrote anew: a changed line is no deleted one, and may be as wrong.

Where the code of a finding is gone, its file may have lines of the same push in its place, by their words or
by where they stand. They are its *successor*: somebody is asked whether the finding holds there. Deleted
code, and code that is again what it was before the change, has none.

What this review reports at that very place may be the finding in other words; what is graver is told anew,
and then nobody has to be asked about the old one.

What is *not* here: findings that are reported again (workers.review.matching), and what follows from an
answer (workers.review.rechecking).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from heapq import nsmallest
from typing import Final

from bot.domain.diff import Line, LineKind, Side
from bot.domain.finding import Finding, LineRange, MarkedFinding
from workers.ports import SourceFile
from workers.review.delta import Delta
from workers.review.duplicates import SIMILAR, code_likeness, distance, likeness, meet
from workers.review.evidence import fingerprint
from workers.review.following import Where
from workers.review.masked_files import masked_file
from workers.review.matching import NEAR_AFTER_A_CHANGE, SIMILAR_CODE, Known, Matched
from workers.review.ranking import SHOWN

SIMILAR_NEAR_BY: Final = 0.25
"""Share of words and signs that code has in common with what stood there before and was written anew."""
MOST_PLACES: Final = 400
"""Places of a file, the nearest ones, that the code of one finding is compared with."""
MOST_ROWS: Final = 30
"""Lines of a finding's code that are compared."""


def with_successors(matched: Matched, files: Iterable[SourceFile], delta: Delta) -> Matched:
    """The same, with what stands in place of code that is gone.

    Args:
        files: those of the change whose text is known.
    """
    ground = _Ground({file.path: file for file in files}, delta)
    new = [marked for marked in matched.findings if marked.disposition.fate in SHOWN]
    return replace(matched, known=tuple(_with_successor(one, new, ground) for one in matched.known))


def _with_successor(one: Known, new: Sequence[MarkedFinding], ground: _Ground) -> Known:
    successor = ground.successor(one)
    if successor is None:
        return one
    one = replace(one, successor=successor)
    at_its_place = [marked for marked in new if _may_be(marked.finding, successor.finding)]
    if one.perhaps is not None or not at_its_place:
        return one
    worst = min(at_its_place, key=lambda marked: marked.finding.severity.rank)
    is_graver = worst.finding.severity.rank < successor.finding.severity.rank
    return replace(one, outdone=worst) if is_graver else replace(one, perhaps=worst)


def _may_be(new: Finding, old: Finding) -> bool:
    """Whether a new finding may be an earlier one in other words, whose code was where the new one stands."""
    if new.path != old.path or not meet(new, old):
        return False
    return new.category is old.category or likeness(new.claim, old.claim) >= SIMILAR


@dataclass(frozen=True, slots=True)
class _Ground:
    """The change as it is now."""

    files: dict[str, SourceFile]
    delta: Delta
    _rows: dict[str, Sequence[Sequence[Line]]] = field(default_factory=dict)

    def successor(self, one: Known) -> MarkedFinding | None:
        """A finding in the code that stands in place of its own; None where it needs none, or has none."""
        marked, path = one.followed.marked, one.followed.file
        is_gone = one.followed.where is Where.GONE and one.again is None
        old = marked.finding
        if not is_gone or path is None or path not in self.files or not self.delta.is_fresh(path):
            return None
        if old.lines is None or old.lines.side is Side.LEFT:
            return None  # a picture; or removed code that is back
        rows = self._place(old, path)
        if not rows:
            return None
        lines = _range(rows)
        text = "\n".join(row.text for row in rows)
        finding = replace(old, path=path, lines=lines, quote=text)
        anchor = self.files[path].diff.anchor(lines.side, lines.start, lines.end)
        return replace(marked, finding=finding, fingerprint=fingerprint(finding), anchor=anchor)

    def _place(self, old: Finding, path: str) -> Sequence[Line]:
        """The rows that are most like its code; empty where none are like it, nor half so and close."""
        count = min(sum(bool(row.strip()) for row in old.quote.split("\n")), MOST_ROWS)
        places = nsmallest(
            MOST_PLACES, self._places(path, max(count, 1)), key=lambda rows: _gap(_range(rows), old)
        )
        like = [
            (code_likeness(old.quote, "\n".join(row.text for row in rows)), -at)
            for at, rows in enumerate(places)
        ]
        best, at = max(like, default=(0.0, 0))
        is_close = bool(places) and _gap(_range(places[-at]), old) <= NEAR_AFTER_A_CHANGE
        return places[-at] if best >= SIMILAR_CODE or (is_close and best >= SIMILAR_NEAR_BY) else ()

    def _places(self, path: str, count: int) -> Iterator[Sequence[Line]]:
        """Every `count` rows in a fresh hunk, or all of them where it has fewer; some of them are added."""
        for rows in self._fresh_rows(path):
            for start in range(max(len(rows) - count, 0) + 1):
                place = rows[start : start + count]
                if any(row.kind is LineKind.ADDED for row in place):
                    yield place

    def _fresh_rows(self, path: str) -> Sequence[Sequence[Line]]:
        """The lines at the head of each fresh hunk, blank ones left out, as models see them."""
        if path not in self._rows:
            fresh = {line.new_number for hunk in self.delta.fresh[path] for line in hunk.lines}
            self._rows[path] = [
                [
                    line
                    for line in hunk.lines
                    if line.new_number is not None and line.new_number in fresh and line.text.strip()
                ]
                for hunk in masked_file(self.files[path]).diff.hunks
            ]
        return self._rows[path]


def _range(rows: Sequence[Line]) -> LineRange:
    numbers = [row.new_number for row in rows if row.new_number is not None]
    return LineRange(numbers[0], numbers[-1])


def _gap(lines: LineRange, old: Finding) -> int:
    return distance(lines, old.lines) or 0
