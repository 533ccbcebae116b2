"""Findings that were refuted, since something guards them: remembered, and judged anew once that may be gone.

A finding that the second model refuted is told to nobody. What refuted it may go in a later push: somebody
takes the check out of a caller, and nobody reads the finding's file again for that. So a refuted finding is
carried on while its code stands, with the changed files that name what it hangs on. When one of these loses a
hunk that was read, when something changes close to the finding, or when a fresh hunk has one of its names, it
is put to the second model as if it had just been reported. It is told only where that confirms it.

Few are asked about: the worst, at most `MOST_SUSPECTS` in one review; the next review goes on. What the find
pass has passed over in silence is not known here.

What is *not* here: the question (workers.review.cross_check), and findings that were told and then mended
(workers.review.rechecking).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import Final

from bot.domain.diff import Diff
from bot.domain.finding import Disposition, Fate, Finding, LineRange, MarkedFinding, Ruling
from workers.context.symbols import is_telling
from workers.review.cross_check import NOT_ASKED, Checking
from workers.review.delta import Delta, words_of
from workers.review.duplicates import order, same_defect
from workers.review.evidence import STANDING, fingerprint
from workers.review.following import NOT_ASKED_AGAIN, Followed, Where, names_of
from workers.review.matching import NEAR_AFTER_A_CHANGE
from workers.review.ranking import SHOWN

MOST_SUSPECTS: Final = 5
"""Refuted findings that one review asks about."""
MOST_GUARDS: Final = 20
"""Files that are remembered of one refuted finding."""
UNGUARDED: Final = "held back before, since it was refuted; the code that it hangs on has changed"
_TOO_MANY: Final = f"{NOT_ASKED_AGAIN}: more than {MOST_SUSPECTS} refuted findings were to be checked"
_SPAN: Final = re.compile(r"`([^`\n]{1,200})`")
_CODE: Final = re.compile(r"\b(?:\w+(?=\()|\w*_\w*|\w*[a-z0-9][A-Z]\w*)")
_DEFINITION: Final = re.compile(r"\b(?:def|func|function|fn|sub)\s+(?:\([^()]*\)\s*)?(\w+)")
_CALLED: Final = re.compile(r"(\w+)\s*\(")
_WORD: Final = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Watched:
    """Refuted findings of earlier reviews at their places of now.

    Attributes:
        due: what spoke against them may be gone, worst first.
        rest: nothing that they hang on has changed.
    """

    due: tuple[MarkedFinding, ...] = ()
    rest: tuple[MarkedFinding, ...] = ()

    @property
    def suspects(self) -> tuple[MarkedFinding, ...]:
        """Those that are due as if they had just been reported; `since` tells them from others."""
        return tuple(_reported(marked) for marked in self.due)


@dataclass(frozen=True, slots=True)
class Judged:
    """New findings, and refuted ones that are carried on."""

    findings: tuple[MarkedFinding, ...]
    held: tuple[MarkedFinding, ...]


def is_watched(marked: MarkedFinding) -> bool:
    """Whether a finding that was held back can come back; a picture cannot be looked up in code."""
    refuted = marked.disposition.fate is Fate.REFUTED and bool(marked.verdicts)
    return refuted and marked.finding.lines is not None


def watch(
    held: Iterable[Followed],
    diff: Diff,
    delta: Delta,
    told: Sequence[Finding],
    check: Checking | None,
    verify_below: float,
    head: str,
) -> Watched:
    """Find out which refuted findings are to be judged anew. Those whose code is gone are dropped.

    Args:
        diff: the whole change.
        delta: what is new in it.
        told: open findings at their places of now: what one of them says is told.
        check: who is asked about which findings.
        verify_below: a finding that is believed in more is asked about by `check` only where that is strict.
        head: the commit under review; what was refuted at this very commit stays so.
    """
    due: list[MarkedFinding] = []
    rest: list[MarkedFinding] = []
    for one in held:
        if one.where is Where.GONE:
            continue
        marked, finding = _moved(one.marked, delta), one.marked.finding
        is_asked = check is not None and (check.strict or finding.confidence < verify_below)
        is_told = any(other.path == finding.path and same_defect(other, finding) for other in told)
        may_hold = is_asked and not is_told and one.where is Where.STANDS
        is_due = may_hold and _is_due(one.marked, diff, delta, head)
        (due if is_due else rest).append(marked)
    due.sort(key=order)
    later = (_due(marked, _TOO_MANY) for marked in due[MOST_SUSPECTS:])
    return Watched(tuple(due[:MOST_SUSPECTS]), (*rest, *later))


def judge(checked: Sequence[MarkedFinding], watched: Watched, diff: Diff, head: str) -> Judged:
    """Part what the second model was asked about: suspects that it confirmed are new, the others are held.

    Args:
        checked: new findings and suspects, with their verdicts.
        watched: where the suspects come from.
        diff: the whole change.
        head: the commit under review.
    """
    before = {_place(_reported(marked)): marked for marked in watched.due}
    words = {file.path: words_of(file.hunks) for file in diff.files} if _has_refuted(checked) else {}

    def guarded(marked: MarkedFinding) -> MarkedFinding:
        return _guarded(marked, _names(marked, diff), words)

    findings: list[MarkedFinding] = []
    held: list[MarkedFinding] = []
    for marked in checked:
        if not marked.since:
            findings.append(guarded(marked) if is_watched(marked) else marked)
        elif _is_new(marked):
            findings.append(replace(marked, since=""))
        else:
            held.append(guarded(_still(before[_place(marked)], marked, head)))
    rest = (marked for marked in watched.rest if not _is_judged(marked.finding, findings))
    return Judged(tuple(findings), (*held, *rest))


def _is_due(marked: MarkedFinding, diff: Diff, delta: Delta, head: str) -> bool:
    """Whether what refuted a finding may be gone since."""
    if marked.disposition.reason.startswith(NOT_ASKED_AGAIN):
        return True
    path, lines = marked.finding.path, marked.finding.lines
    if marked.since == head or delta.is_everything or lines is None:
        return False
    near = replace(
        lines, start=max(1, lines.start - NEAR_AFTER_A_CHANGE), end=lines.end + NEAR_AFTER_A_CHANGE
    )
    if path in delta.shrunk or delta.touches(path, near):
        return True
    names = _names(marked, diff)
    named = any(not names.isdisjoint(words) for words in delta.words.values())
    return named or any(map(delta.has_lost, marked.guards))


def _reported(marked: MarkedFinding) -> MarkedFinding:
    fate = Fate.POSTED if marked.anchor else Fate.UNANCHORED
    said = Disposition(fate, UNGUARDED)
    return replace(marked, disposition=said, fingerprint=fingerprint(marked.finding), verdicts=())


def _is_new(marked: MarkedFinding) -> bool:
    """Whether a suspect is none any more: confirmed, or the same as a new finding that stands."""
    if marked.disposition.fate is Fate.PRE_EXISTING:
        return True
    rulings = [vote.ruling for vote in marked.verdicts]
    return marked.disposition.fate in STANDING and (not rulings or rulings[-1] is Ruling.CONFIRMED)


def _still(before: MarkedFinding, marked: MarkedFinding, head: str) -> MarkedFinding:
    """A suspect that was not confirmed: what refuted it before still counts, or something else does."""
    last = marked.verdicts[-1] if marked.verdicts else None
    if last is None:  # it was not asked about: people have dismissed the like of it
        return before
    if last.reason.startswith(NOT_ASKED):
        return _due(before, f"{NOT_ASKED_AGAIN}: {last.reason}")
    verdicts = marked.verdicts if last.ruling is Ruling.REFUTED else before.verdicts
    said = Disposition(Fate.REFUTED, verdicts[-1].reason)
    return replace(before, disposition=said, verdicts=verdicts, since=head)


def _due(marked: MarkedFinding, reason: str) -> MarkedFinding:
    return replace(marked, disposition=Disposition(Fate.REFUTED, reason))


def _is_judged(finding: Finding, findings: Iterable[MarkedFinding]) -> bool:
    """Whether this review has said something of the same defect."""
    fates = SHOWN | {Fate.REFUTED, Fate.PRE_EXISTING}
    return any(
        one.finding.path == finding.path and same_defect(one.finding, finding)
        for one in findings
        if one.disposition.fate in fates
    )


def _has_refuted(findings: Iterable[MarkedFinding]) -> bool:
    return any(marked.since or is_watched(marked) for marked in findings)


def _guarded(
    marked: MarkedFinding, names: frozenset[str], words: Mapping[str, frozenset[str]]
) -> MarkedFinding:
    """A refuted finding with the other changed files whose code may be what refutes it, now or before."""
    own, reason = marked.finding.path, marked.verdicts[-1].reason
    naming = (path for path, found in words.items() if not names.isdisjoint(found))
    named = (path for path in words if PurePosixPath(path).name in reason)
    guards = {*marked.guards, *naming, *named} - {own}
    return replace(marked, guards=tuple(sorted(guards))[:MOST_GUARDS])


def _names(marked: MarkedFinding, diff: Diff) -> frozenset[str]:
    """Names that a refuted finding hangs on: its own, its function's, and those that refute it."""
    reason = marked.verdicts[-1].reason
    spans = (word for span in _SPAN.findall(reason) for word in _WORD.findall(span))
    said = (*spans, *_CODE.findall(reason), *_function(marked.finding, diff))
    return names_of(marked.finding).union(filter(is_telling, said))


def _function(finding: Finding, diff: Diff) -> list[str]:
    """What the function is called that a finding stands in, as far as its hunk tells: callers name it."""
    file, lines = diff.file(finding.path), finding.lines
    hunk = file.hunk_at(lines.side, lines.start) if file and lines else None
    if hunk is None or lines is None:
        return []
    above = [line.text for line in hunk.lines if 0 < (line.number_on(lines.side) or 0) <= lines.start]
    own = [name for text in above for name in _DEFINITION.findall(text)]
    return (own or _CALLED.findall(hunk.heading))[-1:]


def _moved(marked: MarkedFinding, delta: Delta) -> MarkedFinding:
    """With the files that it hangs on by the names that they have now."""
    now = {name for path in marked.guards for name in delta.now(path) or (path,)}
    return replace(marked, guards=tuple(sorted(now))[:MOST_GUARDS])


def _place(marked: MarkedFinding) -> tuple[str, str, LineRange | None]:
    return marked.finding.path, marked.fingerprint, marked.finding.lines
