from __future__ import annotations

import pytest

from bot.errors import SettingsError
from bot.settings import ModelPrice, Settings
from workers.models.prices import ListPrice, OwnPrice, check_price, price_of
from workers.models.purse import Tokens

NOWHERE: dict[str, str] = {}


def test_known_models_are_priced_from_the_list() -> None:
    price = price_of("anthropic:claude-sonnet-4-5", Settings(), NOWHERE)
    assert price is not None
    anew, cached = (
        price.of(Tokens(asked=1000, answered=100)),
        price.of(Tokens(1000, cached=900, answered=100)),
    )
    assert 0 < cached < anew
    assert price.most(1000, 100) > anew, "what is to be cached costs more with this provider"


@pytest.mark.parametrize(
    "name", ["openai:home-grown", "openai-chat:some/model:8b", "scripted:/tmp/x", "bard:x"]
)
def test_the_price_of_others_is_not_known(name: str) -> None:
    assert price_of(name, Settings(), NOWHERE) is None


def test_the_operators_price_counts_first_by_either_name() -> None:
    own = {"model_prices": "anthropic:claude-sonnet-4-5=1/2, home-grown=3/0.3/15"}
    settings = Settings.model_validate(own)
    assert price_of("anthropic:claude-sonnet-4-5", settings, NOWHERE) == OwnPrice(ModelPrice(1, 1, 2))
    price = price_of("openai-chat:home-grown", settings, NOWHERE)
    assert price is not None
    assert price.of(Tokens(1_000_000, cached=500_000, answered=100_000)) == pytest.approx(1.5 + 0.15 + 1.5)
    assert price.most(1_000_000, 100_000) == pytest.approx(4.5)


def test_a_server_elsewhere_is_looked_up_by_its_address_first() -> None:
    here = {"OPENAI_BASE_URL": "https://openrouter.ai/api/v1"}
    assert price_of("openai-chat:openai/gpt-4o", Settings(), here) == ListPrice(
        "openai/gpt-4o", address="https://openrouter.ai/api/v1"
    )
    own = {"OPENAI_BASE_URL": "http://models.example:8080/v1"}
    assert price_of("openai-chat:gpt-4o", Settings(), own) == ListPrice("gpt-4o", provider="openai")


def test_numbers_that_contradict_each_other_still_have_a_price() -> None:
    price = ListPrice("claude-sonnet-4-5", provider="anthropic")
    assert price.of(Tokens(asked=10, cached=500, written=500, answered=1)) > 0


@pytest.mark.parametrize("budget", ["budget_usd_per_review", "budget_usd_per_repo_day"])
def test_a_budget_in_dollars_needs_a_price(budget: str) -> None:
    settings = Settings.model_validate({budget: 1})
    with pytest.raises(SettingsError, match="AI_REVIEW_MODEL_PRICES") as caught:
        check_price("openai-chat:home-grown", settings, NOWHERE)
    assert "openai-chat:home-grown" in str(caught.value)
    assert "AI_REVIEW_BUDGET_TOKENS_PER_REVIEW" in str(caught.value)
    check_price("openai:gpt-5", settings, NOWHERE)
    check_price("static", settings, NOWHERE)
    known = settings.model_copy(update={"model_prices": {"home-grown": ModelPrice(0, 0, 0)}})
    check_price("openai-chat:home-grown", known, NOWHERE)


def test_tokens_can_be_bounded_without_a_price() -> None:
    check_price("openai-chat:home-grown", Settings(budget_tokens_per_review=1), NOWHERE)
