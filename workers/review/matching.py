"""Which finding of this round is one that people were told of already.

No model says a thing twice in the same words, or quotes the same lines for it. So two findings are the same
by what they are about, in this order of trust:

1. *Rules* of analysers repeat themselves exactly: the same rule on the same code, each hit for one finding.
   Not so alerts of code scanning: it runs after a push, so they often have the lines of the commit before.
2. *Where its code stands*, a model's finding is the same when the lines meet and the claims have words in
   common; or when it lies a few lines off in the same hunk, is of the same kind, says nearly the same, and
   about the same names.
3. *Where its code has changed*, a new finding takes over its thread when it lies in fresh code of the same
   file, claims the like, and either the code is still similar or it is close to where the old one stood. A
   mended defect and a new one of its kind in the same file are two: a thread that is taken over by mistake
   hides a defect that nobody was told of, which is worse than saying a thing twice. Where only the names that
   they speak of differ, a model is asked whether the earlier one still holds. A rule says the same of any
   code: its new hit has to stand in what has the names of the old one's line, and no other line is likelier
   to be that.

What is the same is marked and not told again; the earlier one speaks for both.

What is *not* here: where earlier findings stand now (workers.review.following), whether they still hold
(workers.review.rechecking), and findings that people have settled (workers.review.holding).
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from heapq import nsmallest
from typing import Final

from bot.domain.diff import Diff
from bot.domain.finding import CODE_SCANNING, Fate, Finding, LineRange, MarkedFinding, is_rule, kind_of
from bot.domain.ledger import TOLD_BEFORE
from workers.review.delta import Delta
from workers.review.duplicates import (
    SIMILAR,
    SIMILAR_BY_LENSES,
    code_likeness,
    distance,
    likeness,
    order,
    same_defect,
)
from workers.review.evidence import fingerprint, mark
from workers.review.following import Followed, Where
from workers.review.naming import name_likeness, names_in
from workers.review.ranking import SHOWN

NEAR: Final = 10
"""Lines between two findings of one hunk that may still mean the same."""
NEAR_AFTER_A_CHANGE: Final = 40
"""The same between a finding and where an earlier one stood before the push, whose lines may have moved."""
MOST_COMPARED: Final = 50
"""Findings whose code is gone, the nearest ones, that one new finding is compared with."""
SIMILAR_CODE: Final = 0.4
"""Share of words and signs that code has in common with what it was before somebody changed it."""
SIMILAR_NAMES: Final = 0.5
"""Share of names that a line has in common with what it was, wherever in its file it stands by now."""
SIMILAR_NEARBY: Final = 0.6
"""Share of words that claims have in common which mean the same on lines that do not meet."""
_OF_NO_SUPPORT = frozenset({Fate.UNSUPPORTED, Fate.PRE_EXISTING})
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Known:
    """A finding of an earlier review.

    Attributes:
        code: fingerprint of its kind and code, whatever the number of such findings.
        again: what this review reports of it, at its place of now; None where it reports nothing.
        perhaps: what this review reports that may be it, in other names; its own code is gone.
        successor: it, in code that was written in place of its own; this review reports nothing of it by its
            own name.
        outdone: something graver that this review reports where its successor stands.
    """

    followed: Followed
    code: str
    again: MarkedFinding | None = None
    perhaps: MarkedFinding | None = None
    successor: MarkedFinding | None = None
    outdone: MarkedFinding | None = None

    @property
    def now(self) -> Finding | None:
        """Its place and code as they are now; None where its code is gone and nothing took its place.

        The place of a picture is its name.
        """
        if self.again is not None:
            return self.again.finding
        finding = self.followed.marked.finding
        return None if self.followed.where is Where.GONE and finding.lines else finding


@dataclass(frozen=True, slots=True)
class Matched:
    """The findings of this round, those that were told before marked so; and the earlier ones, in order."""

    findings: tuple[MarkedFinding, ...]
    known: tuple[Known, ...]


def match(
    found: Sequence[MarkedFinding],
    told: Sequence[Followed],
    diff: Diff,
    delta: Delta,
    *,
    doubted: bool = False,
) -> Matched:
    """Find out which findings are known; order is kept.

    Args:
        found: gated findings of this round; those without evidence in the change match nothing.
        told: findings of earlier reviews that stood after the last one.
        diff: the whole change.
        delta: what of it is new.
        doubted: whether others may have written the earlier ones: none then speaks for what is graver.
    """
    findings, known = list(found), [Known(one, fingerprint(one.marked.finding)) for one in told]
    new: list[MarkedFinding] = []
    for index in sorted(range(len(findings)), key=lambda index: order(findings[index])):
        marked = findings[index]
        if marked.disposition.fate in _OF_NO_SUPPORT:
            continue
        at = _known_as(marked, known, diff, delta)
        if at is None or (doubted and _is_graver(marked, known[at])):
            new.append(marked)
            continue
        known[at] = replace(known[at], again=known[at].again or marked)
        findings[index] = told_before(marked)
    for marked in new:
        if (at := _perhaps(marked, known, delta)) is not None:
            known[at] = replace(known[at], perhaps=marked)
    return Matched(tuple(findings), tuple(known))


def _is_graver(marked: MarkedFinding, one: Known) -> bool:
    return marked.finding.severity.rank < one.followed.marked.finding.severity.rank


def told_before(marked: MarkedFinding) -> MarkedFinding:
    """The finding as one that an earlier one speaks for."""
    return mark(marked, Fate.DUPLICATE, TOLD_BEFORE) if marked.disposition.fate in SHOWN else marked


def is_alike(one: Finding, other: Finding) -> bool:
    """Whether two findings of different reviews say the same of the same code, wherever it stands."""
    if _repeat_exactly(one, other):
        return one.source == other.source and fingerprint(one) == fingerprint(other)
    if fingerprint(one) == fingerprint(other):
        return True
    claims, code = likeness(one.claim, other.claim), code_likeness(one.quote, other.quote)
    return claims >= SIMILAR and code >= SIMILAR_NEARBY


def _known_as(marked: MarkedFinding, known: Sequence[Known], diff: Diff, delta: Delta) -> int | None:
    """Index of the earlier finding that this one is, or None."""
    new = marked.finding
    for index, one in enumerate(known):
        if _is_same(marked, one, diff):
            return index
    return _likest(new, known, delta, named_alike=True)


def _perhaps(marked: MarkedFinding, known: Sequence[Known], delta: Delta) -> int | None:
    """Index of the earlier finding that this one may be, or None."""
    if marked.disposition.fate not in SHOWN:
        return None
    return _likest(marked.finding, known, delta, named_alike=False)


def _likest(new: Finding, known: Sequence[Known], delta: Delta, *, named_alike: bool) -> int | None:
    """Index of the earlier finding whose code is gone that is most like one in fresh code, or None."""
    if not delta.touches(new.path, new.lines):
        return None
    left = [
        at
        for at, one in enumerate(known)
        if one.now is None and one.perhaps is None and new.path in one.followed.files
    ]
    near = nsmallest(MOST_COMPARED, left, key=lambda at: _reach(new, known[at].followed.marked.finding))
    like = [
        (_likeness_after_a_change(new, known[at], delta), -at)
        for at in near
        if not named_alike or _share_names(new, known[at].followed.marked.finding)
    ]
    best, at = max(like, default=(0.0, 0))
    return -at if best > 0 else None


def _is_same(marked: MarkedFinding, one: Known, diff: Diff) -> bool:
    """Whether a new finding is one whose place is known."""
    new, old = marked.finding, one.now
    if old is None or new.path != old.path:
        return False
    if _repeat_exactly(new, old):
        return one.again is None and new.source == old.source and marked.fingerprint == one.code
    if new.lines is None or old.lines is None:  # pictures
        return new.lines is old.lines and marked.fingerprint == one.code
    return same_defect(new, old, SIMILAR_BY_LENSES) or (
        new.category is old.category
        and likeness(new.claim, old.claim) >= SIMILAR_NEARBY
        and _share_names(new, old)
        and _share_a_hunk(new, old, diff)
    )


def _likeness_after_a_change(new: Finding, one: Known, delta: Delta) -> float:
    """How much a finding in fresh code is like one of its file whose code is gone; 0 where it is another.

    What is graver than it was told is told anew: nobody reads an old thread once more.
    """
    old = one.followed.marked.finding
    if new.severity.rank < old.severity.rank:
        return 0.0
    code = code_likeness(new.quote, old.quote)
    close = new.path == one.followed.file and _reach(new, old) <= NEAR_AFTER_A_CHANGE
    if code < SIMILAR_CODE and not close:
        return 0.0
    if is_rule(new.source) and is_rule(old.source) and not _is_edited(new, old, delta, close=close):
        return 0.0
    if _repeat_exactly(new, old):
        return 1 + code if new.source == old.source else 0.0
    claims = likeness(new.claim, old.claim)
    least = SIMILAR_BY_LENSES if new.category is old.category else SIMILAR
    return claims + code if claims >= least else 0.0


def _is_edited(new: Finding, old: Finding, delta: Delta, *, close: bool) -> bool:
    """Whether code that a rule hits is what an earlier hit of a rule stood in, after somebody changed it.

    It is not where another line of the push has more of the names, and is no farther from where they stood.
    """
    gap = _reach(new, old)
    if not names_in(old.quote) and not names_in(new.quote):
        return close and gap <= NEAR
    like = name_likeness(new.quote, old.quote)
    if like < SIMILAR_NAMES and not (close and like > 0):
        return False
    others = (
        row
        for hunk in delta.fresh.get(new.path, ())
        for row in hunk.lines
        if row.new_number is not None and _gap(row.new_number, new) > 0 and _gap(row.new_number, old) <= gap
    )
    return not any(name_likeness(row.text, old.quote) > like for row in others)


def _gap(number: int, finding: Finding) -> float:
    """Lines between one of the head and a finding."""
    gap = distance(LineRange(number, number), finding.lines)
    return math.inf if gap is None else gap


def _repeat_exactly(one: Finding, other: Finding) -> bool:
    """Whether both come from rules that see the code as it is, and say the same of it every time."""
    return all(is_rule(of.source) and kind_of(of.source) != CODE_SCANNING for of in (one, other))


def _share_names(one: Finding, other: Finding) -> bool:
    """Whether claims may speak of the same: not each of a name in its own code that the other's lacks."""
    return not (_names(one) - _words(other.quote) and _names(other) - _words(one.quote))


def _names(finding: Finding) -> frozenset[str]:
    """Names of the code that a claim speaks of."""
    return _words(finding.claim) & _words(finding.quote)


def _words(text: str) -> frozenset[str]:
    return frozenset(_WORD.findall(text))


def _share_a_hunk(one: Finding, other: Finding, diff: Diff) -> bool:
    """Whether two findings of a file lie in one hunk, and close together where they are on one side."""
    file = diff.file(one.path)
    if file is None or one.lines is None or other.lines is None:
        return False
    first = file.hunk_at(one.lines.side, one.lines.start)
    second = file.hunk_at(other.lines.side, other.lines.start)
    gap = distance(one.lines, other.lines)
    return first is not None and first == second and (gap is None or gap <= NEAR)


def _reach(one: Finding, other: Finding) -> float:
    """Lines between two findings; beyond any number where they cannot be compared."""
    gap = distance(one.lines, other.lines)
    return math.inf if gap is None else gap
