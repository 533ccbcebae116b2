"""Recognises findings of one review that mean the same defect, and keeps their fingerprints apart.

What is *not* here: which finding is one of an earlier review (workers.review.matching).
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

from bot.domain.finding import Fate, Finding, LineRange, MarkedFinding, is_rule
from workers.review.evidence import STANDING, mark

SIMILAR = 0.5
"""Share of words that two claims on the same lines must have in common to mean the same."""
SIMILAR_BY_LENSES = 0.25
"""The same for claims of different passes: one answer tells its findings apart, two say one thing twice."""
SIMILAR_IN_PLACE = 0.25
"""The same for two claims of one answer, of one kind on the very same lines: one line can hold an injection
and lack a check of permissions, both `security`. Such pairs of recorded reviews shared 0.06 to 0.27."""
SAME_DEFECT = "the same defect as another finding"
_WORD = re.compile(r"\w{3,}")
_TOKEN = re.compile(r"\w+|[^\w\s]")


def repeats(findings: Sequence[MarkedFinding]) -> frozenset[int]:
    """Indexes of standing findings that say the same as a worse or surer one that stands."""
    return frozenset(index for index, best in _kept(findings).items() if index != best)


def _kept(findings: Sequence[MarkedFinding]) -> dict[int, int]:
    """Index of each standing finding -> index of the one that speaks for it: itself, or a worse one."""
    best: dict[str, list[int]] = {}
    kept: dict[int, int] = {}
    for index in sorted(range(len(findings)), key=lambda index: order(findings[index])):
        if findings[index].disposition.fate not in STANDING:
            continue
        others = best.setdefault(findings[index].finding.path, [])
        same = (other for other in others if _same(findings[index], findings[other]))
        kept[index] = next(same, index)
        if kept[index] == index:
            others.append(index)
    return kept


def mark_duplicates(
    findings: Sequence[MarkedFinding], taken: Iterable[str] = ()
) -> tuple[MarkedFinding, ...]:
    """Of standing findings that say the same, the worst stays, with the votes of all; order is kept.

    It comes after every other judgement: a duplicate must not fall with the finding that it repeats.

    Args:
        taken: fingerprints of earlier findings, which have comments of their own.
    """
    kept = _kept(findings)
    lenses: dict[int, set[str]] = {}
    for index, best in kept.items():
        lenses.setdefault(best, set()).add(findings[index].finding.lens)
    return _numbered(
        [
            mark(marked, Fate.DUPLICATE, SAME_DEFECT)
            if kept.get(index, index) != index
            else replace(marked, votes=max(marked.votes, len(lenses.get(index, ()))))
            for index, marked in enumerate(findings)
        ],
        frozenset(taken),
    )


def order(marked: MarkedFinding) -> tuple[int, float, str, int]:
    """Sorts worst first, then surest, then by place."""
    finding = marked.finding
    return (
        finding.severity.rank,
        -finding.confidence,
        finding.path,
        finding.lines.start if finding.lines else 0,
    )


def likeness(one: str, other: str) -> float:
    """Share of the words of two claims that both have, 0 to 1."""
    first, second = set(_WORD.findall(one.lower())), set(_WORD.findall(other.lower()))
    return len(first & second) / len(first | second) if first and second else 0.0


def code_likeness(one: str, other: str) -> float:
    """Share of the words and signs of two pieces of code that both have, 0 to 1; blanks count nothing."""
    first, second = Counter(_TOKEN.findall(one)), Counter(_TOKEN.findall(other))
    return (first & second).total() / (first | second).total() if first and second else 0.0


def distance(one: LineRange | None, other: LineRange | None) -> int | None:
    """Lines between two places of one file; 0 where they meet, None where they cannot be compared.

    The sides of a change count lines each for itself.
    """
    if one is None or other is None or one.side is not other.side:
        return None
    return max(0, one.start - other.end, other.start - one.end)


def meet(one: Finding, other: Finding) -> bool:
    """Whether the lines of two findings of one file meet, on the same side."""
    return distance(one.lines, other.lines) == 0


def same_defect(one: Finding, other: Finding, least: float = SIMILAR) -> bool:
    """Whether two findings of one file mean the same: like words on lines that meet, or one kind."""
    if not meet(one, other):
        return False
    if one.lines == other.lines and one.category is other.category:
        return True
    return likeness(one.claim, other.claim) >= least


def _same(one: MarkedFinding, other: MarkedFinding) -> bool:
    first, second = one.finding, other.finding
    least = SIMILAR if first.lens == second.lens else SIMILAR_BY_LENSES
    if not same_defect(first, second, least):
        return False
    alike = first.claim == second.claim or likeness(first.claim, second.claim) >= SIMILAR_IN_PLACE
    return alike or not _of_one_answer(one, other)


def _of_one_answer(one: MarkedFinding, other: MarkedFinding) -> bool:
    """Whether a model told two findings apart: one question found them, in one review.

    What is told anew, of an earlier review, says so in its disposition.
    """
    first, second = one.finding, other.finding
    is_one_question = first.source == second.source and first.lens == second.lens
    return is_one_question and one.disposition == other.disposition and not is_rule(first.source)


def _numbered(findings: Sequence[MarkedFinding], taken: frozenset[str]) -> tuple[MarkedFinding, ...]:
    """The same code twice in a file would share a fingerprint: the later ones get one of their own.

    So does what is told once more although an earlier review told of it: each comment has its own.
    """
    seen: Counter[tuple[str, str]] = Counter()
    numbered: list[MarkedFinding] = []
    for marked in findings:
        if marked.disposition.fate is not Fate.DUPLICATE:
            place = (marked.finding.path, marked.fingerprint)
            seen[place] += 1
            while (own := _own(marked.fingerprint, seen[place])) in taken:
                seen[place] += 1
            marked = replace(marked, fingerprint=own)  # noqa: PLW2901 - the same finding, renumbered
        numbered.append(marked)
    return tuple(numbered)


def _own(fingerprint: str, count: int) -> str:
    """The fingerprint of the `count`-th finding that has this one."""
    return hashlib.sha256(f"{fingerprint}#{count}".encode()).hexdigest()[:16] if count > 1 else fingerprint
