from __future__ import annotations

from typing import Any

import pytest

from bot.domain.in_force import Level, OperatorsOwn, Origin, PolicyInForce
from bot.domain.policy import Policy
from bot.settings import Settings
from workers.composition import build_engine, is_static, may_ask_models, purse_of
from workers.context.fetched import FetchedTexts
from workers.operator_limits import dollars_of, limited, model_of, passes_of, within_limits
from workers.policy_levels import File, Files, policy_in_force

OTHER = "openai-chat:other"


def settings(**changed: Any) -> Settings:
    return Settings.model_validate({"model": "openai-chat:own", "allowed_models": OTHER, **changed})


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "k")
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)


def test_a_policy_that_asks_for_nothing_stays_as_it_is() -> None:
    assert within_limits(Policy(), settings()) == (Policy(), ())
    assert (model_of(settings()), passes_of(settings()), dollars_of(settings())) == (
        "openai-chat:own",
        1,
        None,
    )


@pytest.mark.parametrize("name", [OTHER, "openai-chat:own"])
def test_a_model_that_the_operator_allows_is_used(name: str) -> None:
    policy, notices = within_limits(Policy(model=name), settings())
    assert (policy.model, notices) == (name, ())
    assert model_of(settings(), policy) == name


@pytest.mark.parametrize("allowed", ["", "openai-chat:more"])
def test_another_model_is_left_out_with_a_notice(allowed: str) -> None:
    policy, [notice] = within_limits(Policy(model=OTHER), settings(allowed_models=allowed))
    assert policy.model is None
    assert notice == "`model` of the policy has no effect: the operator does not allow this model."
    assert model_of(settings(allowed_models=allowed), Policy(model=OTHER)) == "openai-chat:own"


def test_a_model_that_cannot_be_built_is_left_out_and_does_not_end_reviews() -> None:
    for changed in ({"allowed_models": "anthropic:x"}, {"budget_usd_per_review": 1}):
        wanted = changed.get("allowed_models", OTHER)
        policy, [notice] = within_limits(Policy(model=wanted), settings(**changed))
        assert policy.model is None
        assert "settings for this model are incomplete" in notice


def test_passes_are_capped_for_the_policy_alone() -> None:
    few = settings(max_passes=2, passes=3)
    assert within_limits(Policy(passes=4), few) == (Policy(passes=2), ())
    assert within_limits(Policy(passes=1), few) == (Policy(passes=1), ())
    assert [passes_of(few, Policy(passes=number)) for number in (None, 1, 4)] == [3, 1, 2]


def test_the_smaller_budget_counts() -> None:
    rich = settings(budget_usd_per_review=2, model_prices="own=1/1")
    assert within_limits(Policy(budget_usd=5), rich)[0].budget_usd == 2
    assert within_limits(Policy(budget_usd=0.5), rich)[0].budget_usd == 0.5
    assert [dollars_of(rich, Policy(budget_usd=usd)) for usd in (None, 0.5, 5)] == [2, 0.5, 2]
    assert dollars_of(settings(), Policy(budget_usd=0.5)) == 0.5


@pytest.mark.parametrize("changed", [{}, {"cross_check_model": OTHER, "model_prices": "own=1/1"}])
def test_a_budget_without_a_price_has_no_effect_and_a_notice(changed: dict[str, str]) -> None:
    policy, [notice] = within_limits(Policy(budget_usd=0.5), settings(**changed))
    assert policy.budget_usd is None
    assert notice == "`budget_usd` of the policy has no effect: what the model costs is not known here."


def test_applied_twice_nothing_more_changes() -> None:
    once, _ = within_limits(Policy(model="openai-chat:x", passes=4, budget_usd=3), settings(max_passes=2))
    assert within_limits(once, settings(max_passes=2)) == (once, ())


def test_what_the_operator_changes_comes_from_the_operator() -> None:
    text = "model: openai-chat:no\npasses: 4\nmax_comments: 2\n"
    found = limited(policy_in_force(Files(File(text))), settings(max_passes=2))
    assert (found.policy.model, found.policy.passes) == (None, 2)
    assert [found.origins[key] for key in ("model", "passes")] == [Origin(Level.OPERATOR)] * 2
    assert found.origins["max_comments"].level is Level.REPOSITORY
    assert len(found.notices) == 1


@pytest.mark.parametrize(
    ("changed", "known"),
    [
        ({}, OperatorsOwn(has_model=True)),
        ({"model": "static"}, OperatorsOwn()),
        (
            {"cross_check_model": OTHER, "passes": 2, "budget_usd_per_review": 1},
            OperatorsOwn(has_model=True, has_second=True, passes=2, has_budget=True),
        ),
    ],
)
def test_what_holds_without_a_word_of_the_policy_is_known(
    changed: dict[str, object], known: OperatorsOwn
) -> None:
    assert limited(PolicyInForce(), settings(**changed)).operator == known


def test_an_engine_has_the_policys_model_and_passes() -> None:
    policy = Policy(model=OTHER, passes=3)
    engine = build_engine(settings(), FetchedTexts({}), policy=policy)
    assert engine.finder is not None
    assert (engine.finder.name, engine.passes) == (OTHER, 3)
    plain = build_engine(settings(), FetchedTexts({}))
    assert plain.finder is not None
    assert (plain.finder.name, plain.passes) == ("openai-chat:own", 1)


def test_a_policy_may_do_without_a_model_or_with_one_where_that_is_allowed() -> None:
    both = settings(allowed_models="static")
    assert build_engine(both, FetchedTexts({}), policy=Policy(model="static")).finder is None
    assert is_static(both, Policy(model="static"))
    assert not is_static(both)
    static = Settings(model="static", allowed_models=(OTHER,))
    assert is_static(static)
    assert not is_static(static, Policy(model=OTHER))
    assert may_ask_models(static)
    assert not may_ask_models(Settings())


def test_a_purse_holds_the_policys_budget() -> None:
    assert purse_of(settings()) is None
    assert purse_of(settings(), policy=Policy(budget_usd=1)) is not None
    assert purse_of(settings(allowed_models="static"), policy=Policy(model="static", budget_usd=1)) is None
