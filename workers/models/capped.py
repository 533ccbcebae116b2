"""An HTTP transport that stops reading an answer that grows too large.

What is *not* here: retries and timeouts.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx2


class AnswerTooLarge(Exception):
    """A response went over the cap. Seen only inside workers.models, often as the cause of an SDK's error."""


class CappedTransport(httpx2.AsyncBaseTransport):
    """Passes everything on; a response body of more than `limit` bytes, as sent, raises `AnswerTooLarge`.

    Compressed answers are refused up front (`accept-encoding: identity`), so that bytes are characters.
    """

    def __init__(self, inner: httpx2.AsyncBaseTransport, limit: int) -> None:
        self._inner = inner
        self._limit = limit

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """One exchange."""
        request.headers["accept-encoding"] = "identity"
        response = await self._inner.handle_async_request(request)
        if not isinstance(response.stream, httpx2.AsyncByteStream):
            return response
        stream = _CappedStream(response.stream, self._limit)
        return httpx2.Response(
            response.status_code, headers=response.headers, stream=stream, extensions=response.extensions
        )

    async def aclose(self) -> None:
        """Close the connection underneath."""
        await self._inner.aclose()


class _CappedStream(httpx2.AsyncByteStream):
    def __init__(self, inner: httpx2.AsyncByteStream, limit: int) -> None:
        self._inner = inner
        self._limit = limit

    async def __aiter__(self) -> AsyncIterator[bytes]:
        seen = 0
        async for chunk in self._inner:
            seen += len(chunk)
            if seen > self._limit:
                raise AnswerTooLarge(f"more than {self._limit} bytes")
            yield chunk

    async def aclose(self) -> None:
        await self._inner.aclose()
