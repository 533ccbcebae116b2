"""The workers' side of the queue: one run at a time per pull request.

A run holds its slot by a fencing token and a lease, which a thread renews; a dead process stops renewing, so
its slot is free some seconds later. The token keeps a run that was believed dead from ending its successor's.
There is never more than one job per pull request that has something to do: a push during a run waits in the
slot, and the end of the run creates the next job. Nothing polls.
What is *not* here: accepting webhooks (bot.queue.inbox), and the processes that call this (workers.launcher).
"""

from __future__ import annotations

import math
import threading
import time
from types import TracebackType
from typing import Any, Final, Self

from redis import Redis

from bot.domain.request import CommandRequest, ReviewRequest
from bot.errors import JobUnreadable, QueueUnavailable, SlotLost
from bot.queue.layout import (
    DEFAULT_OPTIONS,
    FENCE_KEY,
    Layout,
    Part,
    QueueOptions,
    review_job_id,
)
from bot.queue.scripts import Script, source
from bot.queue.sending import CommandSends
from bot.queue.submitting import Call, command_submission, submission
from bot.queue.wire import CommandJob, ReviewJob, decode
from bot.redis_access import translated

_RENEWALS_PER_LEASE: Final = 3
_UNREADABLE_PAUSE_SECONDS: Final = 60.0


class Queue:
    """Everything a worker or a command asks of the queue.

    Every method raises QueueUnavailable when Redis does not answer; how long that takes is up to the client.

    Args:
        redis: for a worker one of `connect_patiently`, which sits out an outage.
    """

    def __init__(self, redis: Redis, options: QueueOptions = DEFAULT_OPTIONS) -> None:
        self.options = options
        self._redis = redis
        self._layout = Layout(redis, options)
        self._scripts: dict[Script, Any] = {
            script: redis.register_script(source(script)) for script in Script
        }

    def submit(self, request: ReviewRequest | CommandRequest, *, head_moved: bool = False) -> bool:
        """Keep a request: True when it was new, False when it is a repeat.

        Args:
            head_moved: a review found a newer head; whatever it looked at, this one waits as a push does.
        """
        return bool(self._call(submission(self._layout, request, head_moved=head_moved)))

    def begin(self, argument: str) -> Run | None:
        """Take what waits for the pull request of this review job.

        Args:
            argument: the job's argument.

        Returns:
            The run, to be used with `with`; None when there is nothing to do: an earlier run of this job did
            it, or another run is alive and this job was put off until that one's lease ends, or until what an
            earlier run sent can no longer appear on GitHub.

        Raises:
            JobUnreadable: another release wrote the job or its request. Such a request is put off for a
                minute, so that a worker of that release can take it.
        """
        job = decode(argument, ReviewJob)
        call = self._slot_call(
            Script.BEGIN,
            job.slot,
            [review_job_id(job.slot, job.ticket), self.options.lease, self.options.push_spacing],
            with_job=True,
            keys=[FENCE_KEY],
        )
        answer = self._call(call)
        if answer[0] != b"taken":
            return None
        _, token, text, attempts, retries = answer
        try:
            request = decode(text, ReviewRequest)
        except JobUnreadable:
            pause = _UNREADABLE_PAUSE_SECONDS
            self.release(
                job.slot, token, head_sha=None, delay=pause, retries=retries, readable=False, reviewed=False
            )
            raise
        return Run(self, job.slot, request, token=token, attempts=attempts, retries=retries)

    def read_command(self, argument: str) -> CommandJob:
        """The command of a command job.

        Raises:
            JobUnreadable: another release wrote it.
        """
        return decode(argument, CommandJob)

    def retry_command(
        self, job: CommandJob, delay: float, *, paused: bool = False, unanswered: bool = False
    ) -> None:
        """Do this command again in `delay` seconds.

        Args:
            paused: only GitHub's wish for a pause, or its turn, keeps it from being done: that is no failed
                try.
            unanswered: nor is it one that what an earlier try sent may still appear.
        """
        failed = not (paused or unanswered)
        again = CommandJob(job.request, job.retries + failed, job.pauses + paused, job.waits + unanswered)
        self._call(command_submission(self._layout, again, delay))

    def sends_of(self, job: CommandJob) -> CommandSends:
        """What this command, in whichever of its tries, had GitHub create without seeing an answer."""
        return CommandSends(self._redis, job.request)

    def bury(self, argument: str, *, stopped: bool = False) -> None:
        """Say that the process of a review job is dead, so that its lease need not run out.

        Args:
            argument: the job's argument; one that is no review job's is ignored.
            stopped: it was stopped on purpose, which shall not count as a failed attempt.
        """
        job = decode(argument, ReviewJob)
        args: list[Part] = [review_job_id(job.slot, job.ticket), "1" if stopped else ""]
        self._call(self._slot_call(Script.BURY, job.slot, args))

    def renew(self, slot: str, token: int) -> bool:
        """Prolong a lease; False when the slot is another run's by now."""
        return bool(self._call(self._slot_call(Script.RENEW, slot, [token, self.options.lease])))

    def sending(self, slot: str, token: int, seconds: float | None, before: str = "") -> str | None:
        """Note that something is sent, or was answered (`seconds` is None).

        Returns what was noted before, which is to be noted again after the answer; None when the slot is
        another run's by now.
        """
        args: list[Part] = [token, "" if seconds is None else seconds, before]
        noted = self._call(self._slot_call(Script.SENDING, slot, args))
        return None if noted is None else noted.decode()

    def release(
        self,
        slot: str,
        token: int,
        *,
        head_sha: str | None,
        delay: float | None,
        retries: int,
        readable: bool = True,
        reviewed: bool = True,
    ) -> bool:
        """End a run; False when the slot is another run's by now."""
        again: Part = "" if delay is None else max(delay, 0.0)
        remember = max(1, math.ceil(max(self.options.spacing, self.options.push_spacing)))
        flags: list[Part] = ["" if readable else "1", "1" if reviewed else ""]
        args: list[Part] = [token, head_sha or "", again, retries, remember, *flags]
        return bool(self._call(self._slot_call(Script.RELEASE, slot, args, with_job=True)))

    def _slot_call(
        self,
        script: Script,
        slot: str,
        args: list[Part],
        *,
        with_job: bool = False,
        keys: list[str] | None = None,
    ) -> Call:
        common_keys, common_args = self._layout.common(
            slot, self._layout.review_job(slot) if with_job else None
        )
        return Call(script, [*common_keys, *(keys or [])], [*common_args, *args])

    def _call(self, call: Call) -> Any:
        with translated():
            return self._scripts[call.script](keys=call.keys, args=call.args)


class Run:
    """One start of a request. Between `with` and its end the lease is renewed.

    End it by `finish` or `retry_later`; leaving without either (a crash) lets rq start the job again.

    Attributes:
        request: what to review. Its head commit is a hint: events come in any order, so ask GitHub for the
            head.
        attempts: starts of this request, this one included; those before ended by a crash or a kill.
        retries: how often this request was put off by `retry_later`.
        token: fencing token; it grows from run to run.
    """

    def __init__(
        self, queue: Queue, slot: str, request: ReviewRequest, *, token: int, attempts: int, retries: int
    ) -> None:
        self.request = request
        self.attempts = attempts
        self.retries = retries
        self.token = token
        self._queue = queue
        self._slot = slot
        self._noted: list[tuple[str, float]] = []
        self._ended = threading.Event()
        self._heart = threading.Thread(target=self._beat, name="lease", daemon=True)

    @property
    def exhausted(self) -> bool:
        """Too many starts of this request died: do not review, say so on the pull request, and finish."""
        return self.attempts > self._queue.options.max_attempts

    def holds(self) -> bool:
        """Whether this run may still write. False once a later run took the slot: then stop in silence."""
        return self._queue.renew(self._slot, self.token)

    def sending(self, seconds: float) -> None:
        """Say that something is about to be sent to GitHub that would show twice if it were sent twice.

        Until it is `answered`, no run of this pull request begins within `seconds`: it may still appear, and
        who looked for it would not see it yet.

        Raises:
            SlotLost: another run has taken over; nothing may be sent.
        """
        before = self._queue.sending(self._slot, self.token, seconds)
        if before is None:
            raise SlotLost("another run has taken over")
        self._noted.append((before, time.monotonic() + seconds))

    def answered(self) -> None:
        """Say that GitHub answered what was sent last, whatever it said."""
        before, _ = self._noted.pop()
        self._queue.sending(self._slot, self.token, None, before)

    def left(self) -> float:
        """Seconds for which something that this run sent may still appear; 0 where all was answered."""
        ends = [end for _, end in self._noted]
        return max(0.0, max(ends) - time.monotonic()) if ends else 0.0

    def finish(self, head_sha: str | None = None, *, reviewed: bool = True) -> bool:
        """The run is done; what came in meanwhile starts.

        Args:
            head_sha: the head commit that was dealt with, so that a late event of it starts nothing.
            reviewed: whether the change was read; else pushes wait as if there had been no run.

        Returns:
            False when a later run has the slot; then nothing was changed.
        """
        return self._end(head_sha, None, 0, reviewed)

    def retry_later(self, delay: float, *, retries: int | None = None, reviewed: bool = True) -> bool:
        """Put the request off for `delay` seconds; a request that came in meanwhile takes its place.

        What a person asked for gives way to another such request only; its next try covers what was pushed.

        Args:
            delay: seconds from now.
            retries: what `retries` of that run shall be. None: one more than now. For a pause that GitHub
                asked for pass the present value.
            reviewed: as for `finish`.
        """
        return self._end(None, delay, self.retries + 1 if retries is None else retries, reviewed)

    def __enter__(self) -> Self:
        self._heart.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._heart.join(self._queue.options.lease)

    def _end(self, head_sha: str | None, delay: float | None, retries: int, reviewed: bool) -> bool:
        self._ended.set()
        return self._queue.release(
            self._slot,
            self.token,
            head_sha=head_sha,
            delay=delay,
            retries=retries,
            reviewed=reviewed or self.attempts > 1,  # a start that died may have read it
        )

    def _beat(self) -> None:
        while not self._ended.wait(self._queue.options.lease / _RENEWALS_PER_LEASE):
            try:
                if not self._queue.renew(self._slot, self.token):
                    return
            except QueueUnavailable:
                continue  # the next beat may come through; the token protects the slot until then
