"""What rq runs, named by string in bot.queue. Composition root of a job's process.

What is *not* here: how a review ends (workers.running), the review itself (workers.reviewing), what a command
does (workers.commanding).
"""

from __future__ import annotations

import asyncio
import logging
import os
import time

from redis import Redis
from redis.asyncio import Redis as AsyncRedis

from bot.errors import GitHubError, RateLimited, SettingsError, UserError
from bot.queue import Queue, QueueOptions
from bot.redis_access import connect_patiently
from bot.settings import Settings, load_settings
from bot.store import Store
from workers.commanding import obey
from workers.composition import connect_as_installation
from workers.running import ReviewRun, later

_log = logging.getLogger(__name__)


def run_review(argument: str) -> None:
    """Serve what waits for one pull request. The argument is the queue's (bot.queue.wire)."""
    settings, redis, queue = _open()
    run = queue.begin(argument)
    if run is not None:
        with run:
            asyncio.run(ReviewRun(settings, Store(redis), queue, run).serve())


def run_command(argument: str) -> None:
    """Obey one command of a comment."""
    settings, _, queue = _open()
    asyncio.run(_serve_command(settings, queue, argument))


def _open() -> tuple[Settings, Redis, Queue]:
    settings = load_settings(os.environ)
    if settings.redis_url is None:
        raise SettingsError("AI_REVIEW_REDIS_URL is not set in the worker's environment")
    redis = connect_patiently(settings.redis_url)
    return settings, redis, Queue(redis, QueueOptions(review_deadline=settings.review_deadline))


async def _serve_command(settings: Settings, queue: Queue, argument: str) -> None:
    job = queue.read_command(argument)
    async with AsyncRedis.from_url(str(settings.redis_url)) as redis:
        try:
            async with connect_as_installation(settings, job.request.installation, redis) as github:
                await obey(github, queue, job.request)
        except RateLimited as error:
            queue.retry_command(job, max(1.0, error.retry_at - time.time()))
        except (GitHubError, UserError) as error:
            delay = later(settings, job.retries, error)
            _log.warning("A command was not carried out: %s", error, extra={"retry_in": delay})
            if delay is not None:
                queue.retry_command(job, delay)
