"""What a policy may ask of models: its model, passes and budget, within what the operator allows.

What is *not* here: how the operator says so (bot.settings), and engines (workers.composition).
"""

from __future__ import annotations

from dataclasses import replace

from bot.domain.in_force import Level, OperatorsOwn, Origin, PolicyInForce
from bot.domain.policy import Policy
from bot.errors import SettingsError
from bot.settings import Settings
from workers.models.prices import check_price, price_of
from workers.models.registry import STATIC, check_model


def limited(in_force: PolicyInForce, settings: Settings) -> PolicyInForce:
    """The policy in force within the operator's limits: what these change comes from the operator."""
    policy, notices = within_limits(in_force.policy, settings)
    keys = ("model", "passes", "budget_usd")
    changed = [key for key in keys if getattr(policy, key) != getattr(in_force.policy, key)]
    origins = {**in_force.origins, **dict.fromkeys(changed, Origin(Level.OPERATOR))}
    own = OperatorsOwn(
        has_model=model_of(settings, policy) != STATIC,
        has_second=settings.cross_check_model is not None,
        passes=settings.passes,
        has_budget=settings.budget_usd_per_review is not None,
    )
    said = (*in_force.notices, *notices)
    return replace(in_force, policy=policy, notices=said, origins=origins, operator=own)


def within_limits(policy: Policy, settings: Settings) -> tuple[Policy, tuple[str, ...]]:
    """The policy as far as the operator allows it, and sentences for people about what has no effect.

    The second application changes nothing more.
    """
    notices: list[str] = []
    if problem := _model_problem(policy, settings):
        policy, notices = replace(policy, model=None), [problem]
    if policy.passes is not None:
        policy = replace(policy, passes=min(policy.passes, settings.max_passes))
    if policy.budget_usd is not None:
        policy = replace(policy, budget_usd=_least(policy.budget_usd, settings.budget_usd_per_review))
        if not _price_is_known(policy, settings):
            policy = replace(policy, budget_usd=settings.budget_usd_per_review)
            notices.append(
                "`budget_usd` of the policy has no effect: what the model costs is not known here."
            )
    return policy, tuple(notices)


def model_of(settings: Settings, policy: Policy | None = None) -> str:
    """The finding model: the policy's where the operator allows it, else the operator's own."""
    wanted = policy.model if policy else None
    return wanted if wanted is not None and wanted in settings.allowed_models else settings.model


def passes_of(settings: Settings, policy: Policy | None = None) -> int:
    """How many questions are asked about the same code."""
    wanted = policy.passes if policy else None
    return settings.passes if wanted is None else min(wanted, settings.max_passes)


def dollars_of(settings: Settings, policy: Policy | None = None) -> float | None:
    """What a review may cost; None where nothing bounds it."""
    return _least(policy.budget_usd if policy else None, settings.budget_usd_per_review)


def _model_problem(policy: Policy, settings: Settings) -> str | None:
    """Why the policy's model is not used; None where it is, or there is none."""
    if policy.model in (None, settings.model):
        return None
    if policy.model not in settings.allowed_models:
        return "`model` of the policy has no effect: the operator does not allow this model."
    try:
        check_model(policy.model)
        check_price(policy.model, settings)
    except SettingsError:  # its words are for the operator, who hears them from `ai-review doctor`
        return "`model` of the policy has no effect: the operator's settings for this model are incomplete."
    return None


def _price_is_known(policy: Policy, settings: Settings) -> bool:
    names = {model_of(settings, policy), settings.cross_check_model} - {STATIC, None}
    return all(price_of(str(name), settings) is not None for name in names)


def _least(*amounts: float | None) -> float | None:
    return min((amount for amount in amounts if amount is not None), default=None)
