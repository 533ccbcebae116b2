"""What rq runs, named by string in bot.queue. Composition root of a job's process.

What is *not* here: how a review ends (workers.running), the review itself (workers.reviewing), what a command
does (workers.commands).
"""

from __future__ import annotations

import asyncio
import logging
import os
import time
from dataclasses import replace
from typing import Final

from redis import Redis
from redis.asyncio import Redis as AsyncRedis

from bot.domain.request import CommandRequest
from bot.errors import GitHubError, RateLimited, SettingsError, UserError
from bot.github.client import GitHub
from bot.queue import Queue, options_of
from bot.queue.wire import CommandJob
from bot.redis_access import connect_patiently
from bot.settings import Settings, load_settings
from bot.store import Store
from bot.store.breaker import Breaker
from bot.store.ledgers import Ledgers
from bot.store.pauses import Pauses
from bot.store.policies import Policies
from bot.telemetry.logs import name_pull_request
from workers.commands import Desk, obey
from workers.connecting import connect_as_installation, fleet_limiter
from workers.inspecting import Memory
from workers.running import ReviewRun, later
from workers.settling import Settling

_log = logging.getLogger(__name__)

_MOST_WAITS: Final = 10
"""Times that a command is put off for an answer that it sent and may still appear. It died about as often;
one that is done all the same creates nothing while that lasts, which is a failed try."""


def run_review(argument: str) -> None:
    """Serve what waits for one pull request. The argument is the queue's (bot.queue.wire)."""
    settings, redis, queue = _open()
    run = queue.begin(argument)
    if run is not None:
        name_pull_request(run.request.ref.external_id)
        with run:
            asyncio.run(ReviewRun(settings, _memory(redis), queue, run).serve())


def run_command(argument: str) -> None:
    """Do what one comment, answer or click asks for."""
    settings, redis, queue = _open()
    job = queue.read_command(argument)
    name_pull_request(job.request.ref.external_id)
    asyncio.run(_serve_command(settings, redis, queue, job))


def _open() -> tuple[Settings, Redis, Queue]:
    settings = load_settings(os.environ)
    if settings.redis_url is None:
        raise SettingsError("AI_REVIEW_REDIS_URL is not set in the worker's environment")
    redis = connect_patiently(settings.redis_url)
    return settings, redis, Queue(redis, options_of(settings))


async def _serve_command(settings: Settings, redis: Redis, queue: Queue, job: CommandJob) -> None:
    """Whatever a command may meet, it is tried again, or its author has seen that it failed."""

    def next_try(error: Exception) -> float | None:
        if isinstance(error, RateLimited):
            return max(1.0, error.retry_at - time.time())
        return later(settings, job.retries, error)

    def put_off(seconds: float) -> None:
        queue.retry_command(job, seconds, paused=True)

    sends = queue.sends_of(job)
    if (left := sends.left()) > 0 and job.waits < _MOST_WAITS:
        queue.retry_command(job, left, unanswered=True)
        return
    async with AsyncRedis.from_url(str(settings.redis_url)) as shared:
        try:
            async with connect_as_installation(settings, job.request.installation, shared, sends) as github:
                desk = _desk(settings, redis, queue, github, shared, job.request)
                desk = replace(desk, is_last=lambda error: next_try(error) is None, later=put_off)
                await obey(desk, job)
        except Exception as error:  # noqa: BLE001 - one place for every command: none may end without a sign
            delay = next_try(error)
            _log_failure(error, delay)
            if isinstance(error, RateLimited):
                Store(redis).pause(job.request.installation, error.retry_at)
            if delay is not None:
                queue.retry_command(job, delay, paused=isinstance(error, RateLimited))


def _memory(redis: Redis) -> Memory:
    return Memory(Store(redis), Ledgers(redis), Pauses(redis), Policies(redis))


def _desk(
    settings: Settings,
    redis: Redis,
    queue: Queue,
    github: GitHub,
    shared: AsyncRedis,
    request: CommandRequest,
) -> Desk:
    memory = _memory(redis)
    return Desk(
        github=github,
        store=memory.store,
        ledgers=memory.ledgers,
        pauses=memory.pauses,
        breaker=Breaker(redis),
        policies=memory.policies,
        queue=queue,
        settings=settings,
        settle=Settling(github, queue, memory, request.installation, request.delivery),
        limiter=fleet_limiter(settings, shared),
    )


def _log_failure(error: Exception, delay: float | None) -> None:
    extra = {"retry_in": delay}
    if isinstance(error, GitHubError | UserError):
        _log.warning("A command was not carried out: %s", error, extra=extra)
    else:
        _log.error("A command was not carried out", exc_info=error, extra=extra)
