"""From the name that an operator wrote (`openai:NAME`, `openai-chat:NAME`, `anthropic:NAME`) to a model.

Importing this module costs next to nothing: provider libraries are loaded when a model is built.
What is *not* here: talking to a provider (workers.models.hosted, .openai_api, .anthropic_api).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from bot.errors import SettingsError
from bot.settings import Settings
from workers.models.addresses import KEYS, check_address
from workers.models.budgeted import BudgetedModel
from workers.models.limits import Limiter, in_process_limiter
from workers.models.masked import MaskedModel
from workers.models.prices import check_price, price_of
from workers.models.purse import Meter, Purse
from workers.models.scripted import load_scripted
from workers.ports import Model

if TYPE_CHECKING:
    from workers.models.hosted import HostedModel

ANSWER_SHARE = 5
"""One part in so many of a small window is kept for the answer."""
STATIC = "static"
"""The name that means 'no model': analysers alone review."""

_SEEING = ("openai", "anthropic")
"""Providers whose models can be taken to see pictures."""

Build = Callable[[str, Settings, Limiter, Meter], Model]


@dataclass(frozen=True, slots=True)
class Provider:
    """One way to reach models.

    Attributes:
        package: the library it needs.
        key: environment variable that holds its key, or None.
        build: makes the model from what stands behind the colon.
        module: what `build` loads; costs up to seconds.
    """

    package: str
    key: str | None
    build: Build
    module: str


def _openai(name: str, settings: Settings, limiter: Limiter, meter: Meter) -> Model:
    from workers.models.openai_api import openai_responses  # noqa: PLC0415 - seconds of import, only if used

    return _adapted(openai_responses(name, settings.model_timeout, limiter), settings, meter)


def _openai_chat(name: str, settings: Settings, limiter: Limiter, meter: Meter) -> Model:
    from workers.models.openai_api import openai_chat  # noqa: PLC0415 - as above

    return _adapted(openai_chat(name, settings.model_timeout, limiter), settings, meter)


def _anthropic(name: str, settings: Settings, limiter: Limiter, meter: Meter) -> Model:
    from workers.models.anthropic_api import anthropic  # noqa: PLC0415 - as above

    return _adapted(anthropic(name, settings.model_timeout, limiter), settings, meter)


def _adapted(model: HostedModel, settings: Settings, meter: Meter) -> Model:
    """A model that asks as the settings say."""
    from workers.models.output_modes import OutputMode, OutputModes  # noqa: PLC0415 - as above

    model = replace(model, meter=meter, sees=sees_images(model.name, settings))
    if settings.model_output != "auto":
        model = replace(model, modes=OutputModes(OutputMode(settings.model_output)))
    if settings.model_window is not None:
        least = settings.model_window // ANSWER_SHARE
        answer = least if model.answer_tokens is None else min(model.answer_tokens, least)
        model = replace(model, window=settings.model_window, answer_tokens=answer)
    return model


def _scripted(name: str, _settings: Settings, _limiter: Limiter, meter: Meter) -> Model:
    return BudgetedModel(load_scripted(Path(name)), meter)


PROVIDERS: Mapping[str, Provider] = {
    "openai": Provider("openai", KEYS["openai"], _openai, "workers.models.openai_api"),
    "openai-chat": Provider("openai", KEYS["openai-chat"], _openai_chat, "workers.models.openai_api"),
    "anthropic": Provider("anthropic", KEYS["anthropic"], _anthropic, "workers.models.anthropic_api"),
    "scripted": Provider("json", None, _scripted, "workers.models.scripted"),
}


def check_model(name: str, environment: Mapping[str, str] | None = None) -> None:
    """Whether a model of this name could be built here; asks nobody and loads nothing heavy.

    Args:
        name: as in `AI_REVIEW_MODEL`; `static` is always fine.
        environment: where the provider's key is looked for; None means this process's own, as its SDK does.

    Raises:
        SettingsError: one sentence that names what is missing and how to set it.
    """
    if name == STATIC:
        return
    provider, model = _split(name)
    if find_spec(provider.package) is None:
        raise SettingsError(
            f"{name} needs the Python package {provider.package}: install ai-review-bot again."
        )
    if provider.key is not None:
        values = os.environ if environment is None else environment
        _check_key(name, provider.key, values)
        check_address(name.partition(":")[0], values)
    elif not Path(model).is_file():
        raise SettingsError(f"{name} needs the file {model}: create it or correct the path.")


def _check_key(name: str, variable: str, environment: Mapping[str, str]) -> None:
    """Whether there is a key that can be sent at all: it travels in an HTTP header."""
    key = environment.get(variable, "")
    if not key.strip():
        raise SettingsError(
            f"{name} needs {variable}: set it to the provider's key"
            " (a server of your own that asks for none takes any value)."
        )
    if not all("!" <= character <= "~" for character in key):
        raise SettingsError(
            f"{variable} holds white space or a character that no key has: copy the key once more."
        )


def sees_images(name: str, settings: Settings) -> bool:
    """Whether a model of this name is shown pictures.

    The two vendors' own models see; a server of one's own has to be said to.
    """
    if settings.model_images != "auto":
        return settings.model_images == "on" and name != STATIC
    return name.partition(":")[0] in _SEEING


def modules_for(names: Iterable[str]) -> tuple[str, ...]:
    """Modules that models of these names need, for a process that loads them once and forks.

    Raises:
        SettingsError: a name is not known here.
    """
    modules = (_split(name)[0].module for name in names if name != STATIC)
    return tuple(dict.fromkeys(modules))


def build_model(
    name: str, settings: Settings, limiter: Limiter | None = None, purse: Purse | None = None
) -> Model | None:
    """The model of this name, ready to ask and shown no secrets; None for `static`.

    Args:
        name: `settings.model` or `settings.cross_check_model`.
        settings: for the timeout and the bound on calls.
        limiter: bounds the calls under way; None bounds this one model by `settings.model_concurrency`.
        purse: pays; None where nothing is bounded.

    Raises:
        SettingsError: the name, the key, the file or a price that a budget needs is missing or wrong.
    """
    check_model(name)
    if name == STATIC:
        return None
    provider, model = _split(name)
    if purse is not None:
        check_price(name, settings)
    meter = Meter(price_of(name, settings), purse)
    limits = limiter or in_process_limiter(settings.model_concurrency)
    return MaskedModel(provider.build(model, settings, limits, meter))


def _split(name: str) -> tuple[Provider, str]:
    """The provider, and what it calls the model."""
    prefix, _, model = name.partition(":")
    if prefix not in PROVIDERS or not model.strip():
        raise SettingsError(
            f"{name} is no model that is known here: write {STATIC},"
            " or one of openai:NAME, openai-chat:NAME, anthropic:NAME."
        )
    return PROVIDERS[prefix], model.strip()
