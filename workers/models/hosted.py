"""Models of OpenAI, Anthropic and every compatible server, through pydantic-ai.

Loading this module costs seconds: only workers.models.registry does, and only when such a model is built.
Keys and base URLs come from the SDKs' own variables. What is *not* here: which errors mean what
(workers.models.failures) and the cap on an answer's size (workers.models.capped).
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

import httpx2
from anthropic import AsyncAnthropic
from openai import AsyncOpenAI
from pydantic_ai import Agent, NativeOutput, ToolOutput
from pydantic_ai.models import Model as LibraryModel
from pydantic_ai.models.anthropic import AnthropicModel
from pydantic_ai.models.openai import OpenAIChatModel, OpenAIResponsesModel
from pydantic_ai.output import OutputSpec
from pydantic_ai.providers.anthropic import AnthropicProvider
from pydantic_ai.providers.openai import OpenAIProvider
from pydantic_ai.settings import ModelSettings
from pydantic_ai.usage import RunUsage

from bot.domain.review import Usage
from workers.models.capped import CappedTransport
from workers.models.failures import LIBRARY_ERRORS, Failure, classify
from workers.models.limits import Limiter
from workers.ports import Answer, AnswerT, Prompt

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

    async def ask(self, prompt: Prompt, shape: type[AnswerT]) -> Answer[AnswerT]:
        """See `workers.ports.Model`: at most one repair a try, at most three tries."""
        spent = RunUsage()
        for pause in RETRY_PAUSES:
            outcome = await self._try(prompt, shape, spent)
            if not isinstance(outcome, Failure):
                return Answer(outcome, _usage(spent))
            wait = max(pause, outcome.pause or 0)
            if not outcome.passing or wait > LONGEST_PAUSE:
                raise outcome.error
            await self.sleep(wait)
        outcome = await self._try(prompt, shape, spent)
        if isinstance(outcome, Failure):
            raise outcome.error
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
    """In our words; the price is None where nobody knows it."""
    return Usage(
        calls=spent.requests,
        prompt_tokens=spent.input_tokens,
        cached_tokens=spent.cache_read_tokens,
        completion_tokens=spent.output_tokens,
        cost_usd=None if spent.cost is None else float(spent.cost),
    )


def openai_responses(name: str, timeout: float, limiter: Limiter) -> HostedModel:
    """OpenAI's Responses API: `openai:NAME`."""

    def connect(http: httpx2.AsyncClient) -> LibraryModel:
        client = AsyncOpenAI(max_retries=0, timeout=timeout, http_client=http)
        return OpenAIResponsesModel(name, provider=OpenAIProvider(openai_client=client))

    return HostedModel(f"openai:{name}", connect, timeout, limiter)


def openai_chat(name: str, timeout: float, limiter: Limiter) -> HostedModel:
    """Chat Completions, OpenAI's and every compatible server's: `openai-chat:NAME`."""

    def connect(http: httpx2.AsyncClient) -> LibraryModel:
        client = AsyncOpenAI(max_retries=0, timeout=timeout, http_client=http)
        return OpenAIChatModel(name, provider=OpenAIProvider(openai_client=client))

    # A server of one's own may have a small window that prompt and answer share: it knows its bound best.
    return HostedModel(f"openai-chat:{name}", connect, timeout, limiter, answer_tokens=None)


def anthropic(name: str, timeout: float, limiter: Limiter) -> HostedModel:
    """Anthropic's Messages API: `anthropic:NAME`."""

    def connect(http: httpx2.AsyncClient) -> LibraryModel:
        client = AsyncAnthropic(max_retries=0, timeout=timeout, http_client=http)
        return AnthropicModel(name, provider=AnthropicProvider(anthropic_client=client))

    return HostedModel(f"anthropic:{name}", connect, timeout, limiter)
