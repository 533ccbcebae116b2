"""Names in Redis, and a job as rq keeps it. Only this module knows rq's layout; the scripts are given it.

rq's own enqueue makes several round trips that cannot be joined with ours, so that a crash between them would
lose or double a job. Here rq builds the job, and one script stores it together with the slot and the
delivery's mark.
What is *not* here: the scripts' work (bot/queue/lua).
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Final

from redis import Redis
from rq import Queue as RqQueue
from rq import Retry
from rq.job import Job
from rq.registry import ScheduledJobRegistry
from rq.serializers import JSONSerializer

from bot.queue.wire import CommandJob, ReviewJob, encode
from bot.redis_access import short_hash
from bot.settings import Settings

_DAY: Final = 86_400
DELIVERY_SECONDS: Final = 8 * _DAY  # GitHub redelivers for 3 days, GitHub Enterprise Server for 7
HEAD_SECONDS: Final = 30 * _DAY
_FAILED_SECONDS: Final = 4 * _DAY
_RESULT_SECONDS: Final = 30  # nobody reads results; zero would let rq's heartbeat race with the deletion
_TIMEOUT_MARGIN_SECONDS: Final = 60
_DEATHS: Final = 12  # restarts by rq; above what a slot allows, so that the slot's own count decides
_COMMAND_DEATHS: Final = 2

Part = str | bytes | int | float


@dataclass(frozen=True, slots=True)
class QueueOptions:
    """How the queue behaves; the same for the receiver and for the workers. Times in seconds.

    Attributes:
        name: rq's name of the one queue. One only: rq guards the hand-over to a worker just for a single
            queue.
        review_function: what a worker calls for a review, with the job's argument as its only one.
        command_function: the same for a command.
        review_deadline: how long one review may take; rq stops the job a minute later.
        lease: how long a run keeps its pull request without a sign of life.
        quiet: how long no push must come before another review of the same pull request starts: once this
            for the second push of a burst, twice for the third, and once again after one and a half of
            them without a push or a run ...
        spacing: ... but the review starts at the latest this long after the one before, and a push later
            than that begins a burst of its own. Between them they keep thirty pushes in a minute at two
            reviews, as a rule: the first starts at once, the second covers the rest.
        push_spacing: what no rule can promise, the operator can ask for: no push starts a review sooner than
            this after the one before; 0: that is left to the other two. What people asked for by a command
            or a button waits for none of the three. What they settled waits for further clicks, `quiet` and
            no longer, unless a push waits that such a look would read, too. A review that failed is tried
            again in its own time.
        max_attempts: starts of one request; a run beyond them is told that it must not review.
    """

    name: str = "ai-review"
    review_function: str = "workers.jobs.run_review"
    command_function: str = "workers.jobs.run_command"
    review_deadline: float = 900.0
    lease: float = 10.0
    quiet: float = 3.0
    spacing: float = 60.0
    push_spacing: float = 0.0
    max_attempts: int = 3


DEFAULT_OPTIONS: Final = QueueOptions()


def options_of(settings: Settings) -> QueueOptions:
    """The queue as the operator wants it: for receivers, workers and their jobs alike."""
    return QueueOptions(
        review_deadline=settings.review_deadline,
        quiet=settings.push_quiet,
        push_spacing=settings.push_spacing,
    )


def slot_id(repo: str, number: int) -> str:
    """Safe name of a pull request: 20 hexadecimal digits. GitHub ignores case in names."""
    return short_hash(f"{repo.lower()}#{number}")


def slot_key(slot: str) -> str:
    """The hash of a pull request's slot."""
    return f"ai-review:slot:{slot}"


def delivery_key(delivery: str, slot: str) -> str:
    """Mark of a delivery for one pull request: one delivery can concern several."""
    return f"ai-review:delivery:{short_hash(delivery)}:{slot}"


def sent_key(delivery: str, slot: str) -> str:
    """Mark of an answer to this command that was sent and may still appear on GitHub."""
    return f"ai-review:sent:{short_hash(delivery)}:{slot}"


def head_key(repo: str, head_sha: str) -> str:
    """Set of the pull requests that were seen with this head commit."""
    return f"ai-review:head:{short_hash(f'{repo.lower()}@{head_sha}')}"


FENCE_KEY: Final = "ai-review:fence"


class Layout:
    """Builds what every script begins with: see bot/queue/lua/common.lua.

    Args:
        redis: only named to rq, which wants one; nothing is sent over it.
    """

    def __init__(self, redis: Redis, options: QueueOptions) -> None:
        self.options = options
        self.rq_queue = open_rq_queue(redis, options.name)
        self._scheduled_key = ScheduledJobRegistry(queue=self.rq_queue).key  # type: ignore[no-untyped-call]

    def common(self, slot: str, job: Job | None) -> tuple[list[str], list[Part]]:
        """KEYS and ARGV of the common part; `job` is the one that the script may create."""
        queue = self.rq_queue
        job_key = job.key if job else Job.key_for("none")
        keys = [slot_key(slot), job_key, queue.key, self._scheduled_key, queue.redis_queues_keys]
        fields = _flat(job) if job else []
        return keys, [job.id if job else "", Job.key_for(""), len(fields), *fields]

    def review_job(self, slot: str) -> Job:
        """A new job for a slot, not stored yet."""
        ticket = uuid.uuid4().hex[:12]
        text = encode(ReviewJob(slot, ticket))
        return self._job(self.options.review_function, text, review_job_id(slot, ticket), _DEATHS)

    def command_job(self, job: CommandJob) -> Job:
        """A new job for a command, not stored yet."""
        name = f"command-{short_hash(job.request.delivery)}-{job.number}"
        return self._job(self.options.command_function, encode(job), name, _COMMAND_DEATHS)

    def _job(self, function: str, text: str, job_id: str, deaths: int) -> Job:
        return self.rq_queue.create_job(
            function,
            args=(text,),
            job_id=job_id,
            timeout=round(self.options.review_deadline + _TIMEOUT_MARGIN_SECONDS),
            result_ttl=_RESULT_SECONDS,
            failure_ttl=_FAILED_SECONDS,
            description=job_id,
            retry=Retry(max=deaths),
        )


def open_rq_queue(redis: Redis, name: str) -> RqQueue:
    """The queue as rq sees it. JSON, because reading rq's default format would run what is written there."""
    return RqQueue(name, connection=redis, serializer=JSONSerializer)


def review_job_id(slot: str, ticket: str) -> str:
    """Id of a review job."""
    return f"review-{slot}-{ticket}"


def _flat(job: Job) -> list[Part]:
    fields = {**job.to_dict(), "enqueued_at": job.to_dict()["created_at"]}
    return [part for pair in fields.items() if pair[1] is not None for part in pair]
