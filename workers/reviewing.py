"""One review of one pull request on GitHub, from its reference to what stands on it.

A run that repeats an earlier one (its process died, GitHub asked for a pause) takes up what that one left:
the check run by the intent in the store, the finished review that was not posted yet, comments by markers.

What is *not* here: the queue's lock, and what follows from an error (workers.jobs).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from bot.domain.policy import FailOn
from bot.domain.pull_request import PullRequest, PullRequestRef, Trigger
from bot.domain.request import ReviewRequest
from bot.domain.review import Outcome, Review, conclude
from bot.github.checks import find_check, reopen_check, start_check
from bot.github.client import GitHub
from bot.github.pulls import fetch_pull_request
from bot.rendering.check import check_in_progress
from bot.store import Store
from workers.ports import CodeReader
from workers.posting import finish, post
from workers.reading_pulls import PolicyInForce, read_policy, read_pull
from workers.review.change import Engine
from workers.review.pipeline import review_change

ASKED = frozenset({Trigger.COMMAND, Trigger.REREQUESTED})
"""Somebody asks for this review by name: drafts, and heads that were reviewed before, are reviewed too."""

_CHECK = "check"
_REVIEWED = "reviewed"


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
        build_engine: raises SettingsError where the settings allow none.
        repeated: whether an earlier run of the same request may have left something behind.
        may_write: raises SlotLost when another run has taken over.
    """

    github: GitHub
    store: Store
    reviewer_name: str
    build_engine: Callable[[CodeReader], Engine]
    repeated: bool
    may_write: Callable[[], None]

    async def review(self, request: ReviewRequest, progress: Progress) -> Review | None:
        """Look, think and write.

        Returns:
            The review as it stands on the pull request, or None when there was nothing to do: the pull
            request is closed, or this head was reviewed before and nobody asked for it again.

        Raises:
            HeadMoved: a newer head commit takes over.
            ReviewBotError: any other; `progress` says how far it got.
        """
        pull = progress.pull = await fetch_pull_request(self.github, request.ref)
        if not pull.is_open or self._is_settled(pull.ref, request.trigger):
            return None
        progress.check_id = await self.open_check(pull)
        if pull.draft and request.trigger not in ASKED:
            return await self._skip(
                progress, "the pull request is a draft; `/ai-review` reviews it all the same"
            )
        review = await self._look(pull, progress)
        if review.outcome is Outcome.SKIPPED:
            return await self._skip(progress, review.reason, review.notices)
        if review.outcome is Outcome.FAILED:
            return review
        self.store.keep_result(pull.ref, review)
        posted = await post(
            self.github,
            pull,
            review,
            progress.fail_on,
            check_id=progress.check_id,
            may_write=self.may_write,
        )
        self.store.drop_result(pull.ref)
        return posted

    async def give_up(self, request: ReviewRequest, progress: Progress) -> None:
        """Only find the check run, for a request whose reviews died: a further one would die too."""
        pull = progress.pull = await fetch_pull_request(self.github, request.ref)
        if pull.is_open:
            progress.check_id = await self.open_check(pull)

    def settle(self, ref: PullRequestRef) -> None:
        """Remember that this head commit has its outcome, so that a repeated event changes nothing."""
        self.store.done(ref, _REVIEWED, 1)

    def _is_settled(self, ref: PullRequestRef, trigger: Trigger) -> bool:
        anew = trigger in ASKED or trigger in (Trigger.BASE_CHANGED, Trigger.READY_FOR_REVIEW)
        return not anew and not self.repeated and self.store.lookup(ref, _REVIEWED) is not None

    async def open_check(self, pull: PullRequest) -> int | None:
        """The check run of this head commit, in progress: a new one, or the one that an earlier run made."""
        words = check_in_progress()
        known = self.store.lookup(pull.ref, _CHECK)
        check_id = known.id if known else None
        if known and check_id is None:
            check_id = await find_check(self.github, pull)
        if check_id is not None:
            await reopen_check(self.github, pull, check_id, words.title, words.summary)
        else:
            self.store.intend(pull.ref, _CHECK)
            check_id = await start_check(self.github, pull, words.title, words.summary)
        if check_id is not None:
            self.store.done(pull.ref, _CHECK, check_id)
        return check_id

    async def _look(self, pull: PullRequest, progress: Progress) -> Review:
        """A finished review: the one that an earlier run left, or a new one."""
        kept = self.store.result(pull.ref) if self.repeated else None
        if kept is not None:
            progress.fail_on = (await read_policy(self.github, pull)).policy.fail_on
            return kept
        material = await read_pull(self.github, pull, static=self.reviewer_name == "static")
        in_force = material.in_force
        progress.fail_on = in_force.policy.fail_on
        if not in_force.policy.enabled:
            return self._ended(
                Outcome.SKIPPED, pull, "the repository's policy switches reviews off", in_force
            )
        self.may_write()
        review = await review_change(material.change, in_force.policy, self.build_engine(material.texts))
        return replace(review, notices=(*in_force.notices, *review.notices))

    async def _skip(self, progress: Progress, reason: str, notices: tuple[str, ...] = ()) -> Review | None:
        """Say on the check run, and nowhere else, that this head is not reviewed."""
        if progress.pull is None or progress.check_id is None:
            return None
        review = replace(self._ended(Outcome.SKIPPED, progress.pull, reason), notices=notices)
        conclusion = conclude(review, progress.fail_on)
        await finish(self.github, progress.pull, progress.check_id, review, conclusion)
        return review

    def _ended(
        self, outcome: Outcome, pull: PullRequest, reason: str, in_force: PolicyInForce | None = None
    ) -> Review:
        notices = in_force.notices if in_force else ()
        return Review(outcome, pull.head_sha, self.reviewer_name, reason=reason, notices=notices)
