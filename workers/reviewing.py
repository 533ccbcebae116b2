"""One review of one pull request on GitHub, from its reference to what stands on it.

A run that repeats an earlier one (its process died, GitHub asked for a pause, a model did not answer) takes
up what that one left for the same request: the check run, a review not settled yet, comments by markers.

What is *not* here: the queue's lock, and what follows from an error (workers.running).
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from typing import Final

from bot.domain.pull_request import PullRequest, PullRequestRef, Trigger
from bot.domain.request import Look, ReviewRequest
from bot.domain.review import Conclusion, Outcome, Review
from bot.errors import AccessLost, AnswerBehind, Rejected
from bot.github.checks import are_not_for_us, find_check, open_checks, reopen_check, start_check
from bot.github.client import GitHub
from bot.github.pulls import fetch_pull_request
from bot.github.siblings import assert_own, complete_check
from bot.rendering.check import CheckText, check_in_progress, check_result, check_superseded, no_check
from bot.store import KeptResult, OpenCheck, Store
from workers.inspecting import Inspector, Progress
from workers.posting import NoCheck, Terms, post, say_unreviewed
from workers.reading_pulls import read_policy
from workers.wanted import ASKED

_log = logging.getLogger(__name__)

ANEW: Final = ASKED | {Trigger.BASE_CHANGED, Trigger.READY_FOR_REVIEW}
"""The same head commit may have another outcome now."""

_CHECK = "check"
_LAGS: Final = (3.0, 10.0, 30.0)
"""Seconds left to GitHub's copies to catch up with the event that we act on, each time."""


@dataclass(frozen=True, slots=True)
class Reviewer:
    """What one review works with."""

    inspector: Inspector

    @property
    def github(self) -> GitHub:
        """The connection of this job."""
        return self.inspector.github

    @property
    def store(self) -> Store:
        """What is kept of this head commit between runs."""
        return self.inspector.memory.store

    async def review(self, request: ReviewRequest, progress: Progress) -> Review | None:
        """Look, think and write.

        Returns:
            The review, as it stands on the pull request where it is neither failed nor skipped; None when
            there was nothing to do: the pull request is closed, or this head has its outcome already.

        Raises:
            HeadMoved: a newer head commit takes over.
            AnswerBehind: GitHub seems not to know yet what brought us here; nothing was done.
            ReviewBotError: any other; `progress` says how far it got.
        """
        pull = progress.pull = await self._fetch(request)
        await self._complete_left_open(pull)
        if not pull.is_open:
            return None
        if self._is_settled(pull.ref, request):
            await self._stand_by(pull, progress)
            return None
        progress.check_id = await self._open_check(pull)
        review = await self.inspector.look(pull, request, progress)
        if review.outcome in (Outcome.SKIPPED, Outcome.FAILED):
            return review
        self.store.keep_result(pull.ref, KeptResult(review, request.delivery, progress.bettered))
        return await self.post(progress, review)

    async def post(self, progress: Progress, review: Review) -> Review:
        """Write a review. Where there is no check run, the summary comment speaks for a failed one too."""
        pull = progress.pull
        assert pull is not None  # noqa: S101 - there is no review without
        posted = await post(
            self.github,
            pull,
            review,
            self._with_lessons(progress.terms, pull, review),
            check_id=progress.check_id,
            may_write=self.inspector.may_write,
            is_alone=lambda: self.store.is_alone(pull.ref),
        )
        if review.outcome in (Outcome.COMPLETED, Outcome.PARTIAL):
            self.inspector.memory.ledgers.keep(pull.ref, posted.ledger)
        if posted.words is not None and not isinstance(progress.check_id, NoCheck):
            check = OpenCheck(pull.ref, progress.check_id)
            await self._complete_doubles(check, posted.conclusion, posted.words)
        if progress.check_id is not NoCheck.NOT_YET:  # else one may appear
            self.store.close_check(pull.ref)
        progress.to_close = posted.to_close
        return posted.review

    def _with_lessons(self, terms: Terms, pull: PullRequest, review: Review) -> Terms:
        return replace(terms, taught=self.inspector.taught(pull.ref, review)) if terms.learns else terms

    async def say_unreviewed(self, progress: Progress, review: Review) -> None:
        """Tell those who look at the conversation alone, where the policy wants a summary."""
        pull = progress.pull
        assert pull is not None  # noqa: S101 - a check run that says so belongs to one

        async def wants_summary() -> bool:
            """The terms may not have been read when the run ended."""
            policy = (await read_policy(self.github, pull, self.inspector.memory.policies)).policy
            return policy.enabled and policy.summary

        may_write = self.inspector.may_write
        await say_unreviewed(self.github, pull, review, progress.terms, may_write, wants_summary)

    async def complete(self, check: OpenCheck, conclusion: Conclusion, words: CheckText) -> None:
        """Complete a check run, so that none stays in progress."""
        check_id = check.check_id if check.check_id is not None else await self._find_check(check.ref)
        if check_id is not None:
            await complete_check(self.github, check.ref, check_id, conclusion, words)
            await self._complete_doubles(OpenCheck(check.ref, check_id), conclusion, words)
        self.store.close_check(check.ref)

    async def _find_check(self, ref: PullRequestRef) -> int | None:
        """The check run of a head, which no answer told of; None where there is none, or none for us."""
        try:
            return await find_check(self.github, ref)
        except (AccessLost, Rejected) as error:
            if not are_not_for_us(error):
                raise
            _log.info("The check run of %s cannot be looked for: %s", ref.external_id, error)
            return None

    async def _complete_doubles(self, check: OpenCheck, conclusion: Conclusion, words: CheckText) -> None:
        """Complete with the same words what GitHub made of an earlier creation, however late it did."""
        known = self.store.lookup(check.ref, _CHECK)
        if known is None or known.id is None or not known.doubted:
            return
        for other in await open_checks(self.github, check.ref):
            if other != check.check_id:
                same = replace(words, annotations=())
                await complete_check(self.github, check.ref, other, conclusion, same)
        self.store.done(check.ref, _CHECK, known.id)

    async def find(self, request: ReviewRequest, progress: Progress) -> None:
        """Only find where to tell a failure, for a request whose reviews died: another would die too."""
        pull = progress.pull = await self._fetch(request)
        if pull.is_open:
            progress.check_id = await self._open_check(pull)

    async def _fetch(self, request: ReviewRequest) -> PullRequest:
        """The pull request as it is now; an answer that may be of a moment before is believed in the end."""
        pull = await fetch_pull_request(self.github, request.ref)
        if self._may_be_behind(pull, request):
            doubts = self.store.count_doubt(request.ref, request.delivery)
            if doubts <= len(_LAGS):
                name = request.ref.external_id
                raise AnswerBehind(
                    f"GitHub's answer about {name} is older than its event", retry_in=_LAGS[doubts - 1]
                )
        return pull

    def _may_be_behind(self, pull: PullRequest, request: ReviewRequest) -> bool:
        """Whether an event is about to be dropped, or misread, for an answer that contradicts it.

        GitHub answers from copies, which can be seconds behind. An answer of a newer time than the event is
        believed, but not about the head where that would end the run: a push need not show in the event's
        time. Times are whole seconds.
        """
        told = request.ref.head_sha
        if told is None or request.trigger in ASKED:
            return False
        if told != pull.head_sha:
            if self.store.settled_by(replace(pull.ref, head_sha=told)) is not None:
                return False
            is_dropped = not pull.is_open or self.store.settled_by(pull.ref) is not None
            return is_dropped or pull.updated_at < request.told_at
        undone = {Trigger.READY_FOR_REVIEW: pull.draft, Trigger.REOPENED: not pull.is_open}
        if undone.get(request.trigger):  # in the same second it is rather the moment before
            return pull.updated_at <= request.told_at
        may_matter = not pull.is_open or request.trigger is Trigger.BASE_CHANGED
        return may_matter and pull.updated_at < request.told_at

    def _is_settled(self, ref: PullRequestRef, request: ReviewRequest) -> bool:
        """Whether this head has its outcome: by this very request, or by any where none is asked for anew."""
        settled_by = self.store.settled_by(ref)
        if settled_by is None:
            return False
        anew = request.trigger in ANEW or request.look is not Look.NEW
        return settled_by == request.delivery or not anew

    async def _stand_by(self, pull: PullRequest, progress: Progress) -> None:
        """A head with an outcome may be one that is come back to. Where GitHub is away, nobody is told."""
        progress.pull = None
        await assert_own(self.github, pull.ref)
        progress.pull = pull

    async def _complete_left_open(self, pull: PullRequest) -> None:
        """A check run that an earlier run left in progress and that this one will not complete."""
        left = self.store.opened_check(pull.ref)
        if left is None or (pull.is_open and left.ref.head_sha == pull.head_sha):
            return
        if left.ref.head_sha != pull.head_sha:
            words = check_superseded(pull.head_sha)
        else:
            closed = Review(Outcome.SKIPPED, pull.head_sha, "", reason="the pull request was closed")
            words = check_result(closed, Conclusion.NEUTRAL)
        await self.complete(left, Conclusion.NEUTRAL, words)

    async def _open_check(self, pull: PullRequest) -> int | NoCheck:
        """The check run of this head commit, in progress: a new one, or the one that an earlier run made."""
        words = check_in_progress()
        self.store.join_commit(pull.ref)
        known = self.store.lookup(pull.ref, _CHECK)
        doubted = known is not None and (known.id is None or known.doubted)
        try:
            check_id = known.id if known else None
            if known and check_id is None:
                check_id = await find_check(self.github, pull.ref)
            if check_id is not None:
                await reopen_check(self.github, pull.ref.repo, check_id, words.title, words.summary)
        except AccessLost as error:
            if not are_not_for_us(error):
                raise
            check_id = None
        if check_id is None:
            self.store.intend(pull.ref, _CHECK)
            self.store.open_check(OpenCheck(pull.ref, None))
            check_id = await start_check(self.github, pull, words.title, words.summary)
        if check_id is None:
            self.store.forget(pull.ref, _CHECK)
            self.store.close_check(pull.ref)
            _log.warning(
                "%s has no check run: %s", pull.ref.external_id, no_check(by_app=bool(self.github.app_id))
            )
            return NoCheck.NOT_OURS
        self.store.done(pull.ref, _CHECK, check_id, doubted=doubted)
        self.store.open_check(OpenCheck(pull.ref, check_id))
        self.store.unsettle(pull.ref)
        return check_id
