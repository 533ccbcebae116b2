"""Builds an engine and a connection to GitHub from the operator's settings: what a job and a command share.

What is *not* here: using them (workers.reading_pulls, workers.posting, workers.review.pipeline).
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from redis.asyncio import Redis

from bot.errors import SettingsError
from bot.github.client import Credentials, GitHub, connect
from bot.github.token_cache import RedisTokenCache, TokenCache
from bot.github.tokens import AppKey, Installation, load_app_key
from bot.settings import Settings
from workers.analysers.registry import static_analysers
from workers.models.fleet import FleetLimiter
from workers.models.limits import Limiter, in_process_limiter
from workers.models.registry import STATIC, build_model
from workers.ports import Analyser, CodeReader
from workers.review.change import Engine, Limits

POSTING_SECONDS = 60.0
"""Kept back from the review's deadline, so that what was found is still posted in time."""


def build_engine(
    settings: Settings,
    reader: CodeReader,
    limiter: Limiter | None = None,
    reports: Sequence[Analyser] = (),
) -> Engine:
    """The engine that the settings ask for.

    Args:
        limiter: bounds the model calls of the whole fleet; None bounds those of this process.
        reports: what tools said that ran elsewhere.

    Raises:
        SettingsError: a model's name, key or file is missing or wrong.
    """
    shared = limiter or in_process_limiter(settings.model_concurrency)
    deadline = max(settings.review_deadline - POSTING_SECONDS, settings.review_deadline / 2)
    finder = build_model(settings.model, settings, shared)
    checker = settings.cross_check_model if finder is not None else None
    return Engine(
        reader=reader,
        analysers=(*static_analysers(), *reports),
        finder=finder,
        cross_checker=build_model(checker, settings, shared) if checker else None,
        limits=Limits(deadline=deadline),
    )


def is_static(settings: Settings) -> bool:
    """Whether analysers alone review."""
    return settings.model == STATIC


def app_key(settings: Settings) -> AppKey:
    """The App that the settings name.

    Raises:
        SettingsError: its id or key is missing or unusable.
    """
    if settings.github_app_id is None:
        raise SettingsError("AI_REVIEW_GITHUB_APP_ID is not set: give the id of your GitHub App")
    if settings.github_private_key is None:
        raise SettingsError("AI_REVIEW_GITHUB_PRIVATE_KEY is not set: give the App's .pem file, or its text")
    return load_app_key(settings.github_app_id, settings.github_private_key.get_secret_value())


@asynccontextmanager
async def connect_as_installation(
    settings: Settings, installation: int | None, redis: Redis
) -> AsyncIterator[GitHub]:
    """GitHub as one installation of the App sees it; with a plain token where the settings name no App.

    Raises:
        SettingsError: neither is set, or the key is unusable.
    """
    cache: TokenCache | None = None
    credentials: Credentials
    if settings.github_app_id is None and settings.github_token is not None:
        credentials = settings.github_token.get_secret_value()
    else:
        key = app_key(settings)
        if installation is None:
            raise SettingsError(
                "The event names no installation: let the App's own webhook deliver it, not a repository's"
            )
        credentials = Installation(key, installation)
        cache = RedisTokenCache(redis, key.secret("tokens"))
    async with connect(credentials, settings.github_api_url, cache=cache) as github:
        yield github


def connect_with_token(settings: Settings) -> AbstractAsyncContextManager[GitHub]:
    """GitHub for one-shot use.

    Raises:
        SettingsError: there is no token.
    """
    if settings.github_token is None:
        raise SettingsError("No token is set: put one that may read the pull request into GITHUB_TOKEN")
    return connect(settings.github_token.get_secret_value(), settings.github_api_url)


def fleet_limiter(settings: Settings, redis: Redis) -> Limiter:
    """At most `model_concurrency` model calls at once over all workers."""
    return FleetLimiter(redis, settings.model_concurrency, lease=settings.model_timeout * 2).slot
