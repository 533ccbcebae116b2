"""One request to a provider, under our rules: looking at code has an end, and an answer is read generously.

What is *not* here: the conversation (the library leads it), and tries (workers.models.hosted).
"""

from __future__ import annotations

from dataclasses import replace

from pydantic_ai.messages import ModelMessage, ModelResponse, TextPart, ThinkingPart, ToolCallPart
from pydantic_ai.models import Model as LibraryModel
from pydantic_ai.models import ModelRequestParameters
from pydantic_ai.models.wrapper import WrapperModel
from pydantic_ai.settings import ModelSettings

from workers.models.json_text import json_in
from workers.models.looking import LOOKS


class GuardedModel(WrapperModel):
    """The library's model, with each request and each answer looked at.

    Args:
        wrapped: the library's model.
        window: tokens that question and answer share, or None where that is the server's business.
    """

    def __init__(self, wrapped: LibraryModel, window: int | None) -> None:
        super().__init__(wrapped)
        self._window = window

    async def request(
        self,
        messages: list[ModelMessage],
        model_settings: ModelSettings | None,
        model_request_parameters: ModelRequestParameters,
    ) -> ModelResponse:
        """Ask once. After the last round of looks the tools stay named, for caches, but may not be called."""
        settings = ModelSettings(**(model_settings or {}))
        if model_request_parameters.function_tools:
            rounds = sum(isinstance(message, ModelResponse) for message in messages)
            asked = most_tokens(messages, model_request_parameters)
            if rounds >= LOOKS or self._is_full(asked, settings):
                settings["tool_choice"] = "none"
        response = await super().request(messages, settings, model_request_parameters)
        return readable(response, model_request_parameters)

    def _is_full(self, asked: int, settings: ModelSettings) -> bool:
        """Whether what one more look gives might leave no room for the answer."""
        if self._window is None:
            return False
        return asked + (settings.get("max_tokens") or 0) > self._window * 3 // 4


def most_tokens(*parts: object) -> int:
    """An upper bound of the tokens in something that is sent, for all but contrived text.

    Two characters a token: code has three or more. What is no ASCII counts a token a byte.
    """
    text = "".join(map(repr, parts))
    size, plain = len(text.encode("utf-8", "surrogatepass")), len(text.encode("ascii", "ignore"))
    return plain // 2 + (size - plain) + 1


def readable(response: ModelResponse, parameters: ModelRequestParameters) -> ModelResponse:
    """The same answer with the JSON object alone, where text holds one that is meant as the answer.

    A tool call that was written out instead of made counts as made.
    """
    if any(not isinstance(part, TextPart | ThinkingPart) for part in response.parts):
        return response
    found = json_in("".join(part.content for part in response.parts if isinstance(part, TextPart)))
    if found is None:
        return response
    thoughts = [part for part in response.parts if isinstance(part, ThinkingPart)]
    answer: TextPart | ToolCallPart = TextPart(found)
    if parameters.output_tools:
        answer = ToolCallPart(parameters.output_tools[0].name, found)
    return replace(response, parts=[*thoughts, answer])
