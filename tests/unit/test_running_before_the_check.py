"""Failures before there is a check run: that there is none yet says nothing of what the App may write."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis

from bot.domain.pull_request import Trigger
from bot.github.sends import LANDING
from bot.queue.layout import slot_id, slot_key
from tests.support.ageing import let_pass
from tests.support.queueing import take, take_scheduled
from tests.support.serving import DELAYS, Bot, serving

TOLD = "may not write checks"


@pytest.fixture
def bot(tmp_path: Path, valkey_url: str, redis: Redis) -> Iterator[Bot]:
    with serving(tmp_path, valkey_url, redis, "summary: false\n") as one:
        yield one


async def later(bot: Bot) -> None:
    """The next try, once what was sent can no longer appear."""
    let_pass(bot.redis, LANDING, slot_key(slot_id("acme/shop", 1)))
    await bot.serve(take_scheduled(bot.redis))


async def test_a_check_run_that_github_fails_to_create_is_tried_again_without_a_comment(bot: Bot) -> None:
    lost = bot.fail("POST", "/check-runs$", 503, times=2)
    await bot.serve()
    await later(bot)
    assert lost.seen == 2
    assert bot.next_try() is not None
    await later(bot)
    assert bot.scene.check()[0] == "completed"
    assert (len(bot.scene.pull.reviews), bot.scene.pull.comments) == (1, [])


@pytest.mark.parametrize(("method", "path"), [("GET", "/check-runs"), ("PATCH", "/check-runs/")])
async def test_one_that_github_fails_to_find_or_to_open_again_is_too(
    bot: Bot, method: str, path: str
) -> None:
    if method == "PATCH":
        await bot.serve()
        bot.queue.submit(bot.scene.request(Trigger.COMMAND, "d-2"))
        argument = take(bot.redis)
    else:
        bot.fail("POST", "/check-runs$", 503)
        await bot.serve()
        let_pass(bot.redis, LANDING, slot_key(slot_id("acme/shop", 1)))
        argument = take_scheduled(bot.redis)
    lost = bot.fail(method, path, 502, times=3)
    await bot.serve(argument)
    assert lost.seen >= 3
    assert bot.next_try() is not None
    assert bot.scene.pull.comments == []


async def test_where_no_try_is_left_a_comment_says_that_it_failed_and_nothing_of_rights(bot: Bot) -> None:
    bot.fail("POST", "/check-runs$", 422, times=99)
    await bot.serve()
    for _ in DELAYS:
        assert bot.scene.pull.comments == []
        await later(bot)
    assert bot.next_try() is None
    [comment] = bot.scene.pull.comments
    assert "Could not review" in comment.body
    assert TOLD not in comment.body
