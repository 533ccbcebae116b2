"""Pushes whose events come in any order, and a rewritten branch: the newest head is reviewed, and once."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis

from bot.domain.request import ReviewRequest
from bot.github.events import ReviewWanted, parse_event
from tests.support.queueing import scheduled_jobs, take, take_scheduled, waiting_jobs
from tests.support.serving import HEAD, Bot, serving
from tests.support.waiting import wait_until
from workers.models.scripted import Rule

PUSHES = 5
MORE = HEAD["shapes.py"] + "\n\ndef half(width):\n    return width // 2\n"


@pytest.fixture
def bot(tmp_path: Path, valkey_url: str, redis: Redis) -> Iterator[Bot]:
    with serving(tmp_path, valkey_url, redis) as one:
        yield one


def pushed(bot: Bot, times: int) -> list[ReviewRequest]:
    """What the webhooks of so many pushes ask for, oldest first."""
    for number in range(times):
        bot.scene.sandbox.commit(bot.scene.repository, "change", {f"part_{number}.py": f"x = {number}\n"})
    sent = [one for one in bot.scene.sandbox.deliveries if one.action == "synchronize"]
    events = [parse_event(one.event, one.body, one.guid) for one in sent]
    return [request for event in events if isinstance(event, ReviewWanted) for request in event.requests]


async def serve_all(bot: Bot) -> int:
    """Run everything that waits; returns how many runs it took."""
    runs = 0
    while waiting_jobs(bot.redis):
        await bot.serve(take(bot.redis))
        runs += 1
    return runs


def assert_only_the_newest_is_reviewed(bot: Bot) -> None:
    pull = bot.scene.pull
    assert [review.commit_sha for review in pull.reviews] == [pull.head_sha]
    assert [(run.head_sha, run.conclusion) for run in bot.scene.repository.checks] == [
        (pull.head_sha, "success")
    ]
    assert scheduled_jobs(bot.redis) == []


@pytest.mark.parametrize("order", ["01234", "43210", "40123", "24013"])
async def test_in_whatever_order_events_come_only_the_newest_head_is_reviewed(bot: Bot, order: str) -> None:
    requests = pushed(bot, PUSHES)
    assert [one.ref.head_sha for one in requests][-1] == bot.scene.pull.head_sha
    for index in order:
        bot.queue.submit(requests[int(index)])
    assert await serve_all(bot) == 1
    assert_only_the_newest_is_reviewed(bot)


async def serve_later_ones(bot: Bot) -> None:
    """Run what was put off: an event of an older head could be of one that GitHub does not show yet."""
    while scheduled_jobs(bot.redis):
        await bot.serve(take_scheduled(bot.redis))


@pytest.mark.parametrize("order", ["01234", "43210", "24013"])
async def test_an_event_that_comes_after_the_review_of_its_successor_changes_nothing(
    bot: Bot, order: str
) -> None:
    requests = pushed(bot, PUSHES)
    asked: list[int] = []
    written: list[int] = []
    for index in order:
        bot.queue.submit(requests[int(index)])
        assert await serve_all(bot) == 1
        await serve_later_ones(bot)
        asked.append(bot.asked)
        written.append(len(bot.scene.written()))
    assert set(asked) == {asked[0]}, "each event had a run, and the first has asked for all"
    assert set(written) == {written[0]}
    assert_only_the_newest_is_reviewed(bot)


async def test_a_force_push_between_diff_and_review_ends_it_and_the_newest_head_is_reviewed(bot: Bot) -> None:
    bot.model(Rule(name="find", delay=0.5, answer={"findings": []}))
    serving_old = asyncio.create_task(bot.serve())
    await asyncio.to_thread(wait_until, lambda: bot.asked, "the model to be asked")
    old, box = bot.scene.pull.head_sha, bot.scene.sandbox
    box.commit(bot.scene.repository, "change", {"shapes.py": MORE}, start="main")
    await serving_old
    assert bot.scene.pull.reviews == []
    assert bot.scene.pull.comments == []
    assert await serve_all(bot) == 1
    runs = {run.head_sha: run for run in bot.scene.repository.checks}
    assert list(runs) == [old, bot.scene.pull.head_sha]
    assert str(runs[old].title).startswith("Superseded by")
    assert (runs[old].conclusion, runs[bot.scene.pull.head_sha].conclusion) == ("neutral", "success")
    assert len(bot.scene.pull.comments) == 1
