"""Puts a review on a pull request, so that saying it twice shows it once.

The order matters: first the head and our own marks are read again, then the review, the summary and last the
check run are written. A crash in between leaves a check in progress, never a green one.

What is *not* here: words (bot.rendering), the writes themselves (bot.github), what to do on failure
(workers.jobs).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from bot.domain.finding import Disposition, Fate, MarkedFinding
from bot.domain.policy import FailOn
from bot.domain.pull_request import PullRequest
from bot.domain.review import Conclusion, Outcome, Review, conclude
from bot.github.checks import finish_check
from bot.github.client import GitHub
from bot.github.publish import ReviewComment, post_review, upsert_summary
from bot.github.standing import OwnText, Standing, fetch_standing
from bot.rendering.check import check_result
from bot.rendering.comment import inline_comment
from bot.rendering.markers import MarkerKind, find_marker, write_marker
from bot.rendering.summary import review_body, summary_comment

NO_PLACE = "GitHub has no place for a comment there"


async def post(
    github: GitHub,
    pull: PullRequest,
    review: Review,
    fail_on: FailOn,
    *,
    check_id: int | None,
    may_write: Callable[[], None] = lambda: None,
) -> Review:
    """Write a review; what an earlier run has written already is not written again.

    Args:
        check_id: the check run to complete; None where we may not write checks.
        may_write: raises when another run has taken over; asked right before the first write.

    Returns:
        The review as it now stands: findings that GitHub had no place for are `unanchored`.

    Raises:
        HeadMoved: something was pushed since the review was made; nothing was written.
        GitHubError: see bot.github.
    """
    standing = await fetch_standing(github, pull.ref)
    standing.require_head(pull.head_sha)
    may_write()
    review = await _post_inline(github, pull, review, standing)
    conclusion = conclude(review, fail_on)
    if review.outcome in (Outcome.COMPLETED, Outcome.PARTIAL) or check_id is None:
        body = summary_comment(review, pull.ref, conclusion)
        marker = write_marker(MarkerKind.SUMMARY, head=pull.head_sha)
        await upsert_summary(github, pull, body, _summary_id(standing), marker=marker)
    if check_id is not None:
        await finish(github, pull, check_id, review, conclusion)
    return review


async def finish(
    github: GitHub, pull: PullRequest, check_id: int, review: Review, conclusion: Conclusion
) -> None:
    """Complete the check run with a review's words."""
    await finish_check(github, pull.ref.repo, check_id, conclusion, check_result(review, conclusion))


async def _post_inline(github: GitHub, pull: PullRequest, review: Review, standing: Standing) -> Review:
    """Post the findings that do not stand yet, in one review; none when there are no new ones."""
    stands = _standing_findings(standing.inline, review)
    new = [marked for marked in review.with_fate(Fate.POSTED) if not stands(marked)]
    comments = [
        ReviewComment(marked.anchor, inline_comment(marked, review)) for marked in new if marked.anchor
    ]
    if not comments:
        return review
    marker = write_marker(MarkerKind.REVIEW, head=pull.head_sha)
    posted = await post_review(github, pull, review_body(review), comments, marker=marker)
    return _without_place(review, {comment.body for comment in posted.rejected})


def _without_place(review: Review, rejected: set[str]) -> Review:
    """Findings whose comment GitHub refused are told of in the summary."""
    if not rejected:
        return review

    def marked_anew(marked: MarkedFinding) -> MarkedFinding:
        if marked.disposition.fate is Fate.POSTED and inline_comment(marked, review) in rejected:
            return replace(marked, disposition=Disposition(Fate.UNANCHORED, NO_PLACE), anchor=None)
        return marked

    return replace(review, findings=tuple(marked_anew(marked) for marked in review.findings))


def _standing_findings(texts: Sequence[OwnText], review: Review) -> Callable[[MarkedFinding], bool]:
    """Whether the inline comment of a finding stands on the pull request already.

    The same code in two files has one fingerprint, so the file counts too. A comment on a file that is no
    longer part of the change still stands for its finding: the file was renamed.
    """
    coverage = review.coverage
    left_out = (*(file.path for file in coverage.excluded), *(file.path for file in coverage.not_read))
    files = {*coverage.read, *left_out}
    markers = [(text.path, find_marker(text.body, MarkerKind.FINDING)) for text in texts]
    known = {(path, marker.values.get("fp")) for path, marker in markers if marker}
    moved = {fingerprint for path, fingerprint in known if path not in files}

    def stands(marked: MarkedFinding) -> bool:
        return (marked.finding.path, marked.fingerprint) in known or marked.fingerprint in moved

    return stands


def _summary_id(standing: Standing) -> int | None:
    """The summary comment that stands, whichever head it was written for."""
    for text in standing.comments:
        if find_marker(text.body, MarkerKind.SUMMARY):
            return text.id
    return None
