"""The life of one run of a review request, and every way in which it can end.

    a review             recorded; one that a passing failure spoilt is tried again later
    HeadMoved            the check says who took over, and the newest head is asked for
    RateLimited          put off until GitHub allows it; nothing is said, since GitHub would not listen
    any other failure    the check is neutral and says why; tried again later where that can help
    SlotLost             silence: another run has taken over

What is *not* here: the review itself (workers.reviewing) and rq's entry (workers.jobs).
"""

from __future__ import annotations

import logging
import time
from collections.abc import Coroutine
from dataclasses import dataclass, replace

from redis.asyncio import Redis as AsyncRedis

from bot.domain.pull_request import Trigger
from bot.domain.request import ReviewRequest
from bot.domain.review import Conclusion, Outcome, Review, conclude
from bot.errors import (
    AccessLost,
    GitHubError,
    HeadMoved,
    RateLimited,
    SlotLost,
    UserError,
)
from bot.github.checks import finish_check
from bot.github.client import GitHub
from bot.queue import Queue, Run
from bot.rendering.check import check_superseded
from bot.rendering.failures import failure_reason
from bot.rendering.words import next_try
from bot.settings import Settings
from bot.store import RunRecord, Store, count_fates
from workers.composition import build_engine, connect_as_installation, fleet_limiter
from workers.posting import finish
from workers.reviewing import Progress, Reviewer

_log = logging.getLogger(__name__)

_DIED = "the process of this review died several times; the operator's log may say why"
_PARTIAL_TRIES = 1
"""Later tries of a review of which a part is missing: each of them reads everything again."""


def later(settings: Settings, retries: int, error: Exception) -> float | None:
    """Seconds until another try, or None when none helps or all were used."""
    hopeless = isinstance(error, AccessLost | UserError)
    if hopeless or retries >= len(settings.retry_delays):
        return None
    return float(settings.retry_delays[retries])


@dataclass(frozen=True, slots=True)
class ReviewRun:
    """One run: connect, review, settle."""

    settings: Settings
    store: Store
    queue: Queue
    run: Run

    async def serve(self) -> None:
        """Never raises for what a review may meet; each end is settled."""
        name, progress = self.run.request.ref.external_id, Progress()
        async with AsyncRedis.from_url(str(self.settings.redis_url)) as redis:
            try:
                async with connect_as_installation(
                    self.settings, self.run.request.installation, redis
                ) as github:
                    await self._review(self._reviewer(github, redis), progress)
            except SlotLost:
                _log.info("Another run has taken over %s", name)
            except UserError as error:
                # Without credentials there is nobody to tell but the operator.
                _log.error("%s cannot be reviewed: %s", name, error)
                self.run.finish()

    def _reviewer(self, github: GitHub, redis: AsyncRedis) -> Reviewer:
        limiter = fleet_limiter(self.settings, redis)
        return Reviewer(
            github,
            self.store,
            self.settings.model,
            lambda reader: build_engine(self.settings, reader, limiter),
            repeated=self.run.attempts > 1 or self.run.retries > 0,
            may_write=self._require_slot,
        )

    async def _review(self, reviewer: Reviewer, progress: Progress) -> None:
        started = time.time()
        try:
            if self.run.exhausted:
                await reviewer.give_up(self.run.request, progress)
                await self._fail(reviewer, progress, _DIED, None)
                return
            review = await reviewer.review(self.run.request, progress)
        except SlotLost:
            raise
        except HeadMoved as moved:
            await self._hand_over(reviewer.github, progress, moved)
        except RateLimited as error:
            _log.warning("%s waits for GitHub: %s", self.run.request.ref.external_id, error)
            self.run.retry_later(max(1.0, error.retry_at - time.time()), retries=self.run.retries)
        except Exception as error:  # noqa: BLE001 - one place for the whole run: none may end without an outcome
            delay = later(self.settings, self.run.retries, error)
            self._log_failure(error, delay)
            await self._fail(reviewer, progress, failure_reason(error, delay), delay)
        else:
            await self._end(reviewer, progress, review, started)

    def _require_slot(self) -> None:
        if not self.run.holds():
            raise SlotLost("another run has taken over")

    async def _end(
        self, reviewer: Reviewer, progress: Progress, review: Review | None, started: float
    ) -> None:
        """A review stands, or there was nothing to do, or the engine could not look."""
        pull = progress.pull
        if review is None or pull is None:
            self.run.finish(pull.head_sha if pull else None)
            return
        delay = self._next_try(review)
        record = self._record(review, progress, started)
        self.store.record(record)
        _log.info("Reviewed", extra=_figures(record, reviewer.github.calls))
        if review.outcome is Outcome.FAILED:
            reason = review.reason if delay is None else f"{review.reason}; {next_try(delay)}"
            await self._fail(reviewer, progress, reason, delay, review)
        elif delay is not None:
            self.run.retry_later(delay)
        else:
            reviewer.settle(pull.ref)
            self.run.finish(pull.head_sha)

    def _next_try(self, review: Review) -> float | None:
        delays = self.settings.retry_delays
        tries = len(delays) if review.outcome is Outcome.FAILED else min(_PARTIAL_TRIES, len(delays))
        return float(delays[self.run.retries]) if review.retryable and self.run.retries < tries else None

    async def _fail(
        self,
        reviewer: Reviewer,
        progress: Progress,
        reason: str,
        delay: float | None,
        review: Review | None = None,
    ) -> None:
        """Say on the check run that this head could not be reviewed, and put the request off or end it."""
        pull = progress.pull
        if pull is not None and progress.check_id is not None:
            failed = review or Review(Outcome.FAILED, pull.head_sha, self.settings.model)
            failed = replace(failed, reason=reason)
            conclusion = conclude(failed, progress.fail_on)
            await _told(finish(reviewer.github, pull, progress.check_id, failed, conclusion))
        if delay is not None:
            self.run.retry_later(delay)
        else:
            self.run.finish(pull.head_sha if pull else None)

    async def _hand_over(self, github: GitHub, progress: Progress, moved: HeadMoved) -> None:
        """A newer head takes over: say so, and see to it that it is reviewed even if its event was lost."""
        request, pull = self.run.request, progress.pull
        ref = replace(request.ref, head_sha=None)
        delivery = f"moved-{request.delivery}-{self.run.token}"
        self.queue.submit(ReviewRequest(ref, request.installation, Trigger.SYNCHRONIZE, delivery))
        if pull is not None and progress.check_id is not None:
            self.store.drop_result(pull.ref)
            words = check_superseded(moved.new_sha or "a newer commit")
            await _told(
                finish_check(github, pull, progress.check_id, Conclusion.NEUTRAL, words.title, words.summary)
            )
        self.run.finish()

    def _log_failure(self, error: Exception, delay: float | None) -> None:
        name, extra = self.run.request.ref.external_id, {"retry_in": delay}
        if isinstance(error, GitHubError | UserError):
            _log.warning("The review of %s failed: %s", name, error, extra=extra)
        else:
            _log.error("The review of %s failed", name, exc_info=error, extra=extra)

    def _record(self, review: Review, progress: Progress, started: float) -> RunRecord:
        request, coverage = self.run.request, review.coverage
        return RunRecord(
            repo=request.ref.repo,
            number=request.ref.number,
            head_sha=progress.pull.head_sha if progress.pull else None,
            outcome=review.outcome,
            reviewer=review.reviewer,
            started_at=started,
            seconds=time.time() - started,
            fates=count_fates(review),
            read=len(coverage.read),
            excluded=len(coverage.excluded),
            not_read=len(coverage.not_read),
            usage=review.usage,
            trigger=request.trigger,
            reason=review.reason,
        )


def _figures(record: RunRecord, calls: int) -> dict[str, object]:
    """What an operator wants to see of a run in one line of the log."""
    return {
        "pull_request": f"{record.repo}#{record.number}",
        "head": record.head_sha,
        "outcome": record.outcome.value,
        "findings": record.fates,
        "not_read": record.not_read,
        "seconds": round(record.seconds, 1),
        "github_calls": calls,
        "model_calls": record.usage.calls,
        "tokens": record.usage.prompt_tokens + record.usage.completion_tokens,
    }


async def _told(write: Coroutine[object, object, None]) -> None:
    """Tell the pull request if it can be told; a failure to tell must not hide the first failure."""
    try:
        await write
    except GitHubError as error:
        _log.warning("The check run could not be completed: %s", error)
