"""A case as rows of a page: each line of its diff with what is said about it.

What is *not* here: how that looks (templates/).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from bot.domain.diff import FileDiff, Line, LineKind, Side
from workers.evals.cases import Truth
from workers.evals.matching import Mark, Matched, Scored
from workers.review.untrusted import one_line, visible

LINE_LIMIT = 400
"""Characters of a line that are shown."""
ROWS_LIMIT = 3_000
"""Lines of one file that are shown."""


@dataclass(frozen=True, slots=True)
class Said:
    """A finding of one run, for the page."""

    run: int
    scored: Scored

    @property
    def line(self) -> tuple[Side, int] | None:
        """The line that it stands below; None where the diff has no place for it."""
        anchor = self.scored.marked.anchor
        return (anchor.side, anchor.line) if anchor else None


@dataclass(frozen=True, slots=True)
class Known:
    """A known defect, and in how many of the runs it was found."""

    number: int
    truth: Truth
    found: int
    runs: int


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a diff; `kind` is `hunk` for the head of one, else a `LineKind`."""

    kind: str
    old: int | None
    new: int | None
    text: str
    is_faulty: bool = False
    known: tuple[Known, ...] = ()
    said: tuple[Said, ...] = ()


@dataclass(frozen=True, slots=True)
class FileRows:
    """One file.

    Attributes:
        elsewhere: what is said about lines that the diff does not show.
        left_out: how many lines are not shown.
    """

    path: str
    status: str
    rows: tuple[Row, ...]
    known: tuple[Known, ...]
    elsewhere: tuple[Said, ...]
    left_out: int

    @property
    def is_told_of(self) -> bool:
        """Whether anything is known or said of it."""
        return bool(self.known or self.elsewhere or any(row.known or row.said for row in self.rows))


@dataclass(frozen=True, slots=True)
class CaseRows:
    """One case with all its runs.

    Attributes:
        nowhere: findings on files that the change does not have.
    """

    number: int
    runs: tuple[Matched, ...]
    files: tuple[FileRows, ...]
    known: tuple[Known, ...]
    nowhere: tuple[Said, ...]

    @property
    def wrong(self) -> int:
        """Unmatched findings of all runs."""
        return sum(one.count(Mark.WRONG) for one in self.runs)

    @property
    def is_whole(self) -> bool:
        """Whether in every run every question got an answer, and everything was read."""
        return all(one.related.is_whole for one in self.runs)

    @property
    def is_perfect(self) -> bool:
        """Whether everything was found, and nothing else."""
        return self.is_whole and not self.wrong and all(one.found == one.runs for one in self.known)


def case_rows(matched: Sequence[Matched]) -> tuple[CaseRows, ...]:
    """The cases in their order."""
    by_case: dict[str, list[Matched]] = defaultdict(list)
    for one in matched:
        by_case[one.related.done.case.id].append(one)
    return tuple(_case(number, runs) for number, runs in enumerate(by_case.values(), start=1))


def _case(number: int, runs: Sequence[Matched]) -> CaseRows:
    done = runs[0].related.done
    known = tuple(
        Known(index, truth, sum(index in one.found for one in runs), len(runs))
        for index, truth in enumerate(done.case.key.truths)
    )
    by_path: dict[str, list[Said]] = defaultdict(list)
    for one in runs:
        for scored in one.findings:
            by_path[scored.marked.finding.path].append(Said(one.related.done.run, scored))
    files = tuple(_file(file, known, by_path.pop(file.path, ())) for file in done.ready.diff.files)
    nowhere = tuple(said for some in by_path.values() for said in some)
    return CaseRows(number, tuple(runs), files, known, nowhere)


def _file(file: FileDiff, known: Iterable[Known], said: Sequence[Said]) -> FileRows:
    mine = [one for one in known if any(place.path == file.path for place in one.truth.places)]
    below: dict[tuple[Side, int], list[Said]] = defaultdict(list)
    for one in said:
        if one.line is not None:
            below[one.line].append(one)
    rows = tuple(_rows(file, mine, below))
    shown = {id(one) for row in rows[:ROWS_LIMIT] for one in row.said}
    named = {one.number for row in rows[:ROWS_LIMIT] for one in row.known}
    return FileRows(
        path=one_line(file.path),
        status=file.status,
        rows=rows[:ROWS_LIMIT],
        known=tuple(one for one in mine if one.number not in named),
        elsewhere=tuple(one for one in said if id(one) not in shown),
        left_out=max(0, len(rows) - ROWS_LIMIT),
    )


def _rows(
    file: FileDiff, known: Sequence[Known], below: Mapping[tuple[Side, int], Sequence[Said]]
) -> Iterator[Row]:
    for hunk in file.hunks:
        heading = visible(hunk.heading)[:LINE_LIMIT]
        yield Row("hunk", None, None, f"@@ -{hunk.old_start} +{hunk.new_start} @@ {heading}")
        for line in hunk.lines:
            ranges = [part for one in known for part in _ranges(one, file.path)]
            ends = tuple(one for one in known if _ends_at(one, file.path, line.new_number))
            yield Row(
                kind=line.kind,
                old=line.old_number,
                new=line.new_number,
                text=_text(line.text),
                is_faulty=any(first <= (line.new_number or 0) <= last for first, last in ranges),
                known=ends,
                said=tuple(_said(line, below)),
            )


def _said(line: Line, below: Mapping[tuple[Side, int], Sequence[Said]]) -> Iterator[Said]:
    if line.kind is not LineKind.ADDED and line.old_number is not None:
        yield from below.get((Side.LEFT, line.old_number), ())
    if line.new_number is not None:
        yield from below.get((Side.RIGHT, line.new_number), ())


def _ranges(known: Known, path: str) -> Iterator[tuple[int, int]]:
    for place in known.truth.places:
        if place.path == path:
            yield from place.ranges


def _ends_at(known: Known, path: str, number: int | None) -> bool:
    """Whether a known defect is told of below this line: the last of its first range on this file."""
    first = next(_ranges(known, path), None)
    return first is not None and first[1] == number


def _text(text: str) -> str:
    shown = visible(text.removesuffix("\r"))
    return shown if len(shown) <= LINE_LIMIT else f"{shown[:LINE_LIMIT]}… ({len(shown):,} characters)"
