"""A model behind an HTTP API, through pydantic-ai: how it is asked, whoever its provider is.

Loading this module costs seconds: only the providers' modules do. What is *not* here: connecting to a
provider (workers.models.openai_api, workers.models.anthropic_api), which errors mean what
(workers.models.failures), what a single request goes through (workers.models.guarded, workers.models.capped),
and the tools for looking at code (workers.models.looking).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Generic

import httpx2
from pydantic_ai import Agent
from pydantic_ai.messages import BinaryContent, CachePoint, UserContent
from pydantic_ai.models import Model as LibraryModel
from pydantic_ai.settings import ModelSettings
from pydantic_ai.usage import RunUsage, UsageLimits

from bot.domain.review import Usage
from workers.models.capped import CappedTransport
from workers.models.failures import Failure, classify, not_whole, refuses_the_form
from workers.models.guarded import Guard, GuardedModel
from workers.models.limits import Limiter
from workers.models.looking import LOOKS, tools_for
from workers.models.network import open_network
from workers.models.output_modes import OutputMode, OutputModes, instructions, keys_of, output_type
from workers.models.purse import ANSWER_TOKENS, Meter
from workers.ports import Answer, AnswerT, CodeLookup, Prompt, Unanswered

TEMPERATURE = 0.2
ANOTHER_TEMPERATURE = 1.0
"""For a further answer to the same question: it must be free to differ, or it says nothing."""
ANSWER_BYTES = 2_000_000
"""A response larger than this is cut off: a model that runs wild must not fill the memory."""
ANSWERS = 2
"""Answers that one try asks for: the first, and a repair."""
RETRY_PAUSES = (0.5, 2.0)
"""Seconds before the second and the third try of a call that met a passing fault."""
LONGEST_PAUSE = 20.0
"""A provider that asks for more seconds than this is left alone; the whole review is tried again later."""

Connect = Callable[[httpx2.AsyncClient], LibraryModel]


@dataclass(frozen=True, slots=True)
class _Question(Generic[AnswerT]):
    """What is asked, and what it has cost so far, over all tries."""

    prompt: Prompt
    shape: type[AnswerT]
    lookup: CodeLookup | None
    spent: RunUsage = field(default_factory=RunUsage)

    @property
    def usage(self) -> Usage:
        """In our words; the cost is None where nobody knows it, and nothing where nothing was answered."""
        spent = self.spent
        cost = spent.cost if spent.input_tokens or spent.output_tokens else 0
        if spent.unmeasured_requests:
            cost = None
        return Usage(
            calls=spent.requests,
            prompt_tokens=spent.input_tokens,
            cached_tokens=spent.cache_read_tokens,
            completion_tokens=spent.output_tokens,
            cost_usd=None if cost is None else float(cost),
        )


@dataclass(frozen=True, slots=True)
class HostedModel:
    """A model behind an HTTP API; each question opens and closes its own connection.

    Attributes:
        name: as people configured it.
        connect: makes the library's model around an HTTP client.
        timeout: seconds one HTTP call may take, headers to last byte.
        limiter: bounds the calls under way.
        marks_cache: whether the provider wants to be told what to keep; others find out by themselves, and
            some servers take nothing but plain text.
        sees: whether it is shown pictures.
        answer_tokens: upper bound of an answer, or None for the provider's own.
        window: tokens that question and answer share, or None where the provider's are plenty.
        modes: how the server can be asked for an answer of a given shape.
        meter: what each request is paid with.
        sleep: waits between tries.
        transport: makes the way to the network for one question.
    """

    name: str
    connect: Connect
    timeout: float
    limiter: Limiter
    marks_cache: bool = False
    sees: bool = False
    answer_tokens: int | None = ANSWER_TOKENS
    window: int | None = None
    modes: OutputModes = field(default_factory=OutputModes)
    meter: Meter = field(default_factory=Meter)
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    transport: Callable[[], httpx2.AsyncBaseTransport] = field(default_factory=open_network)

    async def ask(
        self, prompt: Prompt, shape: type[AnswerT], lookup: CodeLookup | None = None
    ) -> Answer[AnswerT] | Unanswered:
        """See `workers.ports.Model`: at most one repair a try, at most three tries."""
        question = _Question(prompt, shape, lookup)
        for pause in RETRY_PAUSES:
            outcome = await self._try(question)
            if not isinstance(outcome, Failure):
                return Answer(outcome, question.usage)
            wait = max(pause, outcome.pause or 0)
            if not outcome.passing or wait > LONGEST_PAUSE:
                return Unanswered(outcome.error, question.usage, outcome.part)
            await self.sleep(wait)
        outcome = await self._try(question)
        if isinstance(outcome, Failure):
            return Unanswered(outcome.error, question.usage, outcome.part)
        return Answer(outcome, question.usage)

    async def _try(self, question: _Question[AnswerT]) -> AnswerT | Failure:
        """One connection, and one run in the best form that the server takes."""
        transport = CappedTransport(self.transport(), ANSWER_BYTES)
        async with self.limiter(), httpx2.AsyncClient(transport=transport, timeout=self.timeout) as http:
            guard = Guard(self.timeout, self.window, self.meter, keys_of(question.shape))
            return await self._in_some_form(GuardedModel(self.connect(http), guard), question)

    async def _in_some_form(self, model: GuardedModel, question: _Question[AnswerT]) -> AnswerT | Failure:
        """One form after the other, until the server takes one.

        What a server refused is only learned where another form helped: it may have refused the key.
        """
        refused: list[OutputMode] = []
        for mode in self.modes.for_model(model.profile):
            try:
                answer = await self._run(model, mode, question)
            except Exception as error:  # noqa: BLE001 - SDKs break in any way on odd bodies: `null`, `[[[[`
                address = model.base_url or ""
                if model.cut is not None:
                    return not_whole(model.cut, self.name, question.shape, address)
                failure = classify(error, self.name, address, model.answer)
                if not refuses_the_form(error):
                    break
                refused.append(mode)
            else:
                self.modes.refused.update(refused)
                return answer
        return failure

    async def _run(self, model: LibraryModel, mode: OutputMode, question: _Question[AnswerT]) -> AnswerT:
        """Looks into the code where they are offered, a call, and one repair."""
        lookup = None if mode is OutputMode.JSON else question.lookup
        agent = Agent(
            model,
            output_type=output_type(mode, question.shape),
            instructions=instructions(mode, question.prompt.system, question.shape),
            tools=tools_for(lookup, self.window),
            retries={"tools": LOOKS, "output": 1},
        )
        run = await agent.run(
            self._message(question.prompt),
            model_settings=self._settings(
                model, growing=lookup is not None, first=question.prompt.sample == 0
            ),
            usage=question.spent,
            usage_limits=UsageLimits(request_limit=question.spent.requests + LOOKS + ANSWERS),
        )
        return run.output

    def _message(self, prompt: Prompt) -> str | list[UserContent]:
        """Pictures first, as providers advise; without any, what every server takes: text."""
        text = _marked(prompt) if self.marks_cache else prompt.text
        if not prompt.images or not self.sees:
            return text
        pictures = [BinaryContent(image.data, media_type=image.media_type) for image in prompt.images]
        return [*pictures, *([text] if isinstance(text, str) else text)]

    def _settings(self, model: LibraryModel, *, growing: bool, first: bool) -> ModelSettings:
        """What every call asks for; `cache` serves providers that want to be told, others ignore it.

        Args:
            growing: the conversation is sent again and again, so that it pays to have it cached.
            first: whether this is the first answer to its question.
        """
        settings = ModelSettings(
            timeout=self.timeout,
            cache={"messages": growing},
        )
        if _accepts_temperature(model.profile):
            settings["temperature"] = TEMPERATURE if first else ANOTHER_TEMPERATURE
        if self.answer_tokens is not None:
            settings["max_tokens"] = self.answer_tokens
        return settings


def _marked(prompt: Prompt) -> str | list[UserContent]:
    """The message, with a mark behind the material where several questions share it."""
    return [f"{prompt.user}\n", CachePoint(), prompt.question] if prompt.question else prompt.user


def _accepts_temperature(profile: Mapping[str, object]) -> bool:
    """Reasoning models and some others refuse one; the library would drop it with a warning each time."""
    if profile.get("anthropic_disallows_sampling_settings"):
        return False
    if not profile.get("openai_supports_reasoning"):
        return True
    can_be_off = bool(profile.get("openai_supports_reasoning_effort_none"))
    return can_be_off and not profile.get("thinking_enabled_by_default")
