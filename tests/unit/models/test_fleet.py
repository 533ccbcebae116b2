from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from redis import Redis
from redis.asyncio import Redis as AsyncRedis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from workers.models.fleet import KEY, FleetLimiter

LIMIT = 2


@pytest.fixture
async def client(valkey_url: str) -> AsyncIterator[AsyncRedis]:
    async with AsyncRedis.from_url(valkey_url) as one:
        yield one


class Gauge:
    """How many are inside at once; each stays until as many as may have been inside together."""

    def __init__(self) -> None:
        self.most = self.inside = self.done = 0
        self._lock = threading.Lock()

    async def visit(self, limiter: FleetLimiter) -> None:
        async with limiter.slot():
            with self._lock:
                self.inside += 1
                self.most = max(self.most, self.inside)
            await asyncio.sleep(0.02)
            with self._lock:
                self.inside -= 1
                self.done += 1


def test_the_limit_holds_over_two_event_loops_with_clients_of_their_own(
    valkey_url: str, redis: Redis
) -> None:
    gauge = Gauge()

    async def work() -> None:
        async with AsyncRedis.from_url(valkey_url) as client:
            limiter = FleetLimiter(client, LIMIT, lease=30, poll=0.01)
            await asyncio.gather(*(gauge.visit(limiter) for _ in range(6)))

    threads = [threading.Thread(target=lambda: asyncio.run(work())) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert (gauge.most, gauge.done) == (LIMIT, 12)
    assert redis.zcard(KEY) == 0


async def test_a_place_is_given_back_when_the_call_fails_or_is_cancelled(client: AsyncRedis) -> None:
    limiter = FleetLimiter(client, 1, lease=30, poll=0.01)
    with pytest.raises(ValueError, match="no answer"):
        async with limiter.slot():
            raise ValueError("no answer")
    entered = asyncio.Event()

    async def hold() -> None:
        async with limiter.slot():
            entered.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(hold())
    await entered.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await client.zcard(KEY) == 0


async def test_the_place_of_a_dead_holder_is_free_after_its_lease(client: AsyncRedis) -> None:
    dead = FleetLimiter(client, 1, lease=0.3)
    assert await dead._acquire("dead")
    alive = FleetLimiter(client, 1, lease=30, poll=0.02)
    assert not await alive._acquire("alive")
    async with asyncio.timeout(5), alive.slot():
        [(token, _)] = await client.zrange(KEY, 0, -1, withscores=True)
    assert token != b"dead"


async def test_without_redis_calls_go_through(tmp_path: Path) -> None:
    gone = AsyncRedis.from_url(f"unix://{tmp_path}/gone.sock", retry=Retry(NoBackoff(), 0))
    limiter = FleetLimiter(gone, 1, lease=30)
    async with asyncio.timeout(5), limiter.slot(), limiter.slot():
        pass
    await gone.aclose()


async def test_what_another_program_put_in_the_place_of_the_key_stops_no_call(client: AsyncRedis) -> None:
    await client.set(KEY, "not a set")
    async with asyncio.timeout(5), FleetLimiter(client, 1, lease=30).slot():
        pass
