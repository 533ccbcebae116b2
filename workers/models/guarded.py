"""One request to a provider, under our rules: looking at code has an end.

What is *not* here: the conversation (the library leads it), and tries (workers.models.hosted).
"""

from __future__ import annotations

from pydantic_ai.messages import ModelMessage, ModelResponse
from pydantic_ai.models import Model as LibraryModel
from pydantic_ai.models import ModelRequestParameters
from pydantic_ai.models.wrapper import WrapperModel
from pydantic_ai.settings import ModelSettings

from workers.models.looking import LOOKS


class GuardedModel(WrapperModel):
    """The library's model, with each request looked at before it goes out."""

    def __init__(self, wrapped: LibraryModel) -> None:
        super().__init__(wrapped)

    async def request(
        self,
        messages: list[ModelMessage],
        model_settings: ModelSettings | None,
        model_request_parameters: ModelRequestParameters,
    ) -> ModelResponse:
        """Ask once. After the last round of looks the tools stay named, for caches, but may not be called."""
        settings = ModelSettings(**(model_settings or {}))
        rounds = sum(isinstance(message, ModelResponse) for message in messages)
        if model_request_parameters.function_tools and rounds >= LOOKS:
            settings["tool_choice"] = "none"
        return await super().request(messages, settings, model_request_parameters)
