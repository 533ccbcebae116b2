"""One review of one pull request on GitHub, from its reference to what stands on it.

A run that repeats an earlier one (its process died, GitHub asked for a pause, a model did not answer) takes
up what that one left for the same request: the check run, a review not settled yet, comments by markers.

What is *not* here: the queue's lock, and what follows from an error (workers.running).
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace

from bot.domain.finding import Fate
from bot.domain.in_force import PolicyInForce
from bot.domain.policy import FailOn
from bot.domain.pull_request import PullRequest, PullRequestRef, Trigger
from bot.domain.request import ReviewRequest
from bot.domain.review import Conclusion, Outcome, Review
from bot.errors import AccessLost, QueueUnavailable
from bot.github.checks import find_check, finish_check, reopen_check, start_check
from bot.github.client import GitHub
from bot.github.pulls import fetch_pull_request
from bot.rendering.check import CheckText, check_in_progress, check_result, check_superseded
from bot.store import KeptResult, OpenCheck, Store
from workers.context.fetched import FetchedTexts
from workers.models.purse import DAY_SPENT, Purse
from workers.ports import Analyser, CodeBase, CodeReader
from workers.posting import post
from workers.reading_pulls import read_policy, read_pull
from workers.review.change import Engine
from workers.review.pipeline import review_change

_log = logging.getLogger(__name__)

ASKED = frozenset({Trigger.COMMAND, Trigger.REREQUESTED})
"""Somebody asks for this review by name: drafts, and heads that were reviewed before, are reviewed too."""
ANEW = ASKED | {Trigger.BASE_CHANGED, Trigger.READY_FOR_REVIEW}
"""The same head commit may have another outcome now."""

_CHECK = "check"


@dataclass(slots=True)
class Progress:
    """How far a run got: what has to be known to tell people when it ends badly.

    Attributes:
        check_id: the check run in progress; None before it was created, and where we may not write checks.
        fail_on: known once the policy was read.
    """

    pull: PullRequest | None = None
    check_id: int | None = None
    fail_on: FailOn = FailOn.NEVER


@dataclass(frozen=True, slots=True)
class Reviewer:
    """What one review works with.

    Attributes:
        reviewer_name: model, or `static`, for reviews that end before an engine exists.
        code_around: the repository around a pull request, while a review of it runs.
        purse: what a review may spend; None where nothing bounds it.
        build_engine: of a reader, reports from elsewhere, that repository and a purse; raises SettingsError
            where the settings allow none.
        retries: how often this request was put off by us; a result kept at an earlier count may be bettered.
        may_write: raises SlotLost when another run has taken over.
    """

    github: GitHub
    store: Store
    reviewer_name: str
    code_around: Callable[[PullRequest, FetchedTexts], AbstractAsyncContextManager[CodeBase | None]]
    purse: Callable[[PullRequestRef], Purse | None]
    build_engine: Callable[[CodeReader, Sequence[Analyser], CodeBase | None, Purse | None], Engine]
    retries: int
    may_write: Callable[[], None]

    async def review(self, request: ReviewRequest, progress: Progress) -> Review | None:
        """Look, think and write.

        Returns:
            The review, as it stands on the pull request where it is neither failed nor skipped; None when
            there was nothing to do: the pull request is closed, or this head has its outcome already.

        Raises:
            HeadMoved: a newer head commit takes over.
            ReviewBotError: any other; `progress` says how far it got.
        """
        pull = progress.pull = await fetch_pull_request(self.github, request.ref)
        await self._complete_left_open(pull)
        if not pull.is_open or self._is_settled(pull.ref, request):
            return None
        progress.check_id = await self._open_check(pull)
        if pull.draft and request.trigger not in ASKED:
            return self._ended(pull, "the pull request is a draft; `/ai-review` reviews it all the same")
        review = await self._look(pull, request, progress)
        if review.outcome in (Outcome.SKIPPED, Outcome.FAILED):
            return review
        self.store.keep_result(pull.ref, KeptResult(review, request.delivery, self.retries))
        return await self.post(progress, review)

    async def post(self, progress: Progress, review: Review) -> Review:
        """Write a review. Where we may not write checks, the summary comment speaks for a failed one too."""
        pull = progress.pull
        assert pull is not None  # noqa: S101 - there is no review without
        posted = await post(
            self.github,
            pull,
            review,
            progress.fail_on,
            check_id=progress.check_id,
            may_write=self.may_write,
        )
        self.store.close_check(pull.ref)
        return posted

    async def complete(self, check: OpenCheck, conclusion: Conclusion, words: CheckText) -> None:
        """Complete a check run, so that none stays in progress."""
        await finish_check(self.github, check.ref.repo, check.check_id, conclusion, words)
        self.store.close_check(check.ref)

    async def find(self, request: ReviewRequest, progress: Progress) -> None:
        """Only find where to tell a failure, for a request whose reviews died: another would die too."""
        pull = progress.pull = await fetch_pull_request(self.github, request.ref)
        if pull.is_open:
            progress.check_id = await self._open_check(pull)

    def _is_settled(self, ref: PullRequestRef, request: ReviewRequest) -> bool:
        """Whether this head has its outcome: by this very request, or by any where none is asked for anew."""
        settled_by = self.store.settled_by(ref)
        if settled_by is None:
            return False
        return settled_by == request.delivery or request.trigger not in ANEW

    async def _complete_left_open(self, pull: PullRequest) -> None:
        """A check run that an earlier run left in progress and that this one will not complete."""
        left = self.store.opened_check(pull.ref)
        if left is None or (pull.is_open and left.ref.head_sha == pull.head_sha):
            return
        if left.ref.head_sha != pull.head_sha:
            words = check_superseded(pull.head_sha)
        else:
            words = check_result(self._ended(pull, "the pull request was closed"), Conclusion.NEUTRAL)
        await self.complete(left, Conclusion.NEUTRAL, words)

    async def _open_check(self, pull: PullRequest) -> int | None:
        """The check run of this head commit, in progress: a new one, or the one that an earlier run made.

        None where we may not write checks.
        """
        words = check_in_progress()
        known = self.store.lookup(pull.ref, _CHECK)
        try:
            check_id = known.id if known else None
            if known and check_id is None:
                check_id = await find_check(self.github, pull)
            if check_id is not None:
                await reopen_check(self.github, pull.ref.repo, check_id, words.title, words.summary)
        except AccessLost as error:
            if error.status != 403:
                raise
            check_id = None
        if check_id is None:
            self.store.intend(pull.ref, _CHECK)
            check_id = await start_check(self.github, pull, words.title, words.summary)
        if check_id is None:
            self.store.forget(pull.ref, _CHECK)
            return None
        self.store.done(pull.ref, _CHECK, check_id)
        self.store.open_check(OpenCheck(pull.ref, check_id))
        self.store.unsettle(pull.ref)
        return check_id

    async def _look(self, pull: PullRequest, request: ReviewRequest, progress: Progress) -> Review:
        """The review that an earlier run left, or a new one, with what an earlier try had found."""
        kept = self.store.result(pull.ref, request.delivery)
        if kept is not None and (kept.final or kept.retries == self.retries):
            progress.fail_on = (await read_policy(self.github, pull)).policy.fail_on
            return kept.review
        material = await read_pull(self.github, pull, static=self.reviewer_name == "static")
        in_force = material.in_force
        progress.fail_on = in_force.policy.fail_on
        if not in_force.policy.enabled:
            return self._ended(pull, "the repository's policy switches reviews off", in_force)
        purse = self.purse(pull.ref)
        if purse is not None and purse.day_is_spent:
            return self._ended(pull, DAY_SPENT, in_force) if kept is None else kept.review
        self.may_write()
        try:
            async with self.code_around(pull, material.texts) as code:
                engine = self.build_engine(material.texts, material.reports, code, purse)
                review = await review_change(material.change, in_force.policy, engine)
        finally:
            self._count(pull.ref, request, purse)
        review = replace(review, notices=(*material.notices, *review.notices))
        return review if kept is None else _with_earlier(review, kept.review)

    def _count(self, ref: PullRequestRef, request: ReviewRequest, purse: Purse | None) -> None:
        """What this try spent, for the next one: questions without an answer too, and whatever ended it."""
        if purse is None:
            return
        try:
            self.store.add_usage(ref, request.delivery, purse.spent)
        except QueueUnavailable as error:
            _log.warning("What a try of %s spent could not be kept: %s", ref.external_id, error)

    def _ended(self, pull: PullRequest, reason: str, in_force: PolicyInForce | None = None) -> Review:
        notices = in_force.notices if in_force else ()
        return Review(Outcome.SKIPPED, pull.head_sha, self.reviewer_name, reason=reason, notices=notices)


def _with_earlier(review: Review, earlier: Review) -> Review:
    """A further try at the same head: what an earlier one showed still stands, said again or not.

    Else a check could turn green by itself, beside a comment that says why it should not.
    """
    said = {
        (marked.finding.path, marked.fingerprint)
        for marked in review.with_fate(Fate.POSTED, Fate.FOLDED, Fate.UNANCHORED)
    }
    more = [marked for marked in earlier.shown if (marked.finding.path, marked.fingerprint) not in said]
    usage = review.usage + earlier.usage
    return replace(review, findings=(*review.findings, *more), usage=usage)
