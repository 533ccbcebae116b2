"""What is reported and not told: settled already, like something dismissed, or in code that was read before.

A review that answers every push with something new about old code is never done with. So a first review
tells everything at once, and later ones speak of what is new: a finding on code that an earlier review has
read is held back, unless it is too bad to be quiet about. What people have decided stays decided, until it
gets worse. All of it is marked with the reason, and listed for whoever wants to see it.

What is *not* here: findings that are open in a thread of their own (workers.review.matching).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from bot.domain.diff import Diff, Line
from bot.domain.finding import Disposition, Fate, Finding, MarkedFinding, Severity
from bot.domain.ledger import Lesson
from workers.context.enclosing import excerpts
from workers.ports import SourceFile
from workers.review.change import Limits
from workers.review.delta import Delta
from workers.review.duplicates import meet
from workers.review.evidence import mark
from workers.review.lessons import learned, learned_words
from workers.review.matching import is_alike
from workers.review.ranking import SHOWN

READ_BEFORE: Final = "in code that an earlier review has read; `/ai-review full` looks at everything again"
MENDED_BEFORE: Final = "an earlier review has found it fixed, and its code has not changed since"
TOO_BAD_TO_HOLD: Final = Severity.HIGH
"""The mildest severity that is told also in code that was read before."""
_BY_PEOPLE = frozenset({Fate.DISMISSED, Fate.WITHDRAWN})
_MENDED = frozenset({Fate.FIXED})


@dataclass(frozen=True, slots=True)
class Held:
    """Findings of this round without those that speak of a settled one; and the settled ones, each once."""

    findings: tuple[MarkedFinding, ...]
    settled: tuple[MarkedFinding, ...]


@dataclass(frozen=True, slots=True)
class Holding:
    """What decides about new findings.

    Attributes:
        settled: findings that earlier reviews or people have settled, at their places of now.
        files: the change's files whose text is known.
        learning: whether lessons count.
        now: POSIX time.
        is_checked: whether a second question is asked about new findings.
        limits: of this review.
    """

    diff: Diff
    delta: Delta
    settled: tuple[MarkedFinding, ...]
    lessons: tuple[Lesson, ...]
    files: Mapping[str, SourceFile]
    learning: bool
    now: float
    is_checked: bool
    limits: Limits
    _blocks: dict[str, Sequence[Line]] = field(default_factory=dict)

    def hold(self, reported: Sequence[MarkedFinding], anew: Sequence[MarkedFinding] = ()) -> Held:
        """Mark what is not told; order is kept, with those last that are to be judged `anew` after a change.

        A finding that people dismissed and that is reported again stays one: it is found where it stands now.
        It speaks for one place, of several for one that was read before: a copy is another matter.
        """
        settled, found = list(self.settled), (*reported, *anew)
        again: dict[int, Finding] = {}
        findings: dict[int, MarkedFinding] = {}
        for index in sorted(range(len(found)), key=lambda index: self._is_fresh(found[index].finding)):
            marked = found[index]
            at = self._settled_as(marked, again) if marked.disposition.fate in SHOWN else None
            if at is None:
                findings[index] = self._judged(marked, is_anew=index >= len(reported))
            elif _is_worse(marked, settled[at]):
                findings[index] = _told_anew(marked, settled[at])
            elif at not in again:
                settled[at], again[at] = _moved(settled[at], marked), marked.finding
        return Held(tuple(findings[index] for index in sorted(findings)), tuple(settled))

    def _settled_as(self, marked: MarkedFinding, again: Mapping[int, Finding]) -> int | None:
        """Index of what people have decided on and this finding repeats; `again`: repeated so far."""
        for index, old in enumerate(self.settled):
            if self._repeats(marked, old, _BY_PEOPLE) and (
                index not in again or meet(marked.finding, again[index])
            ):
                return index
        return None

    def _repeats(self, marked: MarkedFinding, old: MarkedFinding, fates: frozenset[Fate]) -> bool:
        """Whether a finding says what a settled one said, in its file or in what that may be called now."""
        if old.disposition.fate not in fates:
            return False
        new, path = marked.finding, old.finding.path
        return (path == new.path or self.diff.file(path) is None) and is_alike(new, old.finding)

    def _judged(self, marked: MarkedFinding, *, is_anew: bool) -> MarkedFinding:
        """With the fate that follows from lessons and from what was read before."""
        finding = marked.finding
        if marked.disposition.fate not in SHOWN:
            return marked
        lesson = learned(finding, self.lessons, self.now) if self.learning else None
        if lesson is not None:
            return replace(marked, disposition=Disposition(Fate.SUPPRESSED, learned_words(lesson), lesson.by))
        if self.delta.is_everything or is_anew or self._is_fresh(finding):
            return marked
        if any(self._repeats(marked, old, _MENDED) for old in self.settled):
            back = self.delta.is_to_read(finding.path) and (
                self.is_checked or finding.confidence >= self.limits.verify_below
            )
            return marked if back else mark(marked, Fate.SUPPRESSED, MENDED_BEFORE)
        if finding.severity.at_least(TOO_BAD_TO_HOLD):
            return marked
        return mark(marked, Fate.SUPPRESSED, READ_BEFORE)

    def _is_fresh(self, finding: Finding) -> bool:
        """Whether it stands in a fresh hunk, or outside of hunks in a block that a fresh one reaches into."""
        path, lines = finding.path, finding.lines
        if lines is None or path in self.delta.lost:  # pictures are shown once; what is left is another thing
            return True
        file = self.files.get(path)
        if file is None or not self.delta.is_fresh(path):
            return False
        if any(hunk.cut(lines.side, lines.start, lines.end) for hunk in file.diff.hunks):
            return self.delta.touches(path, lines)
        wanted = range(lines.start, lines.end + 1)
        return any(line.number_on(lines.side) in wanted for line in self._reached(file))

    def _reached(self, file: SourceFile) -> Sequence[Line]:
        """Lines of the blocks that fresh hunks of a file reach into."""
        if file.path not in self._blocks:
            fresh = replace(file.diff, hunks=self.delta.fresh[file.path])
            pieces = excerpts(fresh, file.text, self.limits.enclosing_lines)
            self._blocks[file.path] = [line for piece in pieces for line in piece.lines]
        return self._blocks[file.path]


def _is_worse(marked: MarkedFinding, old: MarkedFinding) -> bool:
    return marked.finding.severity.rank < old.finding.severity.rank


def _told_anew(marked: MarkedFinding, old: MarkedFinding) -> MarkedFinding:
    """A finding that was decided on when it was milder."""
    said, was = old.disposition, old.finding.severity
    who = f" by {said.by}" if said.by else ""
    reason = f"worse than when it was {said.fate}{who}: it was {was} then"
    return replace(marked, disposition=replace(marked.disposition, reason=reason))


def _moved(old: MarkedFinding, marked: MarkedFinding) -> MarkedFinding:
    """A settled finding where it is reported now."""
    new = marked.finding
    finding = replace(old.finding, path=new.path, lines=new.lines, quote=new.quote)
    return replace(old, finding=finding, anchor=marked.anchor)
