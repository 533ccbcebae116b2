"""An HTTP transport that stops reading an answer that grows too large, and takes none that is compressed.

What is *not* here: retries and timeouts.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx2


class AnswerTooLarge(Exception):
    """A response went over the cap. Seen only inside workers.models, often as the cause of an SDK's error."""


class AnswerCompressed(Exception):
    """A response is compressed, though it was asked not to be: a small one could unfold into a huge one."""


class CappedTransport(httpx2.AsyncBaseTransport):
    """Passes everything on; a response body of more than `limit` bytes raises `AnswerTooLarge`.

    Compressed answers are neither asked for nor taken, so that bytes as sent are bytes as read.
    """

    def __init__(self, inner: httpx2.AsyncBaseTransport, limit: int) -> None:
        self._inner = inner
        self._limit = limit

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """One exchange.

        Raises:
            AnswerCompressed: nothing of the body was read.
        """
        request.headers["accept-encoding"] = "identity"
        response = await self._inner.handle_async_request(request)
        if response.headers.get("content-encoding", "identity").strip().lower() not in ("", "identity"):
            await response.aclose()
            raise AnswerCompressed("a compressed answer that was not asked for")
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
