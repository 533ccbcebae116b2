"""A queue whose time passes on demand: what Redis keeps of a pull request is made older, and nobody waits.

The scripts take the time from the server, and nobody can set that. But all they compare it with stands in the
slot and in rq's set of scheduled jobs, so a minute has passed as soon as all of that is a minute older.
What is *not* here: the processes that call the queue.
"""

from __future__ import annotations

import dataclasses
import time

from redis import Redis

from bot.domain.pull_request import Trigger
from bot.domain.request import Look
from bot.queue import Queue, QueueOptions, Run
from bot.queue.layout import slot_id, slot_key
from tests.support.queueing import AT_ONCE, scheduled_jobs, take, take_scheduled, waiting_jobs
from tests.support.requests import review_request

_SLOT = slot_key(slot_id("octo/shop", 7))
_AGE = """
local times = {'not_before', 'lease', 'started', 'closed_until', 'closed_before', 'pushed', 'sent'}
for _, field in ipairs(times) do
  if redis.call('HEXISTS', KEYS[1], field) == 1 then
    redis.call('HINCRBYFLOAT', KEYS[1], field, -ARGV[1])
  end
end
for _, job in ipairs(redis.call('ZRANGE', KEYS[2], 0, -1)) do
  redis.call('ZINCRBY', KEYS[2], -ARGV[1], job)
end
local left = redis.call('PTTL', KEYS[1])
if left > 0 then
  redis.call('PEXPIRE', KEYS[1], math.max(0, left - math.floor(ARGV[1] * 1000)))
end
"""


def let_pass(redis: Redis, seconds: float, slot: str = _SLOT) -> None:
    """Make everything that the queue keeps of a pull request this much older; `slot` is its key."""
    redis.eval(_AGE, 2, slot, f"rq:scheduled:{AT_ONCE.name}", seconds)


class AgeingQueue:
    """The queue of one pull request whose time passes on demand.

    Args:
        redis: emptied here; nothing else may be in it.
    """

    def __init__(self, redis: Redis, options: QueueOptions) -> None:
        redis.flushdb()
        self.queue = Queue(redis, options)
        self._redis = redis

    def pass_time(self, seconds: float) -> None:
        """Make everything that the queue keeps this much older."""
        let_pass(self._redis, seconds)

    def due_in(self) -> float | None:
        """Seconds until a worker may take the job that waits; below zero where it may for a while."""
        if rows := scheduled_jobs(self._redis):
            return rows[0][1] - time.time()
        return 0.0 if waiting_jobs(self._redis) else None

    def begin(self) -> Run:
        """Start the job that waits, whether it is due or not."""
        run = self.queue.begin(
            take_scheduled(self._redis) if scheduled_jobs(self._redis) else take(self._redis)
        )
        assert run is not None
        return run


class Talk(AgeingQueue):
    """What happens on one pull request, in words."""

    deliveries = 0

    def ask(self, head: bool = True, trigger: Trigger = Trigger.SYNCHRONIZE, look: Look = Look.NEW) -> None:
        self.deliveries += 1
        sha = f"{self.deliveries:040x}" if head else None
        request = review_request(f"d-{self.deliveries}", head=sha, trigger=trigger)
        assert self.queue.submit(dataclasses.replace(request, look=look))

    def push(self, times: int = 1) -> None:
        for _ in range(times):
            self.ask()

    def command(self) -> None:
        self.ask(head=False, trigger=Trigger.COMMAND)

    def settle(self) -> None:
        self.ask(head=False, look=Look.STANDING)

    def review(self) -> None:
        assert self.begin().finish()

    def skip(self) -> None:
        """A run that reads nothing."""
        assert self.begin().finish(reviewed=False)

    def waits(self, seconds: float) -> bool:
        """Whether the next start is due in about this time; tests differ by ten seconds or more."""
        due = self.due_in()
        return due is not None and seconds - 4 < due < seconds + 1
