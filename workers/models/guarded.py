"""One request to a provider, under our rules: it is paid for, looking ends, answers are read generously.

What is *not* here: the conversation (the library leads it), and tries (workers.models.hosted).
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field, replace
from decimal import Decimal

from pydantic_ai.exceptions import ModelHTTPError, ModelRequestTimeout
from pydantic_ai.messages import (
    BinaryContent,
    ModelMessage,
    ModelRequest,
    ModelRequestPart,
    ModelResponse,
    ModelResponsePart,
    TextPart,
    ThinkingPart,
    ToolCallPart,
    UserPromptPart,
)
from pydantic_ai.models import Model as LibraryModel
from pydantic_ai.models import ModelRequestParameters
from pydantic_ai.models.wrapper import WrapperModel
from pydantic_ai.settings import ModelSettings
from pydantic_ai.usage import RequestUsage

from workers.models.endings import Cut, cut_of, emptied
from workers.models.json_text import json_in, well_formed, without_surrogates
from workers.models.looking import LOOKS
from workers.models.purse import ANSWER_TOKENS, IMAGE_TOKENS, Meter, Price, Purse, Tokens, most_tokens


@dataclass(frozen=True, slots=True)
class Guard:
    """What holds for each request.

    Attributes:
        timeout: seconds one request may take, headers to last byte.
        window: tokens that question and answer share, or None where that is the server's business.
        meter: what it is paid with.
        keys: that the answer has at its top.
    """

    timeout: float
    window: int | None = None
    meter: Meter = field(default_factory=Meter)
    keys: frozenset[str] = frozenset()


class GuardedModel(WrapperModel):
    """The library's model, with each request and each answer looked at.

    Attributes:
        cut: what came of the last answer, where that was not whole.
        answer: to the last request, as the provider's API gave it; None where nothing came, or nothing that
            this API would send.
    """

    def __init__(self, wrapped: LibraryModel, guard: Guard) -> None:
        super().__init__(wrapped)
        self._guard = guard
        self.cut: Cut | None = None
        self.answer: ModelResponse | None = None

    async def request(
        self,
        messages: list[ModelMessage],
        model_settings: ModelSettings | None,
        model_request_parameters: ModelRequestParameters,
    ) -> ModelResponse:
        """Ask once. After the last round of looks the tools stay named, for caches, but may not be called.

        Raises:
            BudgetSpent: it is not asked.
            QueueUnavailable: it is not asked, since nobody can say what may be spent.
        """
        settings = ModelSettings(**(model_settings or {}))
        asked = _asked(messages, model_request_parameters)
        if model_request_parameters.function_tools:
            rounds = sum(isinstance(message, ModelResponse) for message in messages)
            if rounds >= LOOKS or self._is_full(asked, settings):
                settings["tool_choice"] = "none"
        self.answer = None
        purse = self._guard.meter.purse
        if purse is None:
            response = await self._request(messages, settings, model_request_parameters)
        else:
            response = await self._paid(purse, asked, messages, settings, model_request_parameters)
        self.answer = response
        self.cut = cut_of(response, frozenset(tool.name for tool in model_request_parameters.output_tools))
        if self.cut is not None:
            return emptied(response, self.cut)
        return readable(response, model_request_parameters, self._guard.keys)

    async def _paid(
        self,
        purse: Purse,
        asked: int,
        messages: list[ModelMessage],
        settings: ModelSettings,
        parameters: ModelRequestParameters,
    ) -> ModelResponse:
        """What the provider may have begun to answer counts in full; an error status costs nothing."""
        bound = settings.get("max_tokens") or ANSWER_TOKENS
        async with purse.hold(self._guard.meter.price, asked, bound) as held:
            settings["max_tokens"] = held.answer_tokens
            try:
                response = await self._request(messages, settings, parameters)
            except ModelHTTPError:
                held.billed = (0.0, 0)
                raise
            usage = response.usage
            if usage.input_tokens or usage.output_tokens:
                held.billed = (float(usage.cost or 0), usage.input_tokens + usage.output_tokens)
            return response

    async def _request(
        self, messages: list[ModelMessage], settings: ModelSettings, parameters: ModelRequestParameters
    ) -> ModelResponse:
        """The request itself. Its time starts here: waiting for the purse is not the provider's fault."""
        seconds = self._guard.timeout
        try:
            async with asyncio.timeout(seconds):
                response = await super().request(messages, settings, parameters)
        except TimeoutError:
            raise ModelRequestTimeout(self.model_name, seconds) from None
        usage = response.usage
        if not (usage.input_tokens or usage.output_tokens):
            usage.unmeasured_requests = 1  # no answer is free: servers that count nothing may also say 0
        if usage.cost is None:
            usage.cost = _cost(self._guard.meter.price, usage)
        return response

    def _is_full(self, asked: int, settings: ModelSettings) -> bool:
        """Whether what one more look gives might leave no room for the answer."""
        window = self._guard.window
        return window is not None and asked + (settings.get("max_tokens") or 0) > window * 3 // 4


def _asked(messages: list[ModelMessage], parameters: ModelRequestParameters) -> int:
    """Tokens of a whole conversation and the schemas that go with it, at most."""
    system = next((message.instructions for message in messages if isinstance(message, ModelRequest)), None)
    schemas = (parameters.function_tools, parameters.output_tools, parameters.output_object)
    pictures = 0
    parts: list[object] = []
    for message in messages:
        parts.append([_without_pictures(part) for part in message.parts])
        pictures += sum(len(_pictures(part)) for part in message.parts)
    return most_tokens(system or "", *parts, *schemas) + pictures * IMAGE_TOKENS


def _pictures(part: ModelRequestPart | ModelResponsePart) -> list[BinaryContent]:
    """The pictures of a message's part."""
    if not isinstance(part, UserPromptPart) or isinstance(part.content, str):
        return []
    return [item for item in part.content if isinstance(item, BinaryContent)]


def _without_pictures(part: ModelRequestPart | ModelResponsePart) -> object:
    """The part without the bytes of its pictures, which are no tokens."""
    if not isinstance(part, UserPromptPart) or isinstance(part.content, str):
        return part
    return [item for item in part.content if not isinstance(item, BinaryContent)]


def _cost(price: Price | None, usage: RequestUsage) -> Decimal | None:
    """None where the library may know better."""
    if price is None or not (usage.input_tokens or usage.output_tokens):
        return None
    tokens = Tokens(
        usage.input_tokens, usage.cache_read_tokens, usage.cache_write_tokens, usage.output_tokens
    )
    return Decimal(str(price.of(tokens)))


def readable(
    response: ModelResponse, parameters: ModelRequestParameters, keys: frozenset[str] = frozenset()
) -> ModelResponse:
    """The same answer with the JSON object alone, where text holds one that is meant as the answer.

    A tool call that was written out instead of made counts as made.

    Args:
        keys: that the answer has at its top.
    """
    response = replace(response, parts=[_sendable(part) for part in response.parts])
    if any(not isinstance(part, TextPart | ThinkingPart) for part in response.parts):
        return response
    found = json_in("".join(part.content for part in response.parts if isinstance(part, TextPart)), keys)
    if found is None:
        return response
    thoughts = [part for part in response.parts if isinstance(part, ThinkingPart)]
    answer: TextPart | ToolCallPart = TextPart(found)
    if parameters.output_tools:
        answer = ToolCallPart(parameters.output_tools[0].name, found)
    return replace(response, parts=[*thoughts, answer])


def _sendable(part: ModelResponsePart) -> ModelResponsePart:
    """The part without lone surrogates: it is checked as UTF-8, and goes back for a repair."""
    if isinstance(part, TextPart):
        return replace(part, content=without_surrogates(part.content))
    if isinstance(part, ThinkingPart):
        return replace(part, content=without_surrogates(part.content))
    if isinstance(part, ToolCallPart) and part.args:
        given = part.args if isinstance(part.args, str) else json.dumps(part.args)
        mended = well_formed(given)
        return part if mended == given else replace(part, args=mended)
    return part
