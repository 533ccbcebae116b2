"""Recognises findings of one review that mean the same defect, and keeps their fingerprints apart.

What is *not* here: findings of earlier reviews.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from bot.domain.finding import Fate, Finding, MarkedFinding
from workers.review.evidence import STANDING, mark

SIMILAR = 0.5
"""Share of words that two claims on the same lines must have in common to mean the same."""
SAME_DEFECT = "the same defect as another finding"
_WORD = re.compile(r"\w{3,}")


def repeats(findings: Sequence[MarkedFinding]) -> frozenset[int]:
    """Indexes of standing findings that say the same as a worse or surer one that stands."""
    best: dict[str, list[Finding]] = {}
    repeated: set[int] = set()
    for index in sorted(range(len(findings)), key=lambda index: order(findings[index])):
        if findings[index].disposition.fate not in STANDING:
            continue
        finding = findings[index].finding
        others = best.setdefault(finding.path, [])
        if any(_same(finding, other) for other in others):
            repeated.add(index)
        else:
            others.append(finding)
    return frozenset(repeated)


def mark_duplicates(findings: Sequence[MarkedFinding]) -> tuple[MarkedFinding, ...]:
    """Of standing findings that say the same, the worst and surest stays; order is kept.

    It comes after every other judgement: a duplicate must not fall with the finding that it repeats.
    """
    repeated = repeats(findings)
    return _numbered(
        [
            mark(marked, Fate.DUPLICATE, SAME_DEFECT) if index in repeated else marked
            for index, marked in enumerate(findings)
        ]
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


def _same(one: Finding, other: Finding) -> bool:
    """Whether two findings of one file mean the same: like words on lines that meet, or one kind."""
    if one.lines is None or other.lines is None or one.lines.side is not other.lines.side:
        return False
    if one.lines.end < other.lines.start or other.lines.end < one.lines.start:
        return False
    if one.lines == other.lines and one.category is other.category:
        return True
    return _alike(one.claim, other.claim)


def _alike(one: str, other: str) -> bool:
    """Whether two claims share most of their words."""
    first, second = set(_WORD.findall(one.lower())), set(_WORD.findall(other.lower()))
    return bool(first and second) and len(first & second) / len(first | second) >= SIMILAR


def _numbered(findings: Sequence[MarkedFinding]) -> tuple[MarkedFinding, ...]:
    """The same code twice in a file would share a fingerprint: the later ones get one of their own."""
    seen: Counter[tuple[str, str]] = Counter()
    numbered: list[MarkedFinding] = []
    for marked in findings:
        if marked.disposition.fate is not Fate.DUPLICATE:
            place = (marked.finding.path, marked.fingerprint)
            seen[place] += 1
            if (count := seen[place]) > 1:
                again = hashlib.sha256(f"{marked.fingerprint}#{count}".encode()).hexdigest()[:16]
                marked = replace(marked, fingerprint=again)  # noqa: PLW2901 - the same finding, renumbered
        numbered.append(marked)
    return tuple(numbered)
