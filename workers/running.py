"""The life of one run of a review request, and every way in which it can end.

    a review             recorded; one that a passing failure spoilt is tried again later
    HeadMoved            the check says who took over, and the newest head is asked for
    RateLimited          put off until GitHub allows it; nothing is said, since GitHub would not listen
    Unanswered           the first time of a request put off until what was sent can no longer appear: nothing
                         is said, and it is no failed try; from then on as any other failure
    AnswerBehind         put off until GitHub tells of what the event told, a few times
    any other failure    the check is neutral and says why; tried again later where that can help. While there
                         is no check run yet, nothing is said until the last try
    SlotLost             silence: another run has taken over

One rule holds for all: a run ends only when its outcome can be seen on the pull request; else it is put off.

What is *not* here: the review itself (workers.reviewing) and rq's entry (workers.jobs).
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, replace
from typing import Final

from redis.asyncio import Redis as AsyncRedis

from bot.domain.pull_request import PullRequest, Trigger
from bot.domain.request import Look, ReviewRequest
from bot.domain.review import Conclusion, Outcome, Review, SkippedBy, conclude
from bot.errors import (
    AccessLost,
    AnswerBehind,
    AppKeyUnusable,
    GitHubError,
    GitHubUnavailable,
    HeadMoved,
    QueueUnavailable,
    RateLimited,
    SlotLost,
    Unanswered,
    UserError,
)
from bot.github.client import GitHub
from bot.queue import Queue, Run
from bot.rendering.check import check_result, check_superseded
from bot.rendering.failures import failure_reason
from bot.rendering.words import next_try
from bot.settings import Settings
from bot.store import KeptResult, OpenCheck, RunRecord, Store, count_fates
from workers.connecting import connect_as_installation, fleet_limiter
from workers.inspecting import Inspector, Memory, Progress
from workers.posting import NoCheck
from workers.reviewing import Reviewer
from workers.wanted import ASKED

_log = logging.getLogger(__name__)

_DIED: Final = "the process of this review died several times; the operator's log may say why"
_PARTIAL_TRIES: Final = 1
"""Further looks at a change of which a part is missing: each of them reads everything again."""
_TELLING_TRIES: Final = 48
"""Further tries, at the longest delay, while GitHub cannot be told how it ended: a day by default."""
_MAY_PASS: Final = (401, 404)
"""GitHub answers so for some seconds to fresh tokens and about fresh pull requests."""


def later(settings: Settings, retries: int, error: Exception) -> float | None:
    """Seconds until another try, or None when none helps or all were used."""
    delays, is_away = settings.retry_delays, isinstance(error, GitHubUnavailable | AppKeyUnusable)
    if isinstance(error, UserError) and not is_away:
        return None
    if isinstance(error, AccessLost) and error.status not in _MAY_PASS:
        return None
    if retries < len(delays):
        return float(delays[retries])
    return until_told(settings, retries) if is_away else None


def until_told(settings: Settings, retries: int) -> float | None:
    """Seconds until GitHub is asked once more to listen; None after a day of it."""
    delays = settings.retry_delays
    return float(delays[-1]) if delays and retries < len(delays) + _TELLING_TRIES else None


@dataclass(frozen=True, slots=True)
class ReviewRun:
    """One run: connect, review, settle."""

    settings: Settings
    memory: Memory
    queue: Queue
    run: Run

    @property
    def store(self) -> Store:
        """What is kept of this head commit between runs."""
        return self.memory.store

    async def serve(self) -> None:
        """Never raises for what a review may meet; each end is settled."""
        request, progress = self.run.request, Progress()
        if self._put_off_by_pause():
            return
        async with AsyncRedis.from_url(str(self.settings.redis_url)) as redis:
            try:
                who = request.installation
                async with connect_as_installation(self.settings, who, redis, self.run) as github:
                    await self._review(self._reviewer(github, redis), progress)
            except SlotLost:
                _log.info("Another run has taken over %s", request.ref.external_id)
            except UserError as error:
                self._wait_for_operator(error, progress)

    def _wait_for_operator(self, error: UserError, progress: Progress) -> None:
        """Without credentials nobody can be told but the operator, so that a later try has to."""
        delay = later(self.settings, self.run.retries, error)
        name, extra = self.run.request.ref.external_id, {"retry_in": delay}
        _log.error("%s cannot be reviewed: %s", name, error, extra=extra)
        if delay is None:
            self.run.finish(reviewed=progress.reviewed)
        else:
            self.run.retry_later(delay, reviewed=progress.reviewed)

    def _put_off_by_pause(self) -> bool:
        """Put the run off, without a call, while GitHub wants a pause of this installation; True then."""
        left = self.store.paused_until(self.run.request.installation) - time.time()
        if left > 0:
            self.run.retry_later(left, retries=self.run.retries, reviewed=False)
        return left > 0

    def _reviewer(self, github: GitHub, redis: AsyncRedis) -> Reviewer:
        return Reviewer(
            Inspector(
                self.settings,
                github,
                self.memory,
                fleet_limiter(self.settings, redis),
                may_write=self._require_slot,
            )
        )

    def _require_slot(self) -> None:
        if not self.run.holds():
            raise SlotLost("another run has taken over")

    async def _review(self, reviewer: Reviewer, progress: Progress) -> None:
        started = time.time()
        try:
            if self.run.exhausted:
                await reviewer.find(self.run.request, progress)
                await reviewer.inspector.recall_terms(progress)
                await self._fail(reviewer, progress, self._failed(progress, _DIED), None)
                return
            review = await reviewer.review(self.run.request, progress)
        except SlotLost:
            raise
        except HeadMoved as moved:
            await self._hand_over(reviewer, progress, moved)
        except AnswerBehind as error:
            _log.info("%s: asked again in %.0f s", error, error.retry_in)
            self.run.retry_later(error.retry_in, retries=self.run.retries, reviewed=False)
        except RateLimited as error:
            self._pause(error, progress)
        except Exception as error:  # noqa: BLE001 - one place for the whole run: none may end without an outcome
            if isinstance(error, Unanswered) and self._put_off_unanswered(error, progress):
                return
            delay = later(self.settings, self.run.retries, error)
            self._log_failure(error, delay)
            await reviewer.inspector.recall_terms(progress)
            failed = self._failed(progress, failure_reason(error, delay))
            await self._fail(reviewer, progress, failed, delay)
        else:
            await self._end(reviewer, progress, review, started)

    async def _end(
        self, reviewer: Reviewer, progress: Progress, review: Review | None, started: float
    ) -> None:
        """A review stands, or there was nothing to do, or the engine could not look."""
        pull = progress.pull
        if review is None or pull is None:
            self.run.finish(pull.head_sha if pull else None, reviewed=progress.reviewed)
            return
        self._record(reviewer, review, progress, started)
        delay = self._next_try(review, progress)
        if review.outcome in (Outcome.SKIPPED, Outcome.FAILED):
            told = review if delay is None else replace(review, reason=f"{review.reason}; {next_try(delay)}")
            await self._fail(reviewer, progress, told, delay)
        elif delay is not None:
            self._keep(progress, review, told=True)
            self.run.retry_later(delay, reviewed=progress.reviewed)
        else:
            self._close_more(pull, progress.to_close)
            self._settle(progress)

    def _close_more(self, pull: PullRequest, to_close: int) -> None:
        """Have a look at what stands close the threads that this review had no room for.

        Its name says how many those are: where a look leaves as many as it found, none follows it.
        """
        if to_close:
            ref, delivery = replace(pull.ref, head_sha=None), f"threads-{pull.head_sha}-{to_close}"
            installation = self.run.request.installation
            self.queue.submit(ReviewRequest(ref, installation, Trigger.SYNCHRONIZE, delivery, Look.STANDING))

    def _next_try(self, review: Review, progress: Progress) -> float | None:
        """Seconds until another look may bring more; tries that only failed to post it are none of those."""
        delays, retries = self.settings.retry_delays, self.run.retries
        if not delays or not review.retryable:
            return None
        is_failed = review.outcome is Outcome.FAILED
        more = retries < len(delays) if is_failed else progress.bettered < _PARTIAL_TRIES
        return float(delays[min(retries, len(delays) - 1)]) if more else None

    async def _fail(
        self, reviewer: Reviewer, progress: Progress, review: Review, delay: float | None
    ) -> None:
        """Say why this head was not reviewed, and put the request off, or end it once it is said."""
        untold = await self._tell(reviewer, progress, review, is_last=delay is None)
        if delay is not None:
            self.run.retry_later(delay, reviewed=progress.reviewed)
        elif isinstance(untold, RateLimited):
            self._keep(progress, review)
            self._pause(untold, progress)
        elif untold is not None and (again := self._told_again(untold)) is not None:
            self._keep(progress, review)
            self.run.retry_later(again, reviewed=progress.reviewed)
        else:
            self._settle(progress, waits=review.skipped_by is SkippedBy.TITLE)

    def _told_again(self, untold: GitHubError) -> float | None:
        """Seconds until GitHub is asked once more to listen; None where it will not, or all was tried."""
        if isinstance(untold, AccessLost):
            return later(self.settings, self.run.retries, untold)
        return until_told(self.settings, self.run.retries)

    async def _tell(
        self, reviewer: Reviewer, progress: Progress, review: Review, *, is_last: bool
    ) -> GitHubError | None:
        """Tell the pull request, or return what kept us from it. One that cannot be read cannot be told.

        The check run says it, and after the last try a summary comment where none stands. Where there is no
        check run the summary says it each time, but not for skipped heads, nor of a try that only lacks the
        check run so far: the next one may have it.
        """
        pull, is_early = progress.pull, progress.check_id is NoCheck.NOT_YET
        if pull is None or not pull.is_open or (is_early and not is_last):
            return None
        try:
            if not isinstance(progress.check_id, NoCheck):
                conclusion = conclude(review, progress.terms.fail_on)
                check = OpenCheck(pull.ref, progress.check_id)
                hidden = progress.terms.in_check(progress.terms.before)
                await reviewer.complete(check, conclusion, check_result(review, conclusion, hidden=hidden))
                if is_last and review.outcome is Outcome.FAILED:
                    await self._say_unreviewed(reviewer, progress, review)
            elif review.outcome is Outcome.FAILED:
                await reviewer.post(progress, review)
        except GitHubError as error:
            _log.warning("%s could not be told how its review ended: %s", pull.ref.external_id, error)
            return None if isinstance(error, HeadMoved) else error
        return None

    async def _say_unreviewed(self, reviewer: Reviewer, progress: Progress, review: Review) -> None:
        """In the conversation, too. The check run says it already: where this fails, nothing is lost."""
        try:
            await reviewer.say_unreviewed(progress, review)
        except SlotLost:
            raise
        except Exception as error:  # noqa: BLE001 - it may be the very fault that is told of: the run ends all the same
            name = self.run.request.ref.external_id
            _log.warning("The conversation of %s does not tell that nobody looked: %r", name, error)

    def _keep(self, progress: Progress, review: Review, *, told: bool = False) -> None:
        """The next run has only to tell this; or, where that is done, may make it better."""
        if progress.pull is not None:
            kept = KeptResult(review, self.run.request.delivery, progress.bettered, told)
            self.store.keep_result(progress.pull.ref, kept)

    def _settle(self, progress: Progress, *, waits: bool = False) -> None:
        """End the request. Of a head that `waits`, for another title, no outcome is the last."""
        pull = None if waits else progress.pull
        if pull is not None:
            self.store.settle(pull.ref, self.run.request.delivery)
        self.run.finish(pull.head_sha if pull else None, reviewed=progress.reviewed)

    def _put_off_unanswered(self, error: Unanswered, progress: Progress) -> bool:
        """Have another run look when what was sent is there or never will be; False where one did before."""
        request = self.run.request
        if self.store.count_doubt(request.ref, f"unanswered {request.delivery}") > 1:
            return False
        left = self.run.left()
        _log.warning("%s waits for %s", request.ref.external_id, error, extra={"retry_in": left})
        self.run.retry_later(left, retries=self.run.retries, reviewed=progress.reviewed)
        return True

    def _pause(self, error: RateLimited, progress: Progress) -> None:
        _log.warning("%s waits for GitHub: %s", self.run.request.ref.external_id, error)
        self.store.pause(self.run.request.installation, error.retry_at)
        delay = max(1.0, error.retry_at - time.time())
        self.run.retry_later(delay, retries=self.run.retries, reviewed=progress.reviewed)

    async def _hand_over(self, reviewer: Reviewer, progress: Progress, moved: HeadMoved) -> None:
        """A newer head takes over: say so, and see to it that it is reviewed even if its event was lost."""
        request, pull = self.run.request, progress.pull
        if pull is None or moved.new_sha in (None, pull.head_sha):
            # GitHub's answers contradict each other; in a while they will not.
            delay = later(self.settings, self.run.retries, moved)
            await reviewer.inspector.recall_terms(progress)
            await self._fail(reviewer, progress, self._failed(progress, failure_reason(moved, delay)), delay)
            return
        trigger = request.trigger if request.trigger in ASKED else Trigger.SYNCHRONIZE
        ref = replace(request.ref, head_sha=None)
        delivery = f"moved-{moved.new_sha}-{self.run.token}"
        newer = ReviewRequest(ref, request.installation, trigger, delivery, request.look)
        self.queue.submit(newer, head_moved=True)
        if not isinstance(progress.check_id, NoCheck):
            check = OpenCheck(pull.ref, progress.check_id)
            try:
                await reviewer.complete(check, Conclusion.NEUTRAL, check_superseded(str(moved.new_sha)))
            except GitHubError as error:  # the next run completes what was left open
                _log.warning("The check run of the old head could not be completed: %s", error)
        self.run.finish(reviewed=progress.reviewed)

    def _failed(self, progress: Progress, reason: str) -> Review:
        """What stood before still stands: a red check must not turn grey because nobody could look."""
        head = progress.pull.head_sha if progress.pull else ""
        return Review(Outcome.FAILED, head, self.settings.model, reason=reason, findings=progress.still_open)

    def _log_failure(self, error: Exception, delay: float | None) -> None:
        name, extra = self.run.request.ref.external_id, {"retry_in": delay}
        if isinstance(error, GitHubError | UserError):
            _log.warning("The review of %s failed: %s", name, error, extra=extra)
        else:
            _log.error("The review of %s failed", name, exc_info=error, extra=extra)

    def _record(self, reviewer: Reviewer, review: Review, progress: Progress, started: float) -> None:
        """Figures for the operator; losing them must not cost the review its end."""
        record = _figures(self.run.request, review, progress, started)
        try:
            self.store.record(record)
        except QueueUnavailable as error:
            _log.warning("A run could not be recorded: %s", error)
        _log.info("Reviewed", extra=_line(record, reviewer.github.calls))


def _figures(request: ReviewRequest, review: Review, progress: Progress, started: float) -> RunRecord:
    coverage = review.coverage
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
        not_read=coverage.files_not_read,
        usage=review.usage,
        trigger=request.trigger,
        reason=review.reason,
    )


def _line(record: RunRecord, calls: int) -> dict[str, object]:
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
        "cost_usd": None if record.usage.cost_usd is None else round(record.usage.cost_usd, 6),
    }
