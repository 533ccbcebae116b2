"""The life of a review: scope, look, check, rank, fix. Read it from top to bottom.

Around it stands what earlier reviews have told. Before the look: what of the change is new (*delta*), and
where the open findings stand now (*follow*). After it: which new findings are old ones (*match*), which are
not told (*hold*), and what became of those that were told (*recheck*). Other steps see new findings only.

What is *not* here: fetching a change and publishing a review (workers.jobs, workers.cli), and what is kept
between reviews (bot.store.ledgers).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from bot.domain.finding import Fate, MarkedFinding
from bot.domain.ledger import Earlier
from bot.domain.policy import Policy
from bot.domain.review import Coverage, Outcome, Review
from bot.errors import GitHubError
from bot.parsing import attributes
from bot.parsing.paths import ignored_by
from workers.ports import SourceFile
from workers.review.analysing import analyse
from workers.review.calibration import calibrate, packaged_table
from workers.review.change import Change, Engine
from workers.review.covering import Covered, covered, fresh_files
from workers.review.cross_check import NOT_ASKED, Checked, Checking, checking, cross_check
from workers.review.delta import MODEL, STATIC, Delta, delta_of
from workers.review.duplicates import mark_duplicates, order
from workers.review.exclusions import excluded_by_language
from workers.review.finding import find
from workers.review.fixing import Fixed, propose_fixes
from workers.review.following import NOT_ASKED_AGAIN, Followed, follow, lost_sight
from workers.review.hidden import hidden_notices
from workers.review.holding import Holding
from workers.review.looked import Looked, out_of_time
from workers.review.matching import Known, match
from workers.review.questions import Questions
from workers.review.ranking import SHOWN, rank
from workers.review.rechecking import Rechecked, recheck, settle_without_model
from workers.review.scope import Scope, select, unflagged, with_texts
from workers.review.speaking import in_language
from workers.review.timing import Deadline

FIRST_REVIEW: Final = Earlier()

_log = logging.getLogger(__name__)


async def review_change(
    change: Change, policy: Policy, engine: Engine, earlier: Earlier = FIRST_REVIEW
) -> Review:
    """Look at one change, once, and at what earlier reviews have told of it.

    A model or an analyser that fails makes the review partial or failed, and is never raised.

    Args:
        earlier: what the reviews before this one leave; with marks of what they read, only the rest is read.

    Returns:
        Findings of this round and all that were told before, each with its present fate: new ones that are
        shown first, worst first, then those that are still open, then the rest.

    Raises:
        GitHubError: the text of the files cannot be had at all.
    """
    engine = in_language(engine, policy.language)
    deadline = Deadline.after(engine.limits.deadline)
    selected = await _select(change, policy, engine, deadline)
    delta = delta_of(change.diff, earlier.hunks, MODEL if engine.finder else STATIC, change.images)
    [texts] = await deadline.gather([engine.reader.read(selected.to_fetch)])
    scope = selected if texts is None else with_texts(selected, texts)
    work = _Round(change, policy, engine, earlier, deadline, scope, delta)
    told = lost_sight(earlier.open) if texts is None else await work.follow()
    looked = out_of_time(work.fresh) if texts is None else await work.look(told)
    matched = match(looked.findings, told, change.diff, delta)
    held = work.holding().hold(matched.findings)
    reach = covered(selected, scope, looked, delta, static=work.is_static)
    checked, rechecked = await asyncio.gather(work.check(held.findings), work.recheck(matched.known, reach))
    known = (*rechecked.findings, *held.settled)
    unique = mark_duplicates(checked.findings, (marked.fingerprint for marked in known))
    fixed = await work.fix(calibrate(rank(unique, policy), packaged_table()))
    review = work.review(looked, reach, replace(checked, findings=fixed.findings), rechecked)
    usage = looked.usage + checked.usage + rechecked.usage + fixed.usage
    return replace(review, findings=_ordered(fixed.findings, known), usage=usage)


@dataclass(frozen=True, slots=True)
class _Round:
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
    def fresh(self) -> tuple[SourceFile, ...]:
        """The files to look at."""
        return fresh_files(self.scope, self.delta, static=self.is_static)

    async def follow(self) -> tuple[Followed, ...]:
        """Where the open findings stand now; first told at the head before where nothing else is known."""
        told = [replace(marked, since=marked.since or self.earlier.head_sha) for marked in self.earlier.open]
        job = asyncio.to_thread(follow, told, self.change.diff, self.scope.files, self.delta)
        [followed] = await self.deadline.gather([job])
        return lost_sight(told) if followed is None else followed

    async def look(self, told: Sequence[Followed]) -> Looked:
        """The find pass, or the analysers; nothing where nobody has written anything since."""
        files = self.fresh
        if self.is_static:
            return await analyse(files, self.policy, self.engine, self.deadline)
        if not files:
            return Looked()
        unseen = tuple(image for image in self.change.images if not self.delta.has_seen(image.name))
        change = replace(self.change, images=unseen)
        others = tuple(file for file in self.scope.files if not self.delta.is_fresh(file.path))
        return await find(change, files, self.policy, self.engine, self.deadline, told, others)

    def holding(self) -> Holding:
        """What decides which new findings are told."""
        return Holding(
            diff=self.change.diff,
            delta=self.delta,
            earlier=self.earlier,
            files={file.path: file for file in self.scope.files},
            learning=self.policy.learning.enabled,
            now=self.engine.clock(),
            block_lines=self.engine.limits.enclosing_lines,
        )

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

    async def recheck(self, known: Sequence[Known], reach: Covered) -> Rechecked:
        """What became of what was told before."""
        model = self.engine.cross_checker or self.engine.finder
        if self.is_static or model is None:
            return settle_without_model(known, frozenset(reach.coverage.read), reach.unread)
        questions = Questions(self.change, self.scope.files, self.engine, self.deadline, self.policy.rules)
        return await recheck(known, self.delta, reach.unread, questions, model, self.checking)

    async def fix(self, findings: tuple[MarkedFinding, ...]) -> Fixed:
        """Texts to commit for the worst of what is new."""
        finder = self.engine.finder
        if finder is None or not self.policy.suggestions:
            return Fixed(findings)
        return await propose_fixes(
            findings, self.change, self.scope.files, finder, self.engine, self.deadline
        )

    def review(self, looked: Looked, reach: Covered, checked: Checked, rechecked: Rechecked) -> Review:
        """All of it as a review, but for its findings and what they cost."""
        outcome, reason = _outcome(reach.coverage, looked, checked, rechecked)
        check = self.checking
        return Review(
            outcome=outcome,
            head_sha=self.change.head_sha,
            reviewer=self.engine.finder.name if self.engine.finder else STATIC,
            coverage=reach.coverage,
            cross_checker=check.model.name if check else None,
            reason=reason,
            notices=looked.notices + hidden_notices(self.change.diff),
            retryable=any(gap.passing for gap in looked.gaps),
            since=self.earlier.head_sha if self.delta.read else "",
            hunks=reach.hunks,
        )


async def _select(change: Change, policy: Policy, engine: Engine, deadline: Deadline) -> Scope:
    """What of the change is to be looked at, before any text of it is known."""
    flags = await _flags(change, engine, deadline)
    unwanted = excluded_by_language(policy.languages, policy.languages_off)
    static = engine.finder is None
    return select(change.diff, ignored_by(policy.ignore), static=static, flagged=flags, unwanted=unwanted)


async def _flags(change: Change, engine: Engine, deadline: Deadline) -> Callable[[str], str | None]:
    """What the repository's base branch calls generated or vendored; nothing where that cannot be had."""
    if engine.code is None:
        return unflagged
    paths = attributes.places([file.path for file in change.diff.files])
    try:
        [texts] = await deadline.gather([engine.code.read_base(paths)])
    except GitHubError as error:
        _log.warning("The base branch's .gitattributes could not be read: %s", error)
        return unflagged
    if texts is None:
        return unflagged
    known = {path.rpartition("/")[0]: attributes.flags_of(texts.get(path) or "") for path in paths}
    return attributes.flagged(known)


def _ordered(new: Sequence[MarkedFinding], known: Sequence[MarkedFinding]) -> tuple[MarkedFinding, ...]:
    """New ones that are shown, as ranked; then what is still open, worst first; then the rest."""
    still = sorted((marked for marked in known if marked.disposition.fate is Fate.OPEN), key=order)
    return (
        *(marked for marked in new if marked.disposition.fate in SHOWN),
        *still,
        *(marked for marked in new if marked.disposition.fate not in SHOWN),
        *(marked for marked in known if marked.disposition.fate is not Fate.OPEN),
    )


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
