"""`/healthz` tells of the process, `/readyz` of what it needs."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import httpx
from fastapi import FastAPI

from bot.errors import QueueUnavailable
from bot.web.health import Health
from tests.support.inbox import MemoryInbox
from tests.support.webhooks import client_of


@dataclass
class Check:
    """A health check that says what it is told to say."""

    name: str
    answer: str | Exception | None = None
    stuck: bool = False

    async def problem(self) -> str | None:
        if self.stuck:
            await asyncio.Event().wait()
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


async def test_ready_when_every_check_is_content() -> None:
    client = client_of(MemoryInbox(), health=[Check("redis"), Check("workers")])
    answer = await client.get("/readyz")
    assert (answer.status_code, answer.json()) == (200, {"ready": True, "problems": {}})


async def test_not_ready_names_each_problem() -> None:
    checks = [
        Check("redis", "Redis evicts keys: set maxmemory-policy to noeviction"),
        Check("fine"),
        Check("queue", QueueUnavailable("Redis does not answer")),
    ]
    answer = await client_of(MemoryInbox(), health=checks).get("/readyz")
    assert answer.status_code == 503
    assert answer.json() == {
        "ready": False,
        "problems": {
            "redis": "Redis evicts keys: set maxmemory-policy to noeviction",
            "queue": "Redis does not answer",
        },
    }


async def test_a_check_that_fails_itself_is_a_problem_without_its_text() -> None:
    checks = [Check("redis", ValueError("redis://:a-password@host"))]
    answer = await client_of(MemoryInbox(), health=checks).get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["problems"] == {"redis": "the check itself failed: see the log"}


async def test_a_check_that_hangs_is_a_problem_soon() -> None:
    app = FastAPI()
    app.add_route("/readyz", Health([Check("redis", stuck=True)], check_seconds=0.05).ready)
    client = httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://receiver.test")
    async with asyncio.timeout(2):
        answer = await client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["problems"] == {"redis": "no answer within 0.05 s"}


async def test_the_process_is_alive_whatever_is_wrong_around_it() -> None:
    client = client_of(MemoryInbox(down=True), health=[Check("redis", "down")])
    assert (await client.get("/healthz")).status_code == 200
