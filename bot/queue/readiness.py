"""Whether Redis is set up such that nothing gets lost, and whether anybody works.

Read from INFO alone, since hosted services forbid CONFIG.
What is *not* here: mending it; the operations guide says how.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from redis import Redis
from redis.asyncio import Redis as AsyncRedis
from redis.exceptions import RedisError, ResponseError
from rq.worker_registration import WORKERS_BY_QUEUE_KEY

from bot.errors import QueueUnavailable
from bot.redis_access import translated

_ALIVE_SECONDS: Final = 60.0  # four times the time between two heartbeats of a worker
_NEARLY_FULL: Final = 0.9
_NOT_WATCHED: Final = 0  # INFO's value for 'no limit'


@dataclass(frozen=True, slots=True)
class Vitals:
    """What `no_worker` judges.

    Attributes:
        info: Redis' INFO as redis-py parses it.
        heartbeats: last heartbeat of each registered worker as rq writes it; None where it has none.
    """

    info: Mapping[str, object]
    heartbeats: tuple[bytes | str | None, ...]


async def read_vitals(redis: AsyncRedis, queue: str) -> Vitals:
    """Ask Redis. Raises redis-py's errors."""
    info = await redis.info()
    workers = await redis.smembers(WORKERS_BY_QUEUE_KEY % queue)
    beats = [await redis.hget(worker, "last_heartbeat") for worker in workers]
    return Vitals(info, tuple(beats))


def readiness(redis: Redis) -> tuple[str, ...]:
    """Everything that is wrong with Redis, each in one sentence; empty when all is well."""
    try:
        with translated():
            info = redis.info()
    except QueueUnavailable as error:
        return (str(error),)
    return problems(info)


def why_refused(redis: Redis, error: RedisError) -> str:
    """Why Redis did not do what it was asked: where it answers, in the words of `readiness`."""
    try:
        with translated():
            raise error
    except QueueUnavailable as unavailable:
        words = str(unavailable)
    found = readiness(redis) if isinstance(error, ResponseError) else ()
    return "; ".join(found) or words


def problems(info: Mapping[str, object]) -> tuple[str, ...]:
    """Judge Redis by its INFO, without I/O."""
    found: list[str] = []
    if info.get("maxmemory_policy") != "noeviction":
        found.append(
            "Redis may throw jobs away when its memory is full "
            f"(maxmemory-policy is {info.get('maxmemory_policy')}): set maxmemory-policy to noeviction"
        )
    if info.get("aof_enabled") != 1:
        found.append("Redis forgets accepted jobs when it is killed: set appendonly to yes")
    if not _can_write(info):
        found.append("Redis cannot write its append-only file: look at its disk")
    if info.get("loading", 0) != 0:
        found.append("Redis is still loading its data")
    if _fullness(info) >= _NEARLY_FULL:
        found.append(f"Redis' memory is {_fullness(info):.0%} full: raise maxmemory")
    return tuple(found)


def no_worker(vitals: Vitals, now: datetime | None = None) -> str | None:
    """One sentence where nobody works; None also where Redis takes no heartbeat, so that nobody can tell."""
    if not _can_write(vitals.info) or any(
        _alive(beat, now or datetime.now(UTC)) for beat in vitals.heartbeats
    ):
        return None
    return "No worker is running: start one with 'ai-review work'"


def _can_write(info: Mapping[str, object]) -> bool:
    return info.get("aof_last_write_status", "ok") == "ok"


def _fullness(info: Mapping[str, object]) -> float:
    limit, used = info.get("maxmemory"), info.get("used_memory")
    if not isinstance(limit, int) or not isinstance(used, int) or limit == _NOT_WATCHED:
        return 0.0
    return used / limit


def _alive(heartbeat: bytes | str | None, now: datetime) -> bool:
    if heartbeat is None:
        return False
    then = datetime.fromisoformat(heartbeat.decode() if isinstance(heartbeat, bytes) else heartbeat)
    return (now - then).total_seconds() < _ALIVE_SECONDS
