"""Where a provider is asked, and with what: the variables that its own SDK reads.

What is *not* here: asking (workers.models.hosted), and which providers there are (workers.models.registry).
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from bot.errors import SettingsError
from bot.unreachable import is_web_address

KEYS: Mapping[str, str] = MappingProxyType(
    {"openai": "OPENAI_API_KEY", "openai-chat": "OPENAI_API_KEY", "anthropic": "ANTHROPIC_API_KEY"}
)
BASE_URLS: Mapping[str, str] = MappingProxyType(
    {"openai": "OPENAI_BASE_URL", "openai-chat": "OPENAI_BASE_URL", "anthropic": "ANTHROPIC_BASE_URL"}
)

APIS: Mapping[str, str] = MappingProxyType(
    {
        "openai": "OpenAI's Responses API",
        "openai-chat": "OpenAI's Chat Completions API",
        "anthropic": "Anthropic's Messages API",
    }
)
"""What has to be spoken at that address."""


def check_address(provider: str, environment: Mapping[str, str]) -> None:
    """Whether the address of a provider, where one is set, can be asked at all.

    Raises:
        SettingsError: it is none. It is not repeated: it may hold a password.
    """
    variable = BASE_URLS.get(provider, "")
    address = environment.get(variable, "").strip()
    if address and not is_web_address(address):
        raise SettingsError(
            f"{variable} is wrong: write an address with http:// or https://, as in https://HOST/v1."
        )
