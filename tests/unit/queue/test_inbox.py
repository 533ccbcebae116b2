from __future__ import annotations

import asyncio
import dataclasses
import json
import socket
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from redis import Redis

from bot.domain.pull_request import Trigger
from bot.errors import QueueUnavailable
from bot.queue import Queue, QueueInbox, QueueOptions
from bot.queue.layout import delivery_key, slot_id, slot_key
from bot.valkey import EmbeddedValkey
from tests.support.queueing import AT_ONCE, fetch, scheduled_jobs, take, take_scheduled, waiting_jobs
from tests.support.requests import command_request, review_request

OLD, NEW = "a" * 40, "b" * 40
SLOT = slot_id("octo/shop", 7)


@pytest.fixture
async def inbox(valkey_url: str) -> AsyncIterator[QueueInbox]:
    inbox = QueueInbox.connect(valkey_url, AT_ONCE)
    yield inbox
    await inbox.close()


@pytest.fixture
def queue(redis: Redis) -> Queue:
    return Queue(redis, AT_ONCE)


async def test_a_request_becomes_a_job_that_a_worker_finds(inbox: QueueInbox, redis: Redis) -> None:
    assert await inbox.submit(review_request())
    job = fetch(redis, waiting_jobs(redis)[0])
    assert job.func_name == "workers.jobs.run_review"
    assert json.loads(job.args[0])["version"] == 1


async def test_a_job_ends_after_the_deadline_and_is_kept_for_days_at_most(
    inbox: QueueInbox, redis: Redis
) -> None:
    await inbox.submit(review_request())
    job = fetch(redis, waiting_jobs(redis)[0])
    assert (job.timeout, job.failure_ttl, job.result_ttl) == (960, 4 * 86_400, 30)


async def test_a_job_outlives_more_deaths_than_a_request_may_have_starts(
    inbox: QueueInbox, redis: Redis
) -> None:
    await inbox.submit(review_request())
    assert (fetch(redis, waiting_jobs(redis)[0]).retries_left or 0) > AT_ONCE.max_attempts + 1


async def test_a_repeated_delivery_makes_no_second_job(inbox: QueueInbox, redis: Redis) -> None:
    assert await inbox.submit(review_request("d-1"))
    assert not await inbox.submit(review_request("d-1"))
    assert len(waiting_jobs(redis)) == 1


async def test_a_repeated_delivery_is_recognised_after_its_review_is_done(
    inbox: QueueInbox, queue: Queue, redis: Redis
) -> None:
    await inbox.submit(review_request("d-1"))
    run = queue.begin(take(redis))
    assert run is not None
    run.finish()
    assert not await inbox.submit(review_request("d-1"))
    assert waiting_jobs(redis) == []


async def test_deliveries_are_remembered_for_longer_than_github_redelivers(
    inbox: QueueInbox, redis: Redis
) -> None:
    await inbox.submit(review_request("d-1"))
    assert redis.ttl(delivery_key("d-1", SLOT)) > 7 * 86_400


async def test_one_delivery_can_ask_for_two_pull_requests(inbox: QueueInbox, redis: Redis) -> None:
    assert await inbox.submit(review_request("d-1", number=7))
    assert await inbox.submit(review_request("d-1", number=8))
    assert len(waiting_jobs(redis)) == 2


async def test_of_several_waiting_requests_the_newest_is_run_once(
    inbox: QueueInbox, queue: Queue, redis: Redis
) -> None:
    for number, head in enumerate(("1" * 40, "2" * 40, NEW)):
        assert await inbox.submit(review_request(f"d-{number}", head=head))
    assert len(waiting_jobs(redis)) == 1
    run = queue.begin(take(redis))
    assert run is not None
    assert run.request.ref.head_sha == NEW


async def test_the_case_of_a_repository_name_makes_no_second_slot(inbox: QueueInbox, redis: Redis) -> None:
    await inbox.submit(review_request("d-1", repo="octo/shop"))
    await inbox.submit(review_request("d-2", repo="Octo/Shop"))
    assert len(waiting_jobs(redis)) == 1


async def test_a_repeat_brings_back_a_job_that_was_lost(
    inbox: QueueInbox, queue: Queue, redis: Redis
) -> None:
    await inbox.submit(review_request("d-1"))
    lost = waiting_jobs(redis)[0]
    redis.delete(f"rq:job:{lost}", f"rq:queue:{AT_ONCE.name}")
    assert await inbox.submit(review_request("d-1"))
    run = queue.begin(take(redis))
    assert run is not None
    assert run.request.delivery == "d-1"


async def test_a_new_request_is_run_although_the_job_before_it_failed_for_good(
    inbox: QueueInbox, queue: Queue, redis: Redis
) -> None:
    await inbox.submit(review_request("d-1", head=OLD))
    argument = take(redis)
    assert queue.begin(argument) is not None
    queue.bury(argument)
    redis.hset(f"rq:job:{_job_of_slot(redis)}", "status", "failed")
    await inbox.submit(review_request("d-2", head=NEW))
    run = queue.begin(take(redis))
    assert run is not None
    assert (run.request.ref.head_sha, run.attempts) == (NEW, 1)


async def test_a_push_soon_after_a_review_began_waits_for_a_pause_that_grows_with_the_burst(
    valkey_url: str, redis: Redis
) -> None:
    options = dataclasses.replace(AT_ONCE, quiet=10.0, spacing=60.0)
    queue = Queue(redis, options)
    queue.submit(review_request("d-1"))
    run = queue.begin(take(redis))
    assert run is not None
    run.finish()
    queue.submit(review_request("d-2"))
    ((_, first),) = scheduled_jobs(redis)
    queue.submit(review_request("d-3"))
    ((_, second),) = scheduled_jobs(redis)
    assert time.time() + 8 < first < time.time() + 11
    assert time.time() + 18 < second < time.time() + 21
    assert waiting_jobs(redis) == []


async def test_pushes_without_a_pause_are_reviewed_after_the_spacing(redis: Redis) -> None:
    queue = Queue(redis, dataclasses.replace(AT_ONCE, quiet=600.0, spacing=60.0))
    queue.submit(review_request("d-1"))
    run = queue.begin(take(redis))
    assert run is not None
    run.finish()
    queue.submit(review_request("d-2"))
    ((_, at),) = scheduled_jobs(redis)
    assert at < time.time() + 61


async def test_what_a_person_asks_for_does_not_wait(redis: Redis) -> None:
    queue = Queue(redis, dataclasses.replace(AT_ONCE, quiet=10.0, spacing=60.0))
    queue.submit(review_request("d-1"))
    run = queue.begin(take(redis))
    assert run is not None
    run.finish()
    queue.submit(review_request("d-2"))
    queue.submit(review_request("d-3", trigger=Trigger.COMMAND))
    ((_, at),) = scheduled_jobs(redis)
    assert at <= time.time() + 0.1


async def test_a_push_does_not_displace_what_a_person_asked_for(
    inbox: QueueInbox, queue: Queue, redis: Redis
) -> None:
    await inbox.submit(review_request("d-1", trigger=Trigger.COMMAND))
    await inbox.submit(review_request("d-2", head=NEW))
    run = queue.begin(take(redis))
    assert run is not None
    assert run.request.trigger is Trigger.COMMAND
    assert waiting_jobs(redis) == []


async def test_commands_are_never_merged_and_go_before_reviews(
    inbox: QueueInbox, queue: Queue, redis: Redis
) -> None:
    await inbox.submit(review_request("d-1"))
    assert await inbox.submit(command_request("c-1"))
    assert await inbox.submit(command_request("c-2"))
    assert not await inbox.submit(command_request("c-2"))
    jobs = [queue.read_command(take(redis)) for _ in range(2)]
    assert {job.request.delivery for job in jobs} == {"c-1", "c-2"}
    assert len(waiting_jobs(redis)) == 1


async def test_a_command_that_is_put_off_comes_again_with_its_count(queue: Queue, redis: Redis) -> None:
    queue.submit(command_request("c-1"))
    queue.retry_command(queue.read_command(take(redis)), delay=60)
    ((job_id, at),) = scheduled_jobs(redis)
    assert at > time.time() + 58
    assert queue.read_command(str(fetch(redis, job_id).args[0])).retries == 1


async def test_a_command_that_waits_for_github_keeps_its_count(queue: Queue, redis: Redis) -> None:
    queue.submit(command_request("c-1"))
    job = queue.read_command(take(redis))
    for pauses in (1, 2):
        queue.retry_command(job, delay=60, paused=True)
        job = queue.read_command(take_scheduled(redis))
        assert (job.retries, job.pauses) == (0, pauses)
    queue.retry_command(job, delay=60)
    job = queue.read_command(take_scheduled(redis))
    assert (job.retries, job.pauses) == (1, 2)


async def test_a_command_that_waits_for_what_it_sent_is_counted_apart_and_never_taken_for_a_repeat(
    queue: Queue, redis: Redis
) -> None:
    queue.submit(command_request("c-1"))
    job = queue.read_command(take(redis))
    for paused, unanswered in ((False, True), (True, False), (False, True), (False, False)):
        queue.retry_command(job, delay=60, paused=paused, unanswered=unanswered)
        job = queue.read_command(take_scheduled(redis))
        assert not job.is_first
    assert (job.retries, job.pauses, job.waits) == (1, 1, 2)


async def test_a_head_leads_to_its_pull_requests(inbox: QueueInbox) -> None:
    await inbox.submit(review_request("d-1", number=9, head=NEW))
    await inbox.submit(review_request("d-2", number=8, head=NEW))
    await inbox.submit(review_request("d-3", number=7, head=None))
    assert await inbox.pull_requests_of("Octo/shop", NEW) == (8, 9)
    assert await inbox.pull_requests_of("octo/shop", NEW) == (8, 9)
    assert await inbox.pull_requests_of("octo/shop", OLD) == ()


async def test_nothing_of_a_request_stands_in_a_key_as_it_came(inbox: QueueInbox, redis: Redis) -> None:
    await inbox.submit(review_request("x\ny*[", repo="o/%s"))
    assert not [key for key in redis.keys("*") if b"\n" in key or b"*" in key or b"%" in key]
    assert redis.exists(slot_key(slot_id("o/%s", 7)))


@pytest.fixture
def silent_url() -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"redis://:hunter2@127.0.0.1:{server.getsockname()[1]}/0"


async def test_a_silent_redis_is_reported_in_under_two_seconds_without_its_password(silent_url: str) -> None:
    inbox = QueueInbox.connect(silent_url, AT_ONCE)
    began = time.monotonic()
    with pytest.raises(QueueUnavailable) as caught:
        await inbox.submit(review_request())
    await inbox.close()
    assert time.monotonic() - began < 2
    assert "hunter2" not in str(caught.value)


async def test_an_absent_redis_is_reported_at_once(tmp_path: Path) -> None:
    inbox = QueueInbox.connect(f"unix://{tmp_path}/none.sock", AT_ONCE)
    began = time.monotonic()
    with pytest.raises(QueueUnavailable):
        await inbox.submit(review_request())
    with pytest.raises(QueueUnavailable):
        await inbox.problem()
    assert time.monotonic() - began < 0.5
    await inbox.close()


async def test_a_full_redis_takes_neither_request_nor_mark(tmp_path: Path) -> None:
    with EmbeddedValkey(tmp_path) as server, Redis.from_url(server.url) as redis:
        inbox = QueueInbox.connect(server.url, QueueOptions())
        redis.config_set("maxmemory", "1")
        with pytest.raises(QueueUnavailable, match="OutOfMemory"):
            await inbox.submit(review_request("d-1"))
        redis.config_set("maxmemory", "0")
        assert redis.keys("*") == []
        assert await inbox.submit(review_request("d-1"))
        await inbox.close()


async def test_a_hundred_copies_at_once_make_one_job(inbox: QueueInbox, redis: Redis) -> None:
    answers = await asyncio.gather(*(inbox.submit(review_request("d-1")) for _ in range(100)))
    assert answers.count(True) == 1
    assert len(waiting_jobs(redis)) == 1


def _job_of_slot(redis: Redis) -> str:
    name = redis.hget(slot_key(SLOT), "job")
    assert isinstance(name, bytes)
    return name.decode()
