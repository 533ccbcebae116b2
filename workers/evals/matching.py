"""Which finding states which known defect.

A finding is a candidate where it stands on the defect's file within a few lines; a judge, where there is one,
then says whether both mean the same. One finding finds one defect, so that as many as can be are found.
What is *not* here: lines (workers.evals.places), the judge's question (workers.evals.judging), and figures
(workers.evals.scoring).
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from bot.domain.finding import Fate, MarkedFinding
from bot.domain.review import Usage
from workers.evals.asked import CountedModel, Tally
from workers.evals.cases import Truth
from workers.evals.judging import states
from workers.evals.places import is_near, is_right_line, new_side
from workers.evals.running import CaseRun
from workers.ports import Model

SHOWN = frozenset({Fate.POSTED, Fate.FOLDED, Fate.UNANCHORED})


class Mark(StrEnum):
    """What a finding is worth."""

    HIT = "hit"  # states a known defect that no other finding stands for
    REPEAT = "repeat"  # states one that another finding stands for
    OTHER = "other"  # plausible, and neither counted for nor against
    WRONG = "wrong"  # states nothing that is known
    HELD_BACK = "held-back"  # not shown to people, so it does not count


@dataclass(frozen=True, slots=True)
class Related:
    """What the findings of one review have to do with the case's truths; nothing is counted yet.

    Attributes:
        truths: index of a shown finding -> indexes of the truths that it states.
        others: indexes of shown findings that state one of the others.
        near: index of any finding -> indexes of the truths that it is near to; nobody was asked about it.
        unanswered: one line a question that the judge did not answer.
    """

    done: CaseRun
    truths: Mapping[int, frozenset[int]]
    others: frozenset[int] = frozenset()
    near: Mapping[int, frozenset[int]] = field(default_factory=dict)
    unanswered: tuple[str, ...] = ()
    usage: Usage = field(default_factory=Usage)

    @property
    def missing(self) -> tuple[str, ...]:
        """What the review lacks, then which questions the judge did not answer; one line each."""
        return (*self.done.missing, *self.unanswered)

    @property
    def is_whole(self) -> bool:
        """Whether it says what a review is worth: everything was read, and every question got an answer."""
        return not self.missing


@dataclass(frozen=True, slots=True)
class Scored:
    """One finding and what it is worth.

    Attributes:
        truth: index of the known defect that it states; for one that is held back, that it is near to.
        right_line: whether a hit stands on the defect's own lines; None for anything else.
    """

    marked: MarkedFinding
    mark: Mark
    truth: int | None = None
    right_line: bool | None = None


@dataclass(frozen=True, slots=True)
class Matched:
    """One review, counted."""

    related: Related
    findings: tuple[Scored, ...]

    def count(self, mark: Mark) -> int:
        """How many findings are worth this."""
        return sum(one.mark is mark for one in self.findings)

    @property
    def found(self) -> frozenset[int]:
        """Indexes of the truths that were found."""
        return frozenset(one.truth for one in self.findings if one.mark is Mark.HIT and one.truth is not None)


async def relate(done: CaseRun, judge: Model | None) -> Related:
    """Look where the findings stand, and ask the judge about those at a known defect."""
    tally, key = Tally(), done.case.key
    counted = CountedModel(judge, tally) if judge is not None else None
    truths = _near(done, key.truths)
    plausible = [one for one in key.others if judge is not None or one.is_placed]
    others = _near(done, plausible)
    shown = {index for index, marked in enumerate(done.findings) if marked.disposition.fate in SHOWN}
    stated = await _stated(done, _only(truths, shown), key.truths, counted)
    left = shown - {index for index, some in stated.items() if some}
    said = await _stated(done, _only(others, left), plausible, counted)
    return Related(
        done,
        stated,
        frozenset(index for index, some in said.items() if some),
        truths,
        tuple(tally.unanswered),
        tally.usage,
    )


def match(related: Related, cut: float = 0.0) -> Matched:
    """Say what each finding is worth; those below a confidence count as held back."""
    findings = related.done.findings
    counted = [
        index
        for index, marked in enumerate(findings)
        if marked.disposition.fate in SHOWN and marked.finding.confidence >= cut
    ]
    hits = _assigned({index: related.truths.get(index, frozenset()) for index in counted})
    return Matched(
        related, tuple(_scored(index, related, hits, set(counted)) for index in range(len(findings)))
    )


def _scored(index: int, related: Related, hits: Mapping[int, int], counted: set[int]) -> Scored:
    marked = related.done.findings[index]
    if index not in counted:
        return Scored(marked, Mark.HELD_BACK, min(related.near.get(index, ()), default=None))
    if index in hits:
        return Scored(marked, Mark.HIT, hits[index], _is_right(related, index, hits[index]))
    if stated := related.truths.get(index):
        return Scored(marked, Mark.REPEAT, min(stated))
    return Scored(marked, Mark.OTHER if index in related.others else Mark.WRONG)


def _is_right(related: Related, index: int, truth: int) -> bool:
    done, marked = related.done, related.done.findings[index]
    lines = new_side(marked, done.ready.diff)
    known = done.case.key.truths[truth]
    return lines is not None and is_right_line(marked.finding.path, lines, known, done.ready.diff)


def _near(done: CaseRun, truths: Sequence[Truth]) -> dict[int, frozenset[int]]:
    near = {}
    for index, marked in enumerate(done.findings):
        lines = new_side(marked, done.ready.diff)
        if lines is not None:
            path = marked.finding.path
            near[index] = frozenset(number for number, one in enumerate(truths) if is_near(path, lines, one))
    return near


def _only(near: Mapping[int, frozenset[int]], wanted: Iterable[int]) -> dict[int, frozenset[int]]:
    return {index: near[index] for index in sorted(wanted) if near.get(index)}


async def _stated(
    done: CaseRun, near: Mapping[int, frozenset[int]], truths: Sequence[Truth], judge: Model | None
) -> dict[int, frozenset[int]]:
    """Of the truths that a finding is near to, those that it states."""
    if judge is None:
        return dict(near)
    pairs = [(index, number) for index, some in near.items() for number in sorted(some)]
    said = await asyncio.gather(
        *(states(done.findings[index].finding, truths[number], judge) for index, number in pairs)
    )
    stated: dict[int, set[int]] = {index: set() for index in near}
    for (index, number), same in zip(pairs, said, strict=True):
        if same:
            stated[index].add(number)
    return {index: frozenset(some) for index, some in stated.items()}


def _assigned(stated: Mapping[int, frozenset[int]]) -> dict[int, int]:
    """Finding -> truth, one to one, as many as can be; earlier findings first."""
    taken: dict[int, int] = {}
    for index in stated:
        _give(index, stated, taken, set())
    return {index: truth for truth, index in taken.items()}


def _give(index: int, stated: Mapping[int, frozenset[int]], taken: dict[int, int], tried: set[int]) -> bool:
    """Find a truth for a finding; one that is taken is given up where its finding has another."""
    for truth in sorted(stated[index] - tried):
        tried.add(truth)
        if truth not in taken or _give(taken[truth], stated, taken, tried):
            taken[truth] = index
            return True
    return False
