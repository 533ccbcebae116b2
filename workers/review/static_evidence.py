"""What analysers say about the changed lines, as evidence for a model to confirm or refute.

An analyser that fails here is no gap of the review: the model reads the files all the same. Messages of tools
from elsewhere were written by others: they reach a model in one visible line, and only inside the fence.

What is *not* here: reviews by analysers alone (workers.review.analysing), and the words around the evidence.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby, islice

from bot.domain.diff import Side
from bot.domain.finding import Category, Finding, LineRange, MarkedFinding
from bot.rendering.words import rule_words
from workers.ports import Analyser, SourceFile
from workers.review.duplicates import distance
from workers.review.timing import Deadline
from workers.review.untrusted import one_line

SHOWN_OF_FILE = 10
SHOWN_IN_ALL = 40
"""Hits that models are shown of one file, and of all files together: the worst ones."""
NEAR = 2
"""Lines between a finding and a hit that may mean the same."""

_CLAIM_LIMIT = 200
_RULE_LIMIT = 80
_WORDS_IN_COMMON = 2
_WORD = re.compile(r"[a-z_]\w{3,}")
_KIN = (
    frozenset({Category.API_MISUSE, Category.CONTRACT, Category.TYPE}),
    frozenset({Category.WRONG_CONDITION, Category.BOUNDARY, Category.MISSING_CHECK, Category.ERROR_HANDLING}),
    frozenset({Category.RESOURCE, Category.CONCURRENCY, Category.ERROR_HANDLING, Category.DATA_LOSS}),
    frozenset({Category.SECURITY, Category.MISSING_CHECK}),
)
"""Categories under which different people file the same defect."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class StaticHits:
    """Hits on added lines by path, in the order of their lines.

    Attributes:
        shown: those that models are shown.
        found: all.
    """

    shown: Mapping[str, tuple[Finding, ...]] = field(default_factory=dict)
    found: Mapping[str, tuple[Finding, ...]] = field(default_factory=dict)


async def hits(files: Sequence[SourceFile], analysers: Sequence[Analyser], deadline: Deadline) -> StaticHits:
    """Let every analyser look at every file, all at once; one that fails or is late says nothing."""
    answers = await deadline.gather([analyser.analyse(files) for analyser in analysers])
    found: list[Finding] = []
    for analyser, answer in zip(analysers, answers, strict=True):
        if answer is None:
            _log.debug("%s was not done in time; its evidence is missing", analyser.name)
            continue
        for path, reason in answer.failed.items():
            _log.debug("%s has no evidence on %s: %s", analyser.name, one_line(path), reason)
        found += answer.findings
    added = {file.path: file.diff.changed_lines() for file in files}
    on_change = _unique(finding for finding in found if _is_added(finding, added))
    return StaticHits(_by_path(_worst(on_change)), _by_path(on_change))


def evidence_text(hits: StaticHits, path: str) -> str:
    """Hits of a file for a model, one line each; may be empty.

    Foreign text is visible and cut, and no hit takes more than its line. Where hits are left out, the last
    line says how many.
    """
    shown = hits.shown.get(path, ())
    lines = [f"{_place(hit.lines)}: {_rule(hit)}: {one_line(hit.claim, _CLAIM_LIMIT)}" for hit in shown]
    rest = len(hits.found.get(path, ())) - len(shown)
    return "\n".join([*lines, f"and {rest} more"] if rest and lines else lines)


def name_rule(finding: Finding, hits: StaticHits) -> str | None:
    """The rule that says what a model's finding says, as in `Finding.source`; None where none does.

    Its hit lies on the same lines, or at most two lines off, and speaks of a like kind of defect.
    """
    if finding.lines is None or finding.lines.side is not Side.RIGHT:
        return None
    wanted = finding.lines
    near = [
        (gap, -hit.confidence, hit.source)
        for hit in hits.found.get(finding.path, ())
        if (gap := distance(wanted, hit.lines)) is not None
        and gap <= NEAR
        and hit.source != finding.source
        and _are_kin(finding, hit)
    ]
    return min(near)[2] if near else None


def backed(findings: Sequence[MarkedFinding], hits: StaticHits) -> tuple[MarkedFinding, ...]:
    """The findings, each with the rule that says the same, where one does."""
    return tuple(
        replace(marked, backed_by=(rule,)) if (rule := name_rule(marked.finding, hits)) else marked
        for marked in findings
    )


def _is_added(finding: Finding, added: Mapping[str, frozenset[int]]) -> bool:
    lines = finding.lines
    if lines is None or lines.side is not Side.RIGHT:
        return False
    changed = added.get(finding.path, frozenset())
    return any(number in changed for number in range(lines.start, min(lines.end, lines.start + 1_000) + 1))


def _unique(found: Iterable[Finding]) -> list[Finding]:
    """In order of place; one rule says a thing once a line."""
    by_place = {(hit.path, hit.lines.start if hit.lines else 0, hit.source): hit for hit in found}
    return [by_place[place] for place in sorted(by_place)]


def _worst(found: Sequence[Finding]) -> list[Finding]:
    """The worst of each file, and of all, in order of place."""
    ranked = sorted(found, key=lambda hit: (hit.path, hit.severity.rank, -hit.confidence))
    of_files = [
        hit for _, group in groupby(ranked, lambda hit: hit.path) for hit in islice(group, SHOWN_OF_FILE)
    ]
    of_files.sort(key=lambda hit: (hit.severity.rank, -hit.confidence))
    kept = {id(hit) for hit in of_files[:SHOWN_IN_ALL]}
    return [hit for hit in found if id(hit) in kept]


def _by_path(found: Sequence[Finding]) -> dict[str, tuple[Finding, ...]]:
    return {path: tuple(group) for path, group in groupby(found, lambda hit: hit.path)}


def _place(lines: LineRange | None) -> str:
    if lines is None:
        return "somewhere"
    return f"line {lines.start}" if lines.start == lines.end else f"lines {lines.start}-{lines.end}"


def _rule(hit: Finding) -> str:
    return one_line(rule_words(hit.source), _RULE_LIMIT)


def _are_kin(finding: Finding, hit: Finding) -> bool:
    """Whether two findings may mean the same: by their kind, or by the words that they share.

    A rule that nothing but its repository knows (`rule`) says by its words alone what it is about.
    """
    if finding.category is hit.category and hit.category is not Category.RULE:
        return True
    if any({finding.category, hit.category} <= kin for kin in _KIN):
        return True
    return len(_words(finding) & _words(hit)) >= _WORDS_IN_COMMON


def _words(finding: Finding) -> set[str]:
    return set(_WORD.findall(f"{finding.claim} {finding.consequence}".lower()))
