"""What models cost: the operator's prices first, then the list that comes with the model library.

The list is a file; nobody is asked. What is *not* here: budgets (workers.models.purse).
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

from bot.errors import SettingsError
from bot.settings import ModelPrice, Settings
from workers.models.purse import Price, Tokens

_MILLION = 1_000_000
_LISTED: Mapping[str, tuple[str, str]] = {
    "openai": ("openai", "OPENAI_BASE_URL"),
    "openai-chat": ("openai", "OPENAI_BASE_URL"),
    "anthropic": ("anthropic", "ANTHROPIC_BASE_URL"),
}
"""Our name of a provider -> the list's name, and the variable that may send questions elsewhere."""


@dataclass(frozen=True, slots=True)
class OwnPrice:
    """As the operator set it."""

    price: ModelPrice

    def of(self, tokens: Tokens) -> float:
        """See `workers.models.purse.Price`."""
        anew = max(0, tokens.asked - tokens.cached)
        price = self.price
        return (anew * price.input + tokens.cached * price.cached + tokens.answered * price.output) / _MILLION

    def most(self, asked: int, answered: int) -> float:
        """See `workers.models.purse.Price`."""
        return (asked * max(self.price.input, self.price.cached) + answered * self.price.output) / _MILLION


@dataclass(frozen=True, slots=True)
class ListPrice:
    """As in the list of genai-prices, with its steps for long prompts.

    Attributes:
        model: the provider's name of it.
        provider: the list's name of the provider, or None.
        address: where questions go, or None; one of the two is given.
    """

    model: str
    provider: str | None = None
    address: str | None = None

    def of(self, tokens: Tokens) -> float:
        """See `workers.models.purse.Price`."""
        from genai_prices import Usage, calc_price  # noqa: PLC0415 - a third of a second, only if used

        cached = min(tokens.cached, tokens.asked)
        usage = Usage(
            input_tokens=tokens.asked,
            cache_read_tokens=cached,
            cache_write_tokens=min(tokens.written, tokens.asked - cached),
            output_tokens=tokens.answered,
        )
        if self.address is not None:
            return float(calc_price(usage, self.model, provider_api_url=self.address).total_price)
        return float(calc_price(usage, self.model, provider_id=self.provider).total_price)

    def most(self, asked: int, answered: int) -> float:
        """See `workers.models.purse.Price`. Some providers take more for what they are to cache."""
        plain = self.of(Tokens(asked, answered=answered))
        return max(plain, self.of(Tokens(asked, written=asked, answered=answered)))


def price_of(name: str, settings: Settings, environment: Mapping[str, str] | None = None) -> Price | None:
    """The price of a model by its full name (`openai:NAME`); None where nobody knows it."""
    provider, _, model = name.partition(":")
    own = settings.model_prices.get(name) or settings.model_prices.get(model)
    if own is not None:
        return OwnPrice(own)
    if provider not in _LISTED:
        return None
    listed, variable = _LISTED[provider]
    address = (os.environ if environment is None else environment).get(variable)
    elsewhere = [ListPrice(model, address=address)] if address else []
    return next(filter(_is_listed, [*elsewhere, ListPrice(model, provider=listed)]), None)


def check_price(name: str, settings: Settings, environment: Mapping[str, str] | None = None) -> None:
    """Whether budgets in dollars can hold with this model; `static` costs nothing.

    Raises:
        SettingsError: there is such a budget, and nobody knows what the model costs.
    """
    budgets = (settings.budget_usd_per_review, settings.budget_usd_per_repo_day)
    if name == "static" or budgets == (None, None) or price_of(name, settings, environment) is not None:
        return
    raise SettingsError(
        f"A budget in dollars is set, but the price of {name} is not known: set AI_REVIEW_MODEL_PRICES to"
        f" NAME=INPUT/OUTPUT in dollars per million tokens, or AI_REVIEW_BUDGET_TOKENS_PER_REVIEW instead."
    )


def _is_listed(price: ListPrice) -> bool:
    try:
        price.of(Tokens(1, answered=1))
    except LookupError:
        return False
    return True
