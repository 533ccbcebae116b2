"""From which runs the operator's bound on pushes counts: those that read the change, however they end."""

from __future__ import annotations

import asyncio
import dataclasses
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis

from bot.domain.pull_request import Trigger
from bot.domain.request import Look
from bot.queue import Queue
from bot.queue.layout import slot_id, slot_key
from tests.support.memory import memory_of
from tests.support.queueing import AT_ONCE, scheduled_jobs, take
from tests.support.serving import Bot, serving
from tests.support.waiting import wait_until
from workers.models.scripted import Rule
from workers.running import ReviewRun

BOUND = 1000.0


@pytest.fixture
def bot(tmp_path: Path, valkey_url: str, redis: Redis) -> Iterator[Bot]:
    with serving(tmp_path, valkey_url, redis) as one:
        yield one


async def serve(bot: Bot, look: Look = Look.NEW) -> None:
    queue = Queue(bot.redis, dataclasses.replace(AT_ONCE, push_spacing=BOUND))
    request = dataclasses.replace(bot.scene.request(Trigger.SYNCHRONIZE, f"d-{look}"), look=look)
    queue.submit(request)
    run = queue.begin(take(bot.redis))
    assert run is not None
    with run:
        await ReviewRun(bot.settings, memory_of(bot.redis), queue, run).serve()


def closed_until(bot: Bot) -> float:
    """POSIX time before which pushes start no review."""
    ref = bot.scene.ref
    return float(bot.redis.hget(slot_key(slot_id(ref.repo, ref.number)), "closed_until") or 0)


async def test_the_bound_counts_from_a_review(bot: Bot) -> None:
    await serve(bot)
    assert closed_until(bot) > time.time() + BOUND - 100


async def test_a_draft_that_was_skipped_keeps_no_push_waiting(bot: Bot) -> None:
    bot.scene.pull.draft = True
    await serve(bot)
    assert closed_until(bot) == 0


async def test_a_look_at_what_stands_does_not_move_the_bound(bot: Bot) -> None:
    await serve(bot)
    before = closed_until(bot)
    await serve(bot, Look.STANDING)
    assert closed_until(bot) == before


@pytest.mark.parametrize("look", [Look.NEW, Look.STANDING])
async def test_a_head_that_moved_while_it_was_read_leaves_the_bound_to_its_successor(
    bot: Bot, look: Look
) -> None:
    bot.model(Rule(name="find", delay=0.5, answer={"findings": []}))
    serving_old = asyncio.create_task(serve(bot, look))
    await asyncio.to_thread(wait_until, lambda: bot.asked, "the model to be asked")
    bot.scene.push()
    await serving_old
    [(_, at)] = scheduled_jobs(bot.redis)
    assert at > time.time() + BOUND - 100
