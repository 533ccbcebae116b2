"""One look at a change: its steps, each with all that it needs.

What is *not* here: their order (workers.review.pipeline), and the steps themselves.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from bot.domain.finding import OF_ANY_TEXT, MarkedFinding
from bot.domain.ledger import Earlier
from bot.domain.policy import Policy
from bot.domain.review import Coverage, Outcome, Review
from bot.errors import GitHubError
from bot.parsing import attributes
from bot.parsing.paths import matching_paths
from workers.ports import Model, SourceFile
from workers.review.analysing import analyse
from workers.review.change import Change, Engine
from workers.review.covering import Covered, fresh_files
from workers.review.cross_check import NOT_ASKED, Checked, Checking, checking, cross_check
from workers.review.delta import STATIC, Delta
from workers.review.doubting import (
    doubtful,
    is_standing,
    places,
    said_of,
    unmatched,
    where_nothing_is_said,
    with_confirmed,
)
from workers.review.duplicates import order
from workers.review.exclusions import excluded_by_language
from workers.review.finding import find
from workers.review.fixing import Fixed, propose_fixes
from workers.review.following import NOT_ASKED_AGAIN, Followed, follow, lost_sight
from workers.review.guarding import Judged, Watched, is_watched, judge, watch
from workers.review.hidden import hidden_notices
from workers.review.holding import Holding
from workers.review.looked import Heard, Looked, out_of_time
from workers.review.matching import Known, match
from workers.review.questions import Questions
from workers.review.ranking import SHOWN
from workers.review.rechecking import Rechecked, may_return, recheck, returned, settle_without_model
from workers.review.scope import Scope, select, unflagged
from workers.review.timing import Deadline

NOTHING_RECHECKED: Final = Rechecked()

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Told:
    """Findings of earlier reviews as they are now, in order.

    Attributes:
        open: those that stood.
        settled: fixed, dismissed or withdrawn.
        held: those that were refuted; nobody was told of them.
    """

    open: tuple[Followed, ...] = ()
    settled: tuple[Followed, ...] = ()
    held: tuple[Followed, ...] = ()

    @classmethod
    def of(cls, followed: tuple[Followed, ...], earlier: Earlier) -> Told:
        """From all of them, in the order of `Round.earlier_findings`."""
        first, second = len(earlier.open), len(earlier.open) + len(earlier.settled)
        return cls(followed[:first], followed[first:second], followed[second:])


@dataclass(frozen=True, slots=True)
class Round:
    """One look at a change, with all that its steps need."""

    change: Change
    policy: Policy
    engine: Engine
    earlier: Earlier
    deadline: Deadline
    scope: Scope
    delta: Delta

    @property
    def is_static(self) -> bool:
        """Whether analysers review alone."""
        return self.engine.finder is None

    @property
    def _at_hand(self) -> tuple[SourceFile, ...]:
        """The files that a finding may be about, whoever reports it."""
        return (*self.scope.files, *self.scope.reported)

    @property
    def fresh(self) -> tuple[SourceFile, ...]:
        """The files to look at."""
        return fresh_files(self.scope, self.delta, static=self.is_static)

    @property
    def earlier_findings(self) -> tuple[MarkedFinding, ...]:
        """Those that stood, first told at the head before where nothing else is known; then the others."""
        head = self.earlier.head_sha
        refuted = filter(is_watched, self.earlier.held)
        open_, held = (
            [replace(marked, since=marked.since or head) for marked in some]
            for some in (self.earlier.open, refuted)
        )
        return (*open_, *self.earlier.settled, *held)

    def unseen(self) -> Told:
        """The findings of earlier reviews, where nothing could be looked at."""
        return Told.of(lost_sight(self.earlier_findings), self.earlier)

    async def told(self) -> Told:
        """Where the findings of earlier reviews stand now; not known where time runs out."""
        told = self.earlier_findings
        job = asyncio.to_thread(follow, told, self.change.diff, self._at_hand, self.delta)
        [followed] = await self.deadline.gather([job])
        return Told.of(followed, self.earlier) if followed is not None else self.unseen()

    async def look(self, told: Sequence[Followed]) -> Looked:
        """The find pass, or the analysers; nothing where nobody has written anything since."""
        files = self.fresh
        if self.is_static:
            return await analyse(files, self.policy, self.engine, self.deadline, self.scope.reported)
        if not files:
            return Looked()
        unseen = tuple(image for image in self.change.images if not self.delta.has_seen(image.name))
        change = replace(self.change, images=unseen)
        others = tuple(file for file in self.scope.files if not self.delta.is_to_read(file.path))
        return await find(change, files, self.policy, self.engine, self.deadline, told, others)

    def too_late(self) -> Looked:
        """What comes of the look where time ran out before it."""
        return out_of_time(self.fresh) if self.fresh else Looked()

    def holding(self, settled: Sequence[Followed]) -> Holding:
        """What decides which new findings are told."""
        return Holding(
            diff=self.change.diff,
            delta=self.delta,
            settled=tuple(one.marked for one in settled),
            lessons=self.earlier.lessons,
            files={file.path: file for file in self._at_hand},
            learning=self.policy.learning.enabled,
            now=self.engine.clock(),
            is_checked=self.checking is not None,
            limits=self.engine.limits,
        )

    def watch(self, held: Sequence[Followed], known: Sequence[Known]) -> Watched:
        """Which refuted findings are to be judged anew."""
        told = [now for one in known if (now := one.now)]
        below = self.engine.limits.verify_below
        change = self.change
        return watch(held, change.diff, self.delta, told, self.checking, below, change.head_sha)

    def judge(self, checked: Checked, watched: Watched) -> Judged:
        """What is new of what was asked about, and what stays refuted."""
        return judge(checked.findings, watched, self.change.diff, self.change.head_sha)

    @property
    def checking(self) -> Checking | None:
        """Which new findings a second question is asked about."""
        return checking(self.engine, self.policy)

    async def check(self, findings: tuple[MarkedFinding, ...]) -> Checked:
        """The second opinion on what is new."""
        check = self.checking
        if check is None:
            return Checked(findings)
        return await cross_check(self.change, findings, self.scope.files, check, self.engine, self.deadline)

    async def ask_about_doubts(self, checked: Checked, told: Told, known: Sequence[Known]) -> Checked:
        """What is hardly believed in gets its question where one is asked, and where nothing else is said.

        The same rules decide as about other new findings, but for doubts alone.
        """
        if self.checking is None:
            return checked
        earlier = (one.marked.finding for one in (*told.settled, *told.held))
        said = (*said_of(checked.findings), *places(known), *earlier)
        doubts = doubtful(checked.findings, self.policy)
        matched = match(doubts, told.open, self.change.diff, self.delta)
        new = self.holding(told.settled).hold(unmatched(matched.findings, matched.known)).findings
        left = where_nothing_is_said(sorted(filter(is_standing, new), key=order), said)
        return with_confirmed(checked, await self.check(left)) if left else checked

    async def recheck(self, known: Sequence[Known], reach: Covered, heard: Heard) -> Rechecked:
        """What became of what was told before."""
        if self.second is None:
            return settle_without_model(known, frozenset(reach.coverage.read), reach.unread, heard)
        return await recheck(known, self.delta, reach.unread, self.questions, self.second, self.checking)

    async def returned(self, settled: Sequence[Followed], known: Sequence[Known]) -> Rechecked:
        """What was fixed and is there again, because what mended it is gone."""
        mended = may_return(settled, self.delta)
        if self.second is None or not mended:
            return Rechecked()
        return await returned(mended, known, self.delta, self.questions, self.second)

    @property
    def second(self) -> Model | None:
        """Who is asked about single findings; nobody where analysers review alone."""
        return None if self.is_static else self.engine.cross_checker or self.engine.finder

    @property
    def questions(self) -> Questions:
        """Makes questions about single findings."""
        return Questions(self.change, self.scope.files, self.engine, self.deadline, self.policy.rules)

    async def fix(self, findings: tuple[MarkedFinding, ...]) -> Fixed:
        """Texts to commit for the worst of what is new."""
        finder = self.engine.finder
        if finder is None or not self.policy.suggestions:
            return Fixed(findings)
        return await propose_fixes(
            findings, self.change, self.scope.files, finder, self.engine, self.deadline
        )

    def review(
        self,
        looked: Looked,
        reach: Covered,
        checked: Checked,
        rechecked: Rechecked,
        back: Rechecked = NOTHING_RECHECKED,
    ) -> Review:
        """All of it as a review, but for its findings and what they cost.

        Who is asked about single findings is named where something was answered: else it would seem as if
        two models had found nothing.
        """
        outcome, reason = _outcome(reach.coverage, looked, checked, rechecked)
        check, answered = self.checking, checked.answered + rechecked.answered + back.answered
        return Review(
            outcome=outcome,
            head_sha=self.change.head_sha,
            reviewer=self.engine.finder.name if self.engine.finder else STATIC,
            coverage=reach.coverage,
            cross_checker=check.model.name if check and answered else None,
            reason=reason,
            notices=looked.notices + hidden_notices(self.change.diff),
            retryable=any(gap.passing for gap in looked.gaps),
            since="" if self.delta.is_everything else self.earlier.head_sha,
            hunks=reach.hunks,
            has_second=check is not None,
        )


async def select_files(change: Change, policy: Policy, engine: Engine, deadline: Deadline) -> Scope:
    """What of the change is to be looked at, before any text of it is known."""
    flags = await _flags(change, engine, deadline)
    unwanted = excluded_by_language(policy.languages, policy.languages_off)
    return select(
        change.diff,
        matching_paths(policy.ignore, "ignore"),
        static=engine.finder is None,
        flagged=flags,
        unwanted=unwanted,
        reports=any(analyser.name in OF_ANY_TEXT for analyser in engine.analysers),
    )


async def _flags(change: Change, engine: Engine, deadline: Deadline) -> Callable[[str], str | None]:
    """What the repository's base branch calls generated or vendored; nothing where that cannot be had."""
    if engine.code is None:
        return unflagged
    names = [name for file in change.diff.files for name in (file.path, file.old_path) if name]
    paths = attributes.places(names)
    try:
        [texts] = await deadline.gather([engine.code.read_base(paths)])
    except GitHubError as error:
        _log.warning("The base branch's .gitattributes could not be read: %s", error)
        return unflagged
    if texts is None:
        return unflagged
    known = {path.rpartition("/")[0]: attributes.flags_of(texts.get(path) or "") for path in paths}
    return attributes.flagged(known)


def _outcome(
    coverage: Coverage, looked: Looked, checked: Checked, rechecked: Rechecked
) -> tuple[Outcome, str]:
    """Failed: the engine tried, and nothing was looked at. Partial: something is missing. Else completed."""
    found = any(marked.disposition.fate in SHOWN for marked in checked.findings)
    if looked.gaps and not looked.read and not found:
        return Outcome.FAILED, ", ".join(gap.reason for gap in looked.gaps)
    missing = []
    if files := coverage.files_not_read:
        missing.append("1 file was not read" if files == 1 else f"{files} files were not read")
    if checked.unanswered:
        missing.append(f"the second model {NOT_ASKED} about {checked.unanswered} of the findings")
    if open_ := rechecked.unanswered:
        findings = "1 open finding" if open_ == 1 else f"{open_} open findings"
        missing.append(f"{findings} {NOT_ASKED_AGAIN}")
    return (Outcome.PARTIAL, "; ".join(missing)) if missing else (Outcome.COMPLETED, "")
