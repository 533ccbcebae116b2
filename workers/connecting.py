"""Connects to GitHub as the operator wants it, and to what hangs on that: what a job and a command share.

What is *not* here: the engine (workers.composition), and reading and writing (workers.reading_pulls,
workers.posting).
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from typing import Final

from redis.asyncio import Redis

from bot.domain.policy import Policy
from bot.domain.pull_request import PullRequest
from bot.errors import AppKeyUnusable, SettingsError
from bot.github.client import Credentials, GitHub, connect
from bot.github.sends import Sends
from bot.github.token_cache import RedisTokenCache, TokenCache
from bot.github.tokens import AppKey, Installation, load_app_key
from bot.settings import Settings
from workers.composition import call_lease, is_static
from workers.context.fetched import FetchedTexts
from workers.context.git_cache import GitCache
from workers.context.pull_code import code_around
from workers.models.fleet import FleetLimiter
from workers.models.limits import Limiter
from workers.ports import CodeBase

_MEGABYTE: Final = 1_000_000


def app_key(settings: Settings) -> AppKey:
    """The App that the settings name.

    Raises:
        AppKeyUnusable: its id or key is missing or unusable.
    """
    if settings.github_app_id is None:
        raise AppKeyUnusable("AI_REVIEW_GITHUB_APP_ID is not set: give the id of your GitHub App")
    if settings.github_private_key is None:
        raise AppKeyUnusable("AI_REVIEW_GITHUB_PRIVATE_KEY is not set: give the App's .pem file, or its text")
    return load_app_key(settings.github_app_id, settings.github_private_key.get_secret_value())


@asynccontextmanager
async def connect_as_installation(
    settings: Settings, installation: int | None, redis: Redis, sends: Sends
) -> AsyncIterator[GitHub]:
    """GitHub as one installation of the App sees it; with a plain token where the settings name no App.

    Args:
        sends: takes note of what is created, for the run that comes after.

    Raises:
        AppKeyUnusable: neither is set, or the key cannot be used now.
        SettingsError: the event came from no installation.
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
    async with connect(credentials, settings.github_api_url, cache=cache, sends=sends) as github:
        yield github


def connect_with_token(settings: Settings) -> AbstractAsyncContextManager[GitHub]:
    """GitHub for one-shot use.

    Raises:
        SettingsError: there is no token.
    """
    if settings.github_token is None:
        raise SettingsError("No token is set: put one that may read the pull request into GITHUB_TOKEN")
    return connect(settings.github_token.get_secret_value(), settings.github_api_url)


def code_of_pull(
    settings: Settings,
    github: GitHub,
    pull: PullRequest,
    fetched: FetchedTexts,
    policy: Policy | None = None,
) -> AbstractAsyncContextManager[CodeBase | None]:
    """The repository around a pull request, for one review; None where no model looks at it."""
    if is_static(settings, policy):
        return nullcontext()
    room = settings.repository_cache_mb * _MEGABYTE
    folder = settings.data_path / "repositories"
    cache = GitCache(folder, room, min(settings.repository_mb * _MEGABYTE, room)) if room else None
    return code_around(github, pull, fetched, cache)


def fleet_limiter(settings: Settings, redis: Redis) -> Limiter:
    """At most `model_concurrency` model calls at once over all workers."""
    return FleetLimiter(redis, settings.model_concurrency, lease=call_lease(settings)).slot
