"""Puts a review on a pull request, so that saying it twice shows it once.

The order matters: first the head and our own marks are read again, then the review, the threads of what is
settled, the summary and last the check run are written. A crash in between leaves a check in progress, never
a green one.

What is *not* here: words (bot.rendering), the writes themselves (bot.github), what to do on failure
(workers.running).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Final

from bot.domain.finding import Disposition, Fate, MarkedFinding
from bot.domain.ledger import SETTLED, TOLD, Ledger, Lesson
from bot.domain.policy import FailOn
from bot.domain.pull_request import PullRequest
from bot.domain.review import Conclusion, Outcome, Review, conclude
from bot.github.client import GitHub
from bot.github.publish import ReviewComment, post_review, upsert_summary
from bot.github.siblings import complete_check
from bot.github.standing import OwnText, Standing, Thread, fetch_standing
from bot.github.threads import close_thread, edit_inline
from bot.rendering.carried import carried_finding, carry_finding, carry_ledger, rest_of, with_finding
from bot.rendering.check import CheckText, check_result, no_check
from bot.rendering.comment import inline_comment
from bot.rendering.lessons import lesson_note
from bot.rendering.limits import BODY_LIMIT, units
from bot.rendering.markers import MarkerKind, find_marker, write_marker
from bot.rendering.settled import settled_comment
from bot.rendering.summary import review_body, summary_comment
from workers.recalling import fingerprint_of, ledger_after, rebuilt
from workers.review.lessons import is_from_click

NO_PLACE = "GitHub has no place for a comment there"
MOST_CLOSED: Final = 30
"""Threads that one review settles; a look at what stands goes on. Each is two writes, which GitHub counts."""


class NoCheck(Enum):
    """Why there is no check run to write into."""

    NOT_YET = "not yet"
    """None was found or created so far, which says nothing of what we may write."""
    NOT_OURS = "not ours"
    """We may not write checks."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What the policy and the reviews before have to say about posting.

    Attributes:
        summary: whether there is a summary comment.
        before: the ledger that this review was given.
        delivery: names the request; empty for one that nobody repeats.
        learns: whether the policy wants the repository to learn from dismissals.
        taught: what it learned from clicks on findings that the review tells of.
    """

    fail_on: FailOn = FailOn.NEVER
    summary: bool = True
    before: Ledger = field(default_factory=Ledger)
    delivery: str = ""
    learns: bool = False
    taught: tuple[Lesson, ...] = ()

    def in_check(self, ledger: Ledger) -> str:
        """The hidden line of a check run that has no summary beside it: what no comment carries."""
        return "" if self.summary else beside(ledger, "")


@dataclass(frozen=True, slots=True)
class Posted:
    """What was written.

    Attributes:
        conclusion: how the check run ended, where there is one.
        words: what it says; None where there is none.
        review: as it now stands: findings that GitHub had no place for are `unanchored`.
        to_close: threads that are still to say how their finding was settled: there was no room for them.
    """

    review: Review
    ledger: Ledger
    conclusion: Conclusion
    words: CheckText | None = None
    to_close: int = 0


async def post(
    github: GitHub,
    pull: PullRequest,
    review: Review,
    terms: Terms,
    *,
    check_id: int | NoCheck,
    may_write: Callable[[], None] = lambda: None,
    is_alone: Callable[[], bool] = lambda: False,
) -> Posted:
    """Write a review; what an earlier run has written already is not written again.

    Args:
        check_id: the check run to complete, or why there is none.
        may_write: raises when another run has taken over; asked right before the first write.
        is_alone: whether it is known that no other pull request has a check run of ours on the head; asked
            right before ours is completed.

    Raises:
        HeadMoved: something was pushed since the review was made; nothing was written.
        GitHubError: see bot.github.
    """
    standing = await fetch_standing(github, pull.ref)
    standing.require_head(pull.head_sha)
    may_write()
    if check_id is NoCheck.NOT_OURS:
        review = _without_check(review, by_app=github.app_id is not None)
    review = await _post_inline(github, pull, review, standing)
    to_close = await _close_settled(github, pull, review, standing, terms.taught)
    ledger = _ledger(review, terms, standing)
    carried, conclusion = carry_ledger(ledger), conclude(review, terms.fail_on)
    words: CheckText | None = None
    if to_summarise := _wants_summary(review, terms, check_id):
        await _write_summary(github, pull, review, ledger, terms, standing, carried)
    if not isinstance(check_id, NoCheck):
        hidden = beside(ledger, carried) if to_summarise else terms.in_check(ledger)
        words = await finish(github, pull, check_id, review, conclusion, hidden, alone=is_alone())
    return Posted(review, ledger, conclusion, words, to_close)


async def say_unreviewed(
    github: GitHub,
    pull: PullRequest,
    review: Review,
    terms: Terms,
    may_write: Callable[[], None],
    wants_summary: Callable[[], Awaitable[bool]],
) -> None:
    """Have a summary say that nobody could look, where none stands: checks are easily overlooked.

    One that stands tells of a review, and of which commit that was.

    Raises:
        HeadMoved, GitHubError: as `post`.
    """
    standing = await fetch_standing(github, pull.ref)
    standing.require_head(pull.head_sha)
    if _summary_id(standing) is None and await wants_summary():
        may_write()
        ledger = _ledger(review, terms, standing)
        await _write_summary(github, pull, review, ledger, terms, standing, carry_ledger(ledger))


def beside(ledger: Ledger, carried: str) -> str:
    """The hidden line of a check run: what of a ledger the summary's line does not carry; mostly empty."""
    rest = rest_of(ledger, carried)
    return "" if rest is None else carry_ledger(rest)


async def finish(
    github: GitHub,
    pull: PullRequest,
    check_id: int,
    review: Review,
    conclusion: Conclusion,
    hidden: str = "",
    *,
    alone: bool = False,
) -> CheckText:
    """Complete the check run with a review's words, which are returned, and a line that nobody sees.

    `alone`: see `complete_check`.
    """
    words = check_result(review, conclusion, pull.url, hidden=hidden)
    await complete_check(github, pull.ref, check_id, conclusion, words, alone=alone)
    return words


def _without_check(review: Review, *, by_app: bool) -> Review:
    """Say first that there is no check run; a kept review may say so already."""
    notice = no_check(by_app=by_app)
    return replace(review, notices=(notice, *(one for one in review.notices if one != notice)))


def _ledger(review: Review, terms: Terms, standing: Standing) -> Ledger:
    """What is carried on. Who did not look leaves the ledger as it was, whatever is known of it here."""
    if review.outcome in (Outcome.COMPLETED, Outcome.PARTIAL):
        return ledger_after(review, terms.before, terms.delivery)
    return max(terms.before, rebuilt(standing), key=lambda one: one.round)


def _wants_summary(review: Review, terms: Terms, check_id: int | NoCheck) -> bool:
    """Where there is no check run, the summary is the only place to say anything."""
    if isinstance(check_id, NoCheck):
        return True
    return terms.summary and review.outcome in (Outcome.COMPLETED, Outcome.PARTIAL)


async def _write_summary(
    github: GitHub,
    pull: PullRequest,
    review: Review,
    ledger: Ledger,
    terms: Terms,
    standing: Standing,
    carried: str,
) -> None:
    body = summary_comment(
        review,
        pull.ref,
        conclude(review, terms.fail_on),
        pull_url=pull.url,
        hidden=carried,
        ledger=ledger,
    )
    marker = write_marker(MarkerKind.SUMMARY, head=pull.head_sha)
    await upsert_summary(github, pull, body, _summary_id(standing), marker=marker)


async def _post_inline(github: GitHub, pull: PullRequest, review: Review, standing: Standing) -> Review:
    """Post the findings that do not stand yet, in one review; none when there are no new ones."""
    stands = _standing_findings(standing.inline, review)
    new = [marked for marked in review.with_fate(Fate.POSTED) if not stands(marked)]
    bodies = {id(marked): _comment(marked, review) for marked in new if marked.anchor}
    comments = [
        ReviewComment(marked.anchor, bodies[id(marked)]) for marked in new if marked.anchor is not None
    ]
    if not comments:
        return review
    marker = write_marker(MarkerKind.REVIEW, head=pull.head_sha)
    posted = await post_review(github, pull, review_body(review), comments, marker=marker)
    rejected = {comment.body for comment in posted.rejected}
    return replace(
        review,
        findings=tuple(
            _placeless(marked) if bodies.get(id(marked)) in rejected else marked for marked in review.findings
        ),
    )


def _comment(marked: MarkedFinding, review: Review) -> str:
    """An inline comment that carries its finding, where there is room for both."""
    body = inline_comment(marked, review)
    line = carry_finding(replace(marked, since=marked.since or review.head_sha))
    return f"{body}\n{line}" if line and units(body) + len(line) < BODY_LIMIT else body


def _placeless(marked: MarkedFinding) -> MarkedFinding:
    """A finding whose comment GitHub refused is told of in the summary."""
    return replace(marked, disposition=Disposition(Fate.UNANCHORED, NO_PLACE), anchor=None)


def _standing_findings(texts: Sequence[OwnText], review: Review) -> Callable[[MarkedFinding], bool]:
    """Whether the inline comment of a finding stands on the pull request already.

    The same code in two files has one fingerprint, so the file counts too. A comment on a file that is no
    longer part of the change still stands for its finding: the file was renamed. What was settled and comes
    back is told anew.
    """
    coverage = review.coverage
    left_out = (*(file.path for file in coverage.excluded), *(file.path for file in coverage.not_read))
    files = {*coverage.read, *coverage.earlier, *left_out}
    settled = {marked.comment_id for marked in review.findings if marked.disposition.fate in SETTLED}
    known = {
        (text.path, fingerprint)
        for text in texts
        if text.id not in settled and (fingerprint := fingerprint_of(text))
    }
    moved = {fingerprint for path, fingerprint in known if path not in files}

    def stands(marked: MarkedFinding) -> bool:
        return (
            marked.comment_id is not None
            or (marked.finding.path, marked.fingerprint) in known
            or marked.fingerprint in moved
        )

    return stands


async def _close_settled(
    github: GitHub, pull: PullRequest, review: Review, standing: Standing, taught: Sequence[Lesson]
) -> int:
    """Say in its thread how a finding was settled, once, and close the thread; or that it no longer is.

    What the repository learned from a click is said there, too.

    Returns how many threads are left.
    """
    told = [(marked, standing.thread_of(marked.comment_id or 0)) for marked in review.findings]
    due = [(marked, thread) for marked, thread in told if thread and _is_to_close(marked, thread)]
    for marked, thread in due[:MOST_CLOSED]:
        lesson = next((one for one in taught if is_from_click(one, marked)), None)
        note = lesson_note(pull.ref.repo, lesson, by_click=True) if lesson else ""
        body = settled_comment(with_finding(thread.comment.body, marked), marked, review.head_sha, note)
        is_there = await edit_inline(github, pull.ref.repo, thread.comment.id, body)
        if is_there and marked.disposition.fate in SETTLED and not thread.is_resolved:
            await close_thread(github, thread)
    return len(due[MOST_CLOSED:])


def _is_to_close(marked: MarkedFinding, thread: Thread) -> bool:
    """A thread that a person resolved says it all by itself; and nothing is said twice.

    What a comment says of a command stays: that may be younger than this review.
    """
    carried = carried_finding(thread.comment.body)
    if marked.disposition.fate in TOLD:
        return carried is not None and carried.disposition.by_hand
    if marked.disposition.fate not in SETTLED or (thread.is_resolved and thread.resolved_by):
        return False
    if carried is None:
        return True
    by_command = carried.disposition.fate in SETTLED - {Fate.FIXED} and not carried.disposition.by_hand
    return carried.disposition.fate is not marked.disposition.fate and not by_command


def _summary_id(standing: Standing) -> int | None:
    """The summary comment that stands, whichever head it was written for."""
    for text in standing.comments:
        if find_marker(text.body, MarkerKind.SUMMARY):
            return text.id
    return None
