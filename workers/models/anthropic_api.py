"""Anthropic's Messages API.

The key and the base URL come from the SDK's own variables.
What is *not* here: asking (workers.models.hosted).
"""

from __future__ import annotations

import httpx2
from anthropic import AsyncAnthropic
from pydantic_ai.models import Model as LibraryModel
from pydantic_ai.models.anthropic import AnthropicModel
from pydantic_ai.providers.anthropic import AnthropicProvider

from workers.models.hosted import HostedModel
from workers.models.limits import Limiter


def anthropic(name: str, timeout: float, limiter: Limiter) -> HostedModel:
    """Anthropic's Messages API: `anthropic:NAME`."""

    def connect(http: httpx2.AsyncClient) -> LibraryModel:
        client = AsyncAnthropic(max_retries=0, timeout=timeout, http_client=http)
        return AnthropicModel(name, provider=AnthropicProvider(anthropic_client=client))

    return HostedModel(f"anthropic:{name}", connect, timeout, limiter, marks_cache=True)
