"""Builds an engine and a connection to GitHub from the operator's settings: what a job and a command share.

What is *not* here: using them (workers.reading_pulls, workers.posting, workers.review.pipeline).
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from dataclasses import replace

from redis.asyncio import Redis

from bot.domain.policy import Policy
from bot.domain.pull_request import PullRequest
from bot.domain.review import Usage
from bot.errors import AppKeyUnusable, SettingsError
from bot.github.client import Credentials, GitHub, connect
from bot.github.sends import Sends
from bot.github.token_cache import RedisTokenCache, TokenCache
from bot.github.tokens import AppKey, Installation, load_app_key
from bot.settings import Settings
from workers.analysers.registry import static_analysers
from workers.context.fetched import FetchedTexts
from workers.context.git_cache import GitCache
from workers.context.pull_code import code_around
from workers.models.fleet import FleetLimiter
from workers.models.limits import Limiter, in_process_limiter
from workers.models.purse import IMAGE_TOKENS, Ledger, Purse
from workers.models.registry import ANSWER_SHARE, STATIC, build_model, sees_images
from workers.operator_limits import dollars_of, model_of, passes_of
from workers.ports import Analyser, CodeBase, CodeReader
from workers.review.change import Engine, Limits

POSTING_SECONDS = 60.0
"""Kept back from the review's deadline, so that what was found is still posted in time."""

_MEGABYTE = 1_000_000
FIXED_TOKENS = 5_000
"""What is in every question beside code: instructions, notes on languages, schema, title and description."""
RELATED_SHARE = 16
"""One part in so many of a small window is for related code, and one for what the policy asks."""
IMAGES_SHARE = 8
"""One part in so many of a small window is for pictures."""


def build_engine(
    settings: Settings,
    reader: CodeReader,
    limiter: Limiter | None = None,
    reports: Sequence[Analyser] = (),
    code: CodeBase | None = None,
    purse: Purse | None = None,
    policy: Policy | None = None,
) -> Engine:
    """The engine that the settings ask for, and a policy within them.

    Args:
        limiter: bounds the model calls of the whole fleet; None bounds those of this process.
        reports: what tools said that ran elsewhere.
        code: the repository around the change.
        purse: pays for this review; None makes one from settings and policy alone.
        policy: may choose model and passes, within the operator's limits.

    Raises:
        SettingsError: a model's name, key, file or needed price is missing or wrong.
    """
    purse = purse or purse_of(settings, policy=policy)
    name = model_of(settings, policy)
    shared = limiter or in_process_limiter(settings.model_concurrency)
    finder = build_model(name, settings, shared, purse)
    checker = settings.cross_check_model if finder is not None else None
    return Engine(
        reader=reader,
        code=code,
        analysers=(*static_analysers(), *reports),
        finder=finder,
        cross_checker=build_model(checker, settings, shared, purse) if checker else None,
        passes=passes_of(settings, policy),
        votes=settings.votes,
        sees_images=sees_images(name, settings),
        limits=limits_of(settings),
    )


def limits_of(settings: Settings) -> Limits:
    """Bounds of one review: its deadline, and questions that fit into the model's window."""
    deadline = max(settings.review_deadline - POSTING_SECONDS, settings.review_deadline / 2)
    usual, window = Limits(deadline=deadline), settings.model_window
    if window is None:
        return usual
    related = min(usual.related_tokens, window // RELATED_SHARE)
    left = window - window // ANSWER_SHARE - FIXED_TOKENS - related
    # Our count of tokens is an estimate; a tenth is kept for the difference.
    return replace(
        usual,
        bundle_tokens=min(usual.bundle_tokens, left * 9 // 10),
        related_tokens=related,
        policy_tokens=min(usual.policy_tokens, window // RELATED_SHARE),
        images=min(usual.images, window // IMAGES_SHARE // IMAGE_TOKENS),
    )


def purse_of(
    settings: Settings,
    spent: Usage | None = None,
    day: Ledger | None = None,
    policy: Policy | None = None,
) -> Purse | None:
    """What one review may spend; None where nothing bounds it.

    Args:
        spent: by earlier tries of the review.
        day: what the repository may spend today.
        policy: may set a budget and choose the model, within the operator's limits.
    """
    usd, tokens = dollars_of(settings, policy), settings.budget_tokens_per_review
    if is_static(settings, policy) or (usd is None and tokens is None and day is None):
        return None
    return Purse(usd, tokens, day, spent)


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


def is_static(settings: Settings, policy: Policy | None = None) -> bool:
    """Whether analysers alone review."""
    return model_of(settings, policy) == STATIC


def may_ask_models(settings: Settings) -> bool:
    """Whether a model may take part, which a policy that is not known yet can decide."""
    return any(name != STATIC for name in (settings.model, *settings.allowed_models))


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


def fleet_limiter(settings: Settings, redis: Redis) -> Limiter:
    """At most `model_concurrency` model calls at once over all workers."""
    return FleetLimiter(redis, settings.model_concurrency, lease=call_lease(settings)).slot


def call_lease(settings: Settings) -> float:
    """Seconds after which a call to a model is over, though nobody says so: whoever made it died."""
    return settings.model_timeout * 2
