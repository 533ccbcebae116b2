"""Builds an engine from the operator's settings: what a job and a command share, GitHub or not.

What is *not* here: using it (workers.review.pipeline), and whatever needs GitHub (workers.connecting), whose
libraries take as long to load as all the rest: a review on one machine does without.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.domain.policy import Policy
from bot.domain.review import Usage
from bot.settings import Settings
from workers.analysers.registry import static_analysers
from workers.models.limits import Limiter, in_process_limiter
from workers.models.purse import IMAGE_TOKENS, Ledger, Purse
from workers.models.registry import ANSWER_SHARE, STATIC, build_model, sees_images
from workers.operator_limits import dollars_of, model_of, passes_of
from workers.ports import Analyser, CodeBase, CodeReader
from workers.review.change import Engine, Limits

POSTING_SECONDS = 60.0
"""Kept back from the review's deadline, so that what was found is still posted in time."""

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


def is_static(settings: Settings, policy: Policy | None = None) -> bool:
    """Whether analysers alone review."""
    return model_of(settings, policy) == STATIC


def may_ask_models(settings: Settings) -> bool:
    """Whether a model may take part, which a policy that is not known yet can decide."""
    return any(name != STATIC for name in (settings.model, *settings.allowed_models))


def call_lease(settings: Settings) -> float:
    """Seconds after which a call to a model is over, though nobody says so: whoever made it died."""
    return settings.model_timeout * 2
