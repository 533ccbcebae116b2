"""What stood before still stands where nobody gets as far as looking: a red check does not turn grey."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from redis import Redis

from bot.domain.policy import POLICY_PATH
from bot.domain.pull_request import Trigger
from bot.domain.request import Look
from bot.sandbox.state import CheckRun
from tests.support.queueing import AT_ONCE, take, take_scheduled
from tests.support.scripted import finds, found, votes
from tests.support.serving import HEAD, Bot, serving
from tests.support.waiting import wait_until


@pytest.fixture
def bot(tmp_path: Path, valkey_url: str, redis: Redis) -> Iterator[Bot]:
    """A pull request with a red check, and a push behind it that nobody has seen yet."""
    with serving(tmp_path, valkey_url, redis) as one:
        one.scene.sandbox.commit(one.scene.repository, "main", {POLICY_PATH: "fail_on: high\n"})
        asyncio.run(one.serve())
        assert one.scene.check()[:2] == ("completed", "failure")
        one.scene.push()
        one.queue.submit(one.scene.request(Trigger.SYNCHRONIZE, "d-2"))
        yield one


def newest(bot: Bot) -> CheckRun:
    run = bot.scene.repository.checks[-1]
    assert run.head_sha == bot.scene.pull.head_sha
    return run


async def test_where_the_runs_of_a_push_die(bot: Bot) -> None:
    await bot.serve(take(bot.redis), deaths=AT_ONCE.max_attempts)
    run = newest(bot)
    assert (run.status, run.conclusion) == ("completed", "failure")
    assert "still open" in str(run.title)


async def test_where_the_push_cannot_be_read_and_the_policy_neither(bot: Bot) -> None:
    asked = bot.asked
    bot.fail("POST", "/graphql", 422, times=99)
    await bot.serve(take(bot.redis))
    run = newest(bot)
    assert (run.status, run.conclusion, bot.asked) == ("completed", "failure", asked)
    assert "still open" in str(run.title)


def forget_ledgers(bot: Bot) -> None:
    for key in bot.redis.scan_iter("ai-review:ledger:*"):
        bot.redis.delete(key)


@pytest.mark.parametrize("forgotten", [False, True], ids=["in-redis", "in-comments"])
async def test_where_a_review_that_is_kept_cannot_be_posted(bot: Bot, *, forgotten: bool) -> None:
    if forgotten:
        forget_ledgers(bot)
    bot.fail("PATCH", "/issues/comments", 429, headers={"retry-after": "1"})
    await bot.serve(take(bot.redis))
    asked, pause = bot.asked, time.time() + 1
    wait_until(lambda: time.time() > pause, "the end of the pause")
    bot.fail("PATCH", "/issues/comments", 403, times=99)
    await bot.serve(take_scheduled(bot.redis))
    assert (newest(bot).conclusion, bot.asked) == ("failure", asked)


async def test_without_redis_it_comes_from_our_comments(bot: Bot) -> None:
    forget_ledgers(bot)
    await bot.serve(take(bot.redis), deaths=AT_ONCE.max_attempts)
    assert newest(bot).conclusion == "failure"


async def test_an_opened_event_that_comes_again_after_the_loss_of_redis_forgets_nothing(bot: Bot) -> None:
    bot.redis.flushdb()
    bot.model(finds(), votes("confirmed"))
    bot.queue.submit(bot.scene.request(Trigger.OPENED, "d-1"))
    await bot.serve(take(bot.redis))
    assert newest(bot).conclusion == "failure"


@pytest.mark.parametrize("again", [True, False], ids=["reported-again", "not-reported-again"])
async def test_where_code_goes_and_comes_back_as_it_was(bot: Bot, *, again: bool) -> None:
    reported = [found("shapes.py", "    return width / height")] if again else []
    holds = votes("confirmed").model_copy(update={"name": "(cross|recheck)"})
    for number, (text, said) in enumerate(((None, []), (HEAD["shapes.py"], reported))):
        bot.model(finds(*said), holds)
        bot.scene.sandbox.commit(bot.scene.repository, "change", {"shapes.py": text})
        bot.queue.submit(bot.scene.request(Trigger.SYNCHRONIZE, f"p-{number}"))
        await bot.serve(take(bot.redis))
    assert newest(bot).conclusion == "failure"
    gone, back = bot.scene.pull.review_comments
    assert ("Fixed" in gone.body, "Fixed" in back.body) == (True, False)


async def test_where_a_thread_is_opened_again_while_a_review_that_is_kept_waits_to_be_posted(
    bot: Bot,
) -> None:
    sandbox, [comment] = bot.scene.sandbox, bot.scene.pull.review_comments

    def clicked(delivery: str) -> None:
        click = replace(bot.scene.request(Trigger.SYNCHRONIZE, delivery), look=Look.STANDING)
        bot.queue.submit(replace(click, ref=replace(click.ref, head_sha=None)))

    sandbox.resolve(comment, by="acme")
    bot.fail("PATCH", "/issues/comments", 502, times=5)
    await bot.serve(take(bot.redis))
    assert bot.next_try() is not None
    sandbox.unresolve(comment, by="acme")
    clicked("click")
    await bot.serve(take_scheduled(bot.redis))
    assert newest(bot).conclusion == "success", "what was read before the click"
    await bot.serve(take(bot.redis))
    run = newest(bot)
    assert (run.status, run.conclusion) == ("completed", "failure")
    assert "still open" in str(run.title)
