from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from redis import Redis
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import ResponseError

from bot.errors import QueueUnavailable
from bot.queue import QueueInbox, readiness
from bot.queue.readiness import Vitals, no_worker, problems, why_refused
from bot.redis_access import connect_once
from bot.valkey import EmbeddedValkey
from tests.support.full_disk import server_in
from tests.support.queueing import AT_ONCE

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
GOOD = {"maxmemory_policy": "noeviction", "aof_enabled": 1, "aof_last_write_status": "ok", "loading": 0}
CAUSE = "Redis cannot write its append-only file: look at its disk"
BEAT = b"2026-11-22T11:59:50.000000Z"


def test_a_sound_redis_with_a_worker_is_ready() -> None:
    assert problems(GOOD) == ()
    assert no_worker(Vitals(GOOD, (BEAT,)), NOW) is None


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
    (problem,) = problems({**GOOD, **change})
    assert word in problem


@pytest.mark.parametrize("beats", [(), (None,), (b"2026-11-22T11:58:00.000000Z",)])
def test_a_silent_worker_counts_as_none(beats: tuple[bytes | None, ...]) -> None:
    assert "ai-review work" in str(no_worker(Vitals(GOOD, beats), NOW))


def test_where_no_heartbeat_can_be_written_nobody_is_missed() -> None:
    assert no_worker(Vitals(GOOD | {"aof_last_write_status": "err"}, ()), NOW) is None


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[Redis]:
    with EmbeddedValkey(tmp_path) as server, Redis.from_url(server.url) as redis:
        yield redis


def test_a_real_server_is_read_as_it_is(own_server: Redis) -> None:
    assert readiness(own_server) == ()
    own_server.config_set("maxmemory-policy", "allkeys-lru")
    own_server.config_set("appendonly", "no")
    assert len(readiness(own_server)) == 2


def test_an_absent_server_is_a_problem_not_an_error(tmp_path: Path) -> None:
    with connect_once(f"unix://{tmp_path}/none") as redis:
        assert readiness(redis) == ("Redis does not answer (ConnectionError)",)
        assert why_refused(redis, RedisConnectionError("secret")) == readiness(redis)[0]


async def test_the_receiver_names_redis_and_workers_apart(valkey_url: str, redis: Redis) -> None:
    inbox = QueueInbox.connect(valkey_url, AT_ONCE)
    assert [check.name for check in (inbox, inbox.workers)] == ["redis", "workers"]
    assert (await inbox.problem(), readiness(redis)) == (None, ())
    assert "No worker" in str(await inbox.workers.problem())
    redis.sadd("rq:workers:ai-review", "rq:worker:w")
    redis.hset("rq:worker:w", "last_heartbeat", (datetime.now(UTC) - timedelta(seconds=5)).isoformat())
    assert await inbox.workers.problem() is None
    await inbox.close()


async def test_without_redis_it_alone_is_named(tmp_path: Path) -> None:
    inbox = QueueInbox.connect(f"unix://{tmp_path}/none", AT_ONCE)
    with pytest.raises(QueueUnavailable):
        await inbox.problem()
    assert await inbox.workers.problem() is None
    await inbox.close()


def test_a_refusal_has_the_cause_that_redis_itself_knows_or_else_its_kind(tmp_path: Path) -> None:
    with server_in(tmp_path) as server, Redis.from_url(server.url) as redis:
        assert why_refused(redis, ResponseError("secret")) == "Redis refuses (ResponseError)"
        server.fill_disk()
        with pytest.raises(ResponseError) as refused:
            redis.ping()
        assert why_refused(redis, refused.value) == CAUSE
        assert readiness(redis) == (CAUSE,)
