"""The way to a model's provider: through the operator's proxy where one is set, as to GitHub.

What is *not* here: how much of an answer is read (workers.models.capped).
"""

from __future__ import annotations

import ssl
from collections.abc import Callable

import httpx
import httpx2

from bot.github.transport import proxy_for


class Network(httpx2.AsyncBaseTransport):
    """Connections to one provider; `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` are read when it is known."""

    def __init__(self, tls: ssl.SSLContext) -> None:
        self._tls = tls
        self._inner: httpx2.AsyncHTTPTransport | None = None

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """One exchange."""
        if self._inner is None:
            proxy = proxy_for(httpx.URL(str(request.url)))
            self._inner = httpx2.AsyncHTTPTransport(verify=self._tls, proxy=proxy)
        return await self._inner.handle_async_request(request)

    async def aclose(self) -> None:
        """Close the connections."""
        if self._inner is not None:
            await self._inner.aclose()


def open_network() -> Callable[[], httpx2.AsyncBaseTransport]:
    """Makes connections of their own for each question, with the trust store read once."""
    tls = ssl.create_default_context()
    return lambda: Network(tls)
