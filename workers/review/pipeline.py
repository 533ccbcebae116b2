"""The life of a review: scope, look, check, rank. Read it from top to bottom.

What is *not* here: fetching a change and publishing a review (workers.jobs, workers.cli).
"""

from __future__ import annotations

from dataclasses import replace

from bot.domain.finding import MarkedFinding
from bot.domain.policy import Policy
from bot.domain.review import Coverage, Outcome, Review
from bot.parsing.paths import ignored_by
from workers.review.analysing import analyse
from workers.review.change import Change, Engine
from workers.review.cross_check import NOT_ASKED, Checked, cross_check
from workers.review.duplicates import mark_duplicates
from workers.review.finding import find
from workers.review.hidden import hidden_notices
from workers.review.looked import Looked, out_of_time
from workers.review.ranking import SHOWN, rank
from workers.review.scope import Scope, select, with_texts
from workers.review.timing import Deadline

STATIC = "static"


async def review_change(change: Change, policy: Policy, engine: Engine) -> Review:
    """Look at one change, once.

    A model or an analyser that fails makes the review partial or failed, and is never raised.

    Raises:
        GitHubError: the text of the files cannot be had at all.
    """
    deadline = Deadline.after(engine.limits.deadline)
    scope = select(change.diff, ignored_by(policy.ignore), static=engine.finder is None)
    [texts] = await deadline.gather([engine.reader.read(scope.to_fetch)])
    if texts is None:
        return _review(change, engine, scope, out_of_time(scope.files), Checked(()))
    scope = with_texts(scope, texts)
    looked = await _look(change, scope, policy, engine, deadline)
    checked = await _check(looked.findings, scope, engine, deadline)
    ranked = replace(checked, findings=rank(mark_duplicates(checked.findings), policy))
    return _review(change, engine, scope, looked, ranked)


async def _look(change: Change, scope: Scope, policy: Policy, engine: Engine, deadline: Deadline) -> Looked:
    if engine.finder is None:
        return await analyse(scope.files, policy, engine, deadline)
    return await find(change, scope.files, engine.finder, policy, engine, deadline)


async def _check(
    findings: tuple[MarkedFinding, ...], scope: Scope, engine: Engine, deadline: Deadline
) -> Checked:
    if engine.cross_checker is None or engine.finder is None:
        return Checked(findings)
    return await cross_check(findings, scope.files, engine.cross_checker, engine, deadline)


def _review(change: Change, engine: Engine, scope: Scope, looked: Looked, checked: Checked) -> Review:
    coverage = Coverage(looked.read, scope.excluded, scope.not_read + looked.not_read)
    outcome, reason = _outcome(coverage, looked, checked)
    return Review(
        outcome=outcome,
        head_sha=change.head_sha,
        reviewer=engine.finder.name if engine.finder else STATIC,
        findings=checked.findings,
        coverage=coverage,
        usage=looked.usage + checked.usage,
        cross_checker=engine.cross_checker.name if engine.finder and engine.cross_checker else None,
        reason=reason,
        notices=looked.notices + hidden_notices(change.diff),
        retryable=any(gap.passing for gap in looked.gaps),
    )


def _outcome(coverage: Coverage, looked: Looked, checked: Checked) -> tuple[Outcome, str]:
    """Failed: the engine tried, and nothing was looked at. Partial: something is missing. Else completed."""
    found = any(marked.disposition.fate in SHOWN for marked in checked.findings)
    if looked.gaps and not looked.read and not found:
        return Outcome.FAILED, ", ".join(gap.reason for gap in looked.gaps)
    missing = []
    if files := coverage.files_not_read:
        missing.append("1 file was not read" if files == 1 else f"{files} files were not read")
    if checked.unanswered:
        missing.append(f"the second model {NOT_ASKED} about {checked.unanswered} of the findings")
    return (Outcome.PARTIAL, "; ".join(missing)) if missing else (Outcome.COMPLETED, "")
