from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path

from redis import Redis

from bot.errors import QueueUnavailable
from bot.queue import QueueInbox
from bot.queue.layout import head_key
from bot.valkey import EmbeddedValkey
from tests.support.queueing import AT_ONCE, waiting_jobs
from tests.support.requests import review_request
from tests.support.waiting import wait_until

ROUNDS, CLIENTS = 3, 8


async def test_no_accepted_request_is_lost_when_redis_is_killed_under_load(tmp_path: Path) -> None:
    with EmbeddedValkey(tmp_path) as server:
        inbox = QueueInbox.connect(server.url, AT_ONCE)
        accepted: set[int] = set()
        refused = 0
        stop = asyncio.Event()

        async def submit_all(client: int) -> None:
            nonlocal refused
            number = client
            while not stop.is_set():
                number += CLIENTS
                try:
                    assert await inbox.submit(review_request(f"d-{number}", number=number))
                    accepted.add(number)
                except QueueUnavailable:
                    refused += 1
                    await asyncio.sleep(0.01)

        clients = [asyncio.create_task(submit_all(client)) for client in range(CLIENTS)]
        for _ in range(ROUNDS):
            await _until_grown(accepted, 100)
            os.kill(server.pid, signal.SIGKILL)
            await _until_grown(accepted, 50)
        stop.set()
        await asyncio.gather(*clients)
        await inbox.close()
        with Redis.from_url(server.url) as redis:
            assert len(waiting_jobs(redis)) >= len(accepted)
            missing = [n for n in accepted if not redis.sismember(head_key("octo/shop", "a" * 40), str(n))]
    assert missing == []
    assert refused


async def _until_grown(accepted: set[int], by: int) -> None:
    goal = len(accepted) + by
    await asyncio.to_thread(wait_until, lambda: len(accepted) >= goal, "accepted requests")
