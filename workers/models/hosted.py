"""A model behind an HTTP API, through pydantic-ai: how it is asked, whoever its provider is.

Loading this module costs seconds: only the providers' modules do. What is *not* here: connecting to a
provider (workers.models.openai_api, workers.models.anthropic_api), which errors mean what
(workers.models.failures), and the cap on an answer's size (workers.models.capped).
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

import httpx2
from pydantic_ai import Agent, NativeOutput, ToolOutput
from pydantic_ai.models import Model as LibraryModel
from pydantic_ai.output import OutputSpec
from pydantic_ai.settings import ModelSettings
from pydantic_ai.usage import RunUsage

from bot.domain.review import Usage
from workers.models.capped import CappedTransport
from workers.models.failures import LIBRARY_ERRORS, Failure, classify
from workers.models.limits import Limiter
from workers.ports import Answer, AnswerT, CodeLookup, Prompt, Unanswered

TEMPERATURE = 0.2
ANSWER_TOKENS = 16_000
"""Longest answer asked for, reasoning included: room for fifty findings, and what older models allow."""
ANSWER_BYTES = 2_000_000
"""A response larger than this is cut off: a model that runs wild must not fill the memory."""
RETRY_PAUSES = (0.5, 2.0)
"""Seconds before the second and the third try of a call that met a passing fault."""
LONGEST_PAUSE = 20.0
"""A provider that asks for more seconds than this is left alone; the whole review is tried again later."""

Connect = Callable[[httpx2.AsyncClient], LibraryModel]


def _network() -> Callable[[], httpx2.AsyncBaseTransport]:
    """Connections of their own, with the trust store read once."""
    tls = ssl.create_default_context()
    return lambda: httpx2.AsyncHTTPTransport(verify=tls)


@dataclass(frozen=True, slots=True)
class HostedModel:
    """A model behind an HTTP API; each question opens and closes its own connection.

    Attributes:
        name: as people configured it.
        connect: makes the library's model around an HTTP client.
        timeout: seconds one HTTP call may take, headers to last byte.
        limiter: bounds the calls under way.
        answer_tokens: upper bound of an answer, or None for the provider's own.
        sleep: waits between tries.
        transport: makes the way to the network for one question.
    """

    name: str
    connect: Connect
    timeout: float
    limiter: Limiter
    answer_tokens: int | None = ANSWER_TOKENS
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    transport: Callable[[], httpx2.AsyncBaseTransport] = field(default_factory=_network)

    async def ask(
        self, prompt: Prompt, shape: type[AnswerT], lookup: CodeLookup | None = None
    ) -> Answer[AnswerT] | Unanswered:
        """See `workers.ports.Model`: at most one repair a try, at most three tries."""
        spent = RunUsage()
        for pause in RETRY_PAUSES:
            outcome = await self._try(prompt, shape, spent)
            if not isinstance(outcome, Failure):
                return Answer(outcome, _usage(spent))
            wait = max(pause, outcome.pause or 0)
            if not outcome.passing or wait > LONGEST_PAUSE:
                return Unanswered(outcome.error, _usage(spent))
            await self.sleep(wait)
        outcome = await self._try(prompt, shape, spent)
        if isinstance(outcome, Failure):
            return Unanswered(outcome.error, _usage(spent))
        return Answer(outcome, _usage(spent))

    async def _try(self, prompt: Prompt, shape: type[AnswerT], spent: RunUsage) -> AnswerT | Failure:
        """One run: a call, and a second one when the answer did not fit."""
        transport = CappedTransport(self.transport(), ANSWER_BYTES)
        async with self.limiter(), httpx2.AsyncClient(transport=transport, timeout=self.timeout) as http:
            model = self.connect(http)
            try:
                return await self._run(model, prompt, shape, spent)
            except LIBRARY_ERRORS as error:
                return classify(error, self.name)

    async def _run(
        self, model: LibraryModel, prompt: Prompt, shape: type[AnswerT], spent: RunUsage
    ) -> AnswerT:
        agent = Agent(model, output_type=_output(model, shape), instructions=prompt.system, retries=1)
        run = await agent.run(prompt.user, model_settings=self._settings(model), usage=spent)
        return run.output

    def _settings(self, model: LibraryModel) -> ModelSettings:
        """What every call asks for; `cache` serves providers that want to be told, others ignore it."""
        settings = ModelSettings(
            timeout=self.timeout,
            request_timeout=self.timeout,
            cache={"messages": False},
        )
        if _accepts_temperature(model.profile):
            settings["temperature"] = TEMPERATURE
        if self.answer_tokens is not None:
            settings["max_tokens"] = self.answer_tokens
        return settings


def _output(model: LibraryModel, shape: type[AnswerT]) -> OutputSpec[AnswerT]:
    """The provider's own schema mode where it has one, else a forced tool call."""
    if model.profile.get("supports_json_schema_output"):
        return NativeOutput(shape)
    return ToolOutput(shape)


def _accepts_temperature(profile: Mapping[str, object]) -> bool:
    """Reasoning models and some others refuse one; the library would drop it with a warning each time."""
    if profile.get("anthropic_disallows_sampling_settings"):
        return False
    if not profile.get("openai_supports_reasoning"):
        return True
    can_be_off = bool(profile.get("openai_supports_reasoning_effort_none"))
    return can_be_off and not profile.get("thinking_enabled_by_default")


def _usage(spent: RunUsage) -> Usage:
    """In our words; the price is None where nobody knows it, and nothing where no token was counted."""
    cost = spent.cost if spent.input_tokens or spent.output_tokens else 0
    return Usage(
        calls=spent.requests,
        prompt_tokens=spent.input_tokens,
        cached_tokens=spent.cache_read_tokens,
        completion_tokens=spent.output_tokens,
        cost_usd=None if cost is None else float(cost),
    )
