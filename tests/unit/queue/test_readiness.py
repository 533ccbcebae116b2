from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from redis import Redis

from bot.queue import QueueInbox, readiness
from bot.queue.readiness import Vitals, problems
from bot.redis_access import connect_once
from bot.valkey import EmbeddedValkey

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
GOOD = {"maxmemory_policy": "noeviction", "aof_enabled": 1, "aof_last_write_status": "ok", "loading": 0}
BEAT = b"2026-11-22T11:59:50.000000Z"


def test_a_sound_redis_with_a_worker_is_ready() -> None:
    assert problems(Vitals(GOOD, (BEAT,)), NOW) == ()


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"maxmemory_policy": "allkeys-lru"}, "noeviction"),
        ({"aof_enabled": 0}, "appendonly"),
        ({"aof_last_write_status": "err"}, "disk"),
        ({"loading": 1}, "loading"),
        ({"maxmemory": 1000, "used_memory": 950}, "95% full"),
    ],
)
def test_what_could_lose_a_job_is_named(change: dict[str, object], word: str) -> None:
    (problem,) = problems(Vitals({**GOOD, **change}, (BEAT,)), NOW)
    assert word in problem


@pytest.mark.parametrize("beats", [(), (None,), (b"2026-11-22T11:58:00.000000Z",)])
def test_a_silent_worker_counts_as_none(beats: tuple[bytes | None, ...]) -> None:
    assert "ai-review work" in problems(Vitals(GOOD, beats), NOW)[0]


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[Redis]:
    with EmbeddedValkey(tmp_path) as server, Redis.from_url(server.url) as redis:
        yield redis


def test_a_real_server_is_read_as_it_is(own_server: Redis) -> None:
    beat = (datetime.now(UTC) - timedelta(seconds=5)).isoformat()
    own_server.sadd("rq:workers:ai-review", "rq:worker:w")
    own_server.hset("rq:worker:w", "last_heartbeat", beat)
    assert readiness(own_server) == ()
    own_server.config_set("maxmemory-policy", "allkeys-lru")
    own_server.config_set("appendonly", "no")
    assert len(readiness(own_server)) == 2


def test_an_absent_server_is_a_problem_not_an_error(tmp_path: Path) -> None:
    with connect_once(f"unix://{tmp_path}/none") as redis:
        assert readiness(redis) == ("Redis does not answer (ConnectionError)",)


async def test_the_receiver_sees_the_same(valkey_url: str, redis: Redis) -> None:
    inbox = QueueInbox.connect(valkey_url)
    assert await inbox.problem() == "; ".join(readiness(redis))
    await inbox.close()
