"""The receiver's side of the queue: accepts requests without blocking the event loop.

One script per request, so a 2xx answer means that Redis holds the request *and* its job, and a crash in
between leaves neither.
What is *not* here: running jobs (bot.queue.runs), and deciding what is a request (bot.github.events).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from redis import Redis
from redis.asyncio import Redis as AsyncRedis

from bot.domain.request import CommandRequest, ReviewRequest
from bot.errors import QueueUnavailable
from bot.queue.layout import DEFAULT_OPTIONS, Layout, QueueOptions, head_key
from bot.queue.readiness import no_worker, problems, read_vitals
from bot.queue.scripts import Script, source
from bot.queue.submitting import submission
from bot.redis_access import connect_impatiently, translated


@dataclass(frozen=True, slots=True)
class WorkersCheck:
    """The receiver's health check for the workers: they show in Redis that they live."""

    redis: AsyncRedis
    queue: str
    name: str = "workers"

    async def problem(self) -> str | None:
        """Why requests would not be worked on, in one sentence, or None; without Redis nobody can tell."""
        try:
            with translated():
                return no_worker(await read_vitals(self.redis, self.queue))
        except QueueUnavailable:
            return None


class QueueInbox:
    """Accepts requests; also the receiver's health check for Redis.

    Args:
        redis: a client that gives up quickly, such as `connect_impatiently` makes.
    """

    name = "redis"

    def __init__(self, redis: AsyncRedis, options: QueueOptions = DEFAULT_OPTIONS) -> None:
        self._redis = redis
        self._options = options
        self._layout = Layout(Redis(), options)  # rq wants a client to build jobs; this one never connects
        scripts = (Script.SUBMIT, Script.COMMAND)
        self._scripts: dict[Script, Any] = {
            script: redis.register_script(source(script)) for script in scripts
        }

    @classmethod
    def connect(cls, url: str, options: QueueOptions) -> QueueInbox:
        """An inbox with a client of its own; nothing is sent yet.

        Args:
            options: the operator's, which decide about bursts too (`options_of`).
        """
        return cls(connect_impatiently(url), options)

    async def submit(self, request: ReviewRequest | CommandRequest) -> bool:
        """Keep a request. A repeat is the same delivery for the same pull request.

        Returns:
            True when it was new (or its job had been lost and was made again), False for a repeat.

        Raises:
            QueueUnavailable: it is not kept, as far as is known; in under two seconds.
        """
        call = submission(self._layout, request)
        with translated():
            return bool(await self._scripts[call.script](keys=call.keys, args=call.args))

    async def pull_requests_of(self, repo: str, head_sha: str) -> tuple[int, ...]:
        """Numbers of the pull requests that were submitted with this head commit in the last 30 days."""
        with translated():
            members = await self._redis.smembers(head_key(repo, head_sha))
        return tuple(sorted(int(member) for member in members))

    @property
    def workers(self) -> WorkersCheck:
        """The health check for those who work."""
        return WorkersCheck(self._redis, self._options.name)

    async def problem(self) -> str | None:
        """Why requests would not be kept, in one sentence, or None."""
        with translated():
            found = problems(await self._redis.info())
        return "; ".join(found) or None

    async def close(self) -> None:
        """Close the connections."""
        await self._redis.aclose()
