"""OpenAI's two APIs, and every server that is compatible with the second.

The key and the base URL come from the SDK's own variables.
What is *not* here: asking (workers.models.hosted).
"""

from __future__ import annotations

import httpx2
from openai import AsyncOpenAI
from pydantic_ai.models import Model as LibraryModel
from pydantic_ai.models.openai import OpenAIChatModel, OpenAIResponsesModel
from pydantic_ai.providers.openai import OpenAIProvider

from workers.models.hosted import HostedModel
from workers.models.limits import Limiter


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
