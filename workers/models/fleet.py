"""A limit on model calls under way at once, shared by every worker process through Redis.

What is *not* here: retries and timeouts of a call (the model adapters have those).
"""

from __future__ import annotations

import asyncio
import random
import secrets
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from redis.asyncio import Redis
from redis.exceptions import RedisError

KEY = "ai-review:model-calls"

# A sorted set of leases by expiry. The caller's clock counts: leases are long compared with clock skew.
_ACQUIRE = """
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', ARGV[1])
if redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[2]) then return 0 end
redis.call('ZADD', KEYS[1], ARGV[3], ARGV[4])
return 1
"""


@dataclass(frozen=True, slots=True)
class FleetLimiter:
    """At most `limit` calls at once over all workers.

    Attributes:
        lease: seconds after which a call of a worker that died no longer counts; longer than any call takes.
        poll: seconds between two looks for a free place; a model call takes many times that.
    """

    redis: Redis
    limit: int
    lease: float
    poll: float = 0.1

    @asynccontextmanager
    async def slot(self) -> AsyncIterator[None]:
        """Hold one place; wait for it where all are taken.

        A Redis that does not answer lets the call through: the limit protects a bill, and a review that never
        ends protects nobody.
        """
        token = secrets.token_hex(8)
        while not await self._acquire(token):  # noqa: ASYNC110  other processes give places back, no event tells
            await asyncio.sleep(self.poll * random.uniform(0.5, 1.5))  # noqa: S311  spreads the polls, no secret
        try:
            yield
        finally:
            await self._release(token)

    async def _acquire(self, token: str) -> bool:
        now = time.time()
        try:
            got = await self.redis.eval(_ACQUIRE, 1, KEY, now, self.limit, now + self.lease, token)
        except RedisError:
            return True
        return bool(got)

    async def _release(self, token: str) -> None:
        try:
            await self.redis.zrem(KEY, token)
        except RedisError:
            return  # the lease runs out by itself
