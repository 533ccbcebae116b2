"""Takes jobs off the queue as a worker would, without one."""

from __future__ import annotations

from typing import Any

from redis import Redis
from rq.job import Job

from bot.queue import Queue, QueueOptions, Run, open_rq_queue

AT_ONCE = QueueOptions(quiet=0.0, spacing=0.0, lease=30.0)


def waiting_jobs(redis: Redis) -> list[str]:
    return open_rq_queue(redis, AT_ONCE.name).get_job_ids()


def scheduled_jobs(redis: Redis) -> list[tuple[str, float]]:
    rows: Any = redis.zrange(f"rq:scheduled:{AT_ONCE.name}", 0, -1, withscores=True)
    return [(name.decode(), score) for name, score in rows]


def fetch(redis: Redis, job_id: str) -> Job:
    job = open_rq_queue(redis, AT_ONCE.name).fetch_job(job_id)
    assert job is not None
    return job


def take(redis: Redis) -> str:
    """The argument of the next job, marked as started."""
    name: Any = redis.lpop(open_rq_queue(redis, AT_ONCE.name).key)
    assert name is not None, "no job waits"
    job = fetch(redis, name.decode())
    redis.hset(job.key, "status", "started")
    return str(job.args[0])


def begun(queue: Queue, argument: str) -> Run:
    """A job's run, which nothing keeps from beginning."""
    run = queue.begin(argument)
    assert run is not None
    return run


def take_scheduled(redis: Redis) -> str:
    """The argument of the job that is scheduled first, as if its time had come."""
    job_id, _ = scheduled_jobs(redis)[0]
    redis.zrem(f"rq:scheduled:{AT_ONCE.name}", job_id)
    job = fetch(redis, job_id)
    redis.hset(job.key, "status", "started")
    return str(job.args[0])
