"""The sandbox as an httpx transport, for injection instead of a network."""

from __future__ import annotations

import httpx
from starlette.types import ASGIApp

from bot.sandbox.errors import ConnectionDropped


class SandboxTransport(httpx.AsyncBaseTransport):
    """Answers every request, whatever host it names, from the application in this process."""

    def __init__(self, app: ASGIApp) -> None:
        self._inner = httpx.ASGITransport(app=app)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer, or fail as httpx does when a server hangs up."""
        try:
            return await self._inner.handle_async_request(request)
        except ConnectionDropped:
            raise httpx.RemoteProtocolError(
                "Server disconnected without sending a response.", request=request
            ) from None
