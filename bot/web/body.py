"""The body of a request, read within limits of size, time and memory.

What is *not* here: what the body means (bot.github.events).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import Request


@dataclass(frozen=True, slots=True)
class Limits:
    """What one process lets callers use up.

    Attributes:
        body_bytes: GitHub delivers nothing over 25 MB.
        held_bytes: bodies in memory at once, over all requests: callers are unknown until a body is complete.
        body_seconds: for the whole body; GitHub itself gives up after 10 s.
        inbox_seconds: for the queue to take everything that a delivery asks for.
    """

    body_bytes: int = 25 * 1024 * 1024
    held_bytes: int = 256 * 1024 * 1024
    body_seconds: float = 10.0
    inbox_seconds: float = 1.5


DEFAULT_LIMITS: Final = Limits()


class BodyReader:
    """Reads bodies of one process and knows how much of them is in memory."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._held = 0

    async def read(self, request: Request, see: Callable[[bytes], None]) -> bytearray:
        """The whole body; `see` gets each piece as it arrives.

        Raises:
            HTTPException: 408 too slow, 413 too large, 503 too much in memory already.
        """
        _refuse_announced_size(request, self._limits.body_bytes)
        body = bytearray()
        try:
            async with asyncio.timeout(self._limits.body_seconds):
                async for piece in request.stream():
                    self._take(body, piece)
                    see(piece)
        except TimeoutError:
            # Closed, because a slow sender would go on holding it. After the other refusals the connection
            # stays open: the server drops the rest of the body, and a sender that is still writing gets to
            # read the answer.
            close = {"Connection": "close"}
            raise HTTPException(HTTPStatus.REQUEST_TIMEOUT, "The body came too slowly.", close) from None
        finally:
            self._held -= len(body)
        return body

    def _take(self, body: bytearray, piece: bytes) -> None:
        if len(body) + len(piece) > self._limits.body_bytes:
            raise _too_large()
        if self._held + len(piece) > self._limits.held_bytes:
            raise HTTPException(HTTPStatus.SERVICE_UNAVAILABLE, "Too many large bodies at once: try again.")
        self._held += len(piece)
        body += piece


def _refuse_announced_size(request: Request, limit: int) -> None:
    """Spare both sides a body that says that it is too large; one that lies is caught while it is read."""
    announced = request.headers.get("content-length", "")
    if announced.isascii() and announced.isdigit() and (len(announced) > 12 or int(announced) > limit):
        raise _too_large()


def _too_large() -> HTTPException:
    return HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "The body is larger than 25 MB.")
