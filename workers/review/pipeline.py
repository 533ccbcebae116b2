"""The life of a review: scope, look, check, rank, fix. Read it from top to bottom.

What is *not* here: fetching a change and publishing a review (workers.jobs, workers.cli).
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace

from bot.domain.finding import MarkedFinding
from bot.domain.policy import Policy
from bot.domain.review import Coverage, Outcome, Review
from bot.errors import GitHubError
from bot.parsing import attributes
from bot.parsing.paths import ignored_by
from workers.review.analysing import analyse
from workers.review.calibration import calibrate, packaged_table
from workers.review.change import Change, Engine
from workers.review.cross_check import NOT_ASKED, Checked, Checking, checking, cross_check
from workers.review.duplicates import mark_duplicates
from workers.review.exclusions import excluded_by_language
from workers.review.finding import find
from workers.review.fixing import Fixed, propose_fixes
from workers.review.hidden import hidden_notices
from workers.review.looked import Looked, out_of_time
from workers.review.ranking import SHOWN, rank
from workers.review.scope import Scope, select, unflagged, with_texts
from workers.review.speaking import in_language
from workers.review.timing import Deadline

STATIC = "static"

_log = logging.getLogger(__name__)


async def review_change(change: Change, policy: Policy, engine: Engine) -> Review:
    """Look at one change, once.

    A model or an analyser that fails makes the review partial or failed, and is never raised.

    Raises:
        GitHubError: the text of the files cannot be had at all.
    """
    engine = in_language(engine, policy.language)
    deadline = Deadline.after(engine.limits.deadline)
    flags = await _flags(change, engine, deadline)
    ignored = ignored_by(policy.ignore)
    unwanted = excluded_by_language(policy.languages, policy.languages_off)
    scope = select(change.diff, ignored, static=engine.finder is None, flagged=flags, unwanted=unwanted)
    [texts] = await deadline.gather([engine.reader.read(scope.to_fetch)])
    if texts is None:
        return _review(change, engine, scope, out_of_time(scope.files), Checked(()))
    scope = with_texts(scope, texts)
    looked = await _look(change, scope, policy, engine, deadline)
    check = checking(engine, policy)
    checked = await _check(change, looked.findings, scope, check, engine, deadline)
    ranked = calibrate(rank(mark_duplicates(checked.findings), policy), packaged_table())
    fixed = await _fix(change, ranked, scope, policy, engine, deadline)
    checked = replace(checked, findings=fixed.findings, usage=checked.usage + fixed.usage)
    review = _review(change, engine, scope, looked, checked)
    return replace(review, cross_checker=check.model.name if check else None)


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


async def _look(change: Change, scope: Scope, policy: Policy, engine: Engine, deadline: Deadline) -> Looked:
    if engine.finder is None:
        return await analyse(scope.files, policy, engine, deadline)
    return await find(change, scope.files, policy, engine, deadline)


async def _check(
    change: Change,
    findings: tuple[MarkedFinding, ...],
    scope: Scope,
    check: Checking | None,
    engine: Engine,
    deadline: Deadline,
) -> Checked:
    if check is None:
        return Checked(findings)
    return await cross_check(change, findings, scope.files, check, engine, deadline)


async def _fix(
    change: Change,
    findings: tuple[MarkedFinding, ...],
    scope: Scope,
    policy: Policy,
    engine: Engine,
    deadline: Deadline,
) -> Fixed:
    if engine.finder is None or not policy.suggestions:
        return Fixed(findings)
    return await propose_fixes(findings, change, scope.files, engine.finder, engine, deadline)


def _review(change: Change, engine: Engine, scope: Scope, looked: Looked, checked: Checked) -> Review:
    excluded = tuple(rest for rest in scope.excluded if rest.path not in looked.read)  # a picture was seen
    coverage = Coverage(looked.read, excluded, scope.not_read + looked.not_read)
    outcome, reason = _outcome(coverage, looked, checked)
    return Review(
        outcome=outcome,
        head_sha=change.head_sha,
        reviewer=engine.finder.name if engine.finder else STATIC,
        findings=checked.findings,
        coverage=coverage,
        usage=looked.usage + checked.usage,
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
