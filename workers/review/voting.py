"""Lets the answers to one question vote: what a model says each time it is asked is more often right.

A model that reports something once and then no more was guessing. A finding's confidence becomes the mean of
what the answers believe. One that does not report it believes in it by 0, unless another is sure of it: plain
defects are overlooked as well. Answers come independently, so their reports of one defect differ in words,
and a little in lines.
What is *not* here: when a question is asked again (workers.review.asking), and what is held back for too
little confidence (workers.review.ranking).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from bot.domain.finding import Fate, Finding, MarkedFinding
from workers.review.duplicates import distance, likeness, meet
from workers.review.evidence import STANDING

ALIKE = 0.2
"""Share of words that claims of two answers about one defect have in common. Measured: 0.21 to 0.83 for one
defect (63 pairs), at most 0.19 for two defects near each other (14 pairs)."""
SURE = 0.7
"""From here on a report stands though other answers do not have it."""
NEAR = 20
"""Lines between two reports of one kind about one defect at most: one quotes the cause, one what it does."""
CLOSE = 3
"""The same for reports that call the defect by different kinds."""


@dataclass(slots=True)
class _Defect:
    """Reports of one defect, at most one an answer."""

    reports: list[MarkedFinding] = field(default_factory=list)
    answers: set[int] = field(default_factory=set)


def vote(answers: Sequence[Sequence[MarkedFinding]]) -> tuple[MarkedFinding, ...]:
    """One finding for each defect, in the order in which they were first reported.

    Args:
        answers: gated findings of each answer to the same question, the first answer first.

    Returns:
        One report of each, with the mean confidence and the number of answers that have it.
    """
    defects: list[_Defect] = []
    for number, findings in enumerate(answers):
        for report in findings:
            _defect_of(report, number, defects).reports.append(report)
    return tuple(_elected(defect.reports, len(answers)) for defect in defects)


def _defect_of(report: MarkedFinding, answer: int, defects: list[_Defect]) -> _Defect:
    """The defect that a report is about: the likest that its answer has not reported yet, or a new one."""
    open_ones = [defect for defect in defects if answer not in defect.answers]
    best = max(open_ones, key=lambda defect: _nearness(defect.reports[0], report), default=None)
    if best is None or _nearness(best.reports[0], report) <= 0:
        best = _Defect()
        defects.append(best)
    best.answers.add(answer)
    return best


def _nearness(one: MarkedFinding, other: MarkedFinding) -> float:
    """How much two reports seem to mean the same; 0 for not at all."""
    first, second = one.finding, other.finding
    if first.path != second.path or _has_evidence(one) is not _has_evidence(other):
        return 0
    alike, reach = likeness(first.claim, second.claim), NEAR if first.category is second.category else CLOSE
    if alike >= ALIKE and _are_near(first, second, reach):
        return alike
    # Claims in a language without spaces have no words in common.
    return ALIKE / 2 if meet(first, second) and first.category is second.category else 0


def _has_evidence(marked: MarkedFinding) -> bool:
    return marked.disposition.fate is not Fate.UNSUPPORTED


def _are_near(one: Finding, other: Finding, reach: int) -> bool:
    """Whether two places are so many lines apart at most; two without lines are one place."""
    gap = distance(one.lines, other.lines)
    return gap <= reach if gap is not None else one.lines is other.lines


def _elected(reports: Sequence[MarkedFinding], answers: int) -> MarkedFinding:
    """The report that can be shown, stands where most of the others do, and is the surest, in this order.

    It is as bad as the worst of them says: no vote makes a defect milder.
    """
    speaks = max(
        reports,
        key=lambda one: (
            one.disposition.fate in STANDING,
            sum(meet(one.finding, other.finding) for other in reports),
            one.finding.confidence,
        ),
    )
    beliefs = [report.finding.confidence for report in reports]
    # Models overlook plain defects as well: silence counts against what nobody is sure of, and no more.
    believed = sum(beliefs) / (len(beliefs) if max(beliefs) >= SURE else answers)
    severity = min((report.finding.severity for report in reports), key=lambda one: one.rank)
    finding = replace(speaks.finding, confidence=round(believed, 3), severity=severity)
    return replace(speaks, finding=finding, votes=len(reports))
