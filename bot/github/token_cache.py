"""Where installation tokens are kept between calls: in Redis, shared by all workers, or in memory.

In Redis they are encrypted with a key that only holders of the App's private key can derive.
A Redis that does not answer makes a token be minted again; it never stops a job.

What is *not* here: when a token is minted or refused (tokens.py).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from typing import Final, Protocol

from cryptography.fernet import Fernet, InvalidToken
from redis.asyncio import Redis
from redis.exceptions import LockError, RedisError

_log = logging.getLogger(__name__)

_PREFIX: Final = "ai-review:token:"
_LOCK_LIFETIME: Final = 60.0
"""Seconds after which the lock of a dead worker opens by itself; a minting takes less."""


class TokenCache(Protocol):
    """Tokens by the name of their installation."""

    async def get(self, name: str) -> str | None:
        """The token, or None when there is none or it has ended."""

    async def put(self, name: str, token: str, lifetime: int) -> None:
        """Keep a token for `lifetime` seconds, at least 1."""

    def lock(self, name: str) -> AbstractAsyncContextManager[None]:
        """Held while a token is minted, so that the others wait for it."""


class MemoryTokenCache:
    """For one process and a short life: one-shot commands."""

    def __init__(self) -> None:
        self._tokens: dict[str, tuple[str, float]] = {}
        self._lock = asyncio.Lock()

    async def get(self, name: str) -> str | None:
        """The token, or None."""
        token, ends = self._tokens.get(name, (None, 0.0))
        return token if asyncio.get_running_loop().time() < ends else None

    async def put(self, name: str, token: str, lifetime: int) -> None:
        """Keep it."""
        self._tokens[name] = (token, asyncio.get_running_loop().time() + lifetime)

    @asynccontextmanager
    async def lock(self, name: str) -> AsyncIterator[None]:
        """One lock for everything."""
        async with self._lock:
            yield


class RedisTokenCache:
    """Shared by all workers."""

    def __init__(self, redis: Redis, secret: bytes) -> None:
        """`secret` is a Fernet key: `AppKey.secret('tokens')`. The connection stays the caller's to close."""
        self._redis = redis
        self._fernet = Fernet(secret)

    async def get(self, name: str) -> str | None:
        """The token, or None; None also when Redis does not answer or the entry is not ours."""
        try:
            sealed = await self._redis.get(_PREFIX + name)
        except RedisError as error:
            _log.warning("token cache cannot be read: %s", type(error).__name__)
            return None
        if sealed is None:
            return None
        try:
            return self._fernet.decrypt(sealed).decode()
        except InvalidToken:  # written with the key before the App's key was changed
            return None

    async def put(self, name: str, token: str, lifetime: int) -> None:
        """Keep it; where Redis does not answer, it is minted again next time."""
        try:
            await self._redis.set(_PREFIX + name, self._fernet.encrypt(token.encode()), ex=lifetime)
        except RedisError as error:
            _log.warning("token cache cannot be written: %s", type(error).__name__)

    @asynccontextmanager
    async def lock(self, name: str) -> AsyncIterator[None]:
        """Wait for the lock for up to its lifetime; without it, go on: two tokens are better than none."""
        lock = self._redis.lock(
            f"{_PREFIX}{name}:lock", timeout=_LOCK_LIFETIME, blocking_timeout=_LOCK_LIFETIME, sleep=0.05
        )
        try:
            await lock.acquire()
        except RedisError as error:
            _log.warning("token lock cannot be taken: %s", type(error).__name__)
        try:
            yield
        finally:
            with suppress(LockError, RedisError):  # it has run out, was never taken, or Redis is gone
                await lock.release()
