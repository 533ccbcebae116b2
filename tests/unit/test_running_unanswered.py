"""Creations without an answer: the job is put off until they cannot appear any more; nothing stands twice."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis

from bot.github.sends import LANDING
from bot.queue.layout import slot_id, slot_key
from bot.sandbox.journal import Fault, Gate
from tests.support.ageing import let_pass
from tests.support.queueing import take_scheduled
from tests.support.serving import DELAYS, Bot, serving

CREATED = ["/check-runs$", "/pulls/1/reviews$", "/issues/1/comments$"]


@pytest.fixture
def bot(tmp_path: Path, valkey_url: str, redis: Redis) -> Iterator[Bot]:
    with serving(tmp_path, valkey_url, redis) as one:
        yield one


async def later(bot: Bot) -> None:
    """The next try, once what was sent can no longer appear."""
    let_pass(bot.redis, LANDING, slot_key(slot_id("acme/shop", 1)))
    await bot.serve(take_scheduled(bot.redis))


def created(bot: Bot) -> int:
    """How much stands."""
    return len(bot.scene.pull.reviews) + len(bot.scene.pull.comments) + len(bot.scene.repository.checks)


def is_whole(bot: Bot) -> bool:
    """One of everything."""
    pull, runs = bot.scene.pull, bot.scene.repository.checks
    assert [(run.status, run.conclusion) for run in runs] == [("completed", "success")]
    return len(pull.reviews) == len(pull.review_comments) == len(pull.comments) == 1


def is_soon(seconds: float | None) -> bool:
    """Put off for the time that is left for it to appear, less what was spent on looking for it."""
    return seconds is not None and LANDING - 8 < seconds < LANDING


@pytest.mark.parametrize("path", CREATED)
async def test_what_appears_after_its_connection_broke_is_not_created_again(bot: Bot, path: str) -> None:
    gate = Gate()
    broken = bot.scene.sandbox.fail(Fault("POST", path, hang_up=True, gate=gate))
    await bot.serve()
    assert broken.seen == 1
    assert is_soon(bot.next_try())
    asked, before = bot.asked, created(bot)
    gate.open()
    assert await bot.scene.sandbox.until(lambda: created(bot) == before + 1)
    await later(bot)
    assert broken.seen == 1
    assert is_whole(bot)
    assert bot.asked == (asked or 3)
    assert bot.next_try() is None


@pytest.mark.parametrize("path", CREATED)
async def test_what_never_appears_is_created_by_the_next_try(bot: Bot, path: str) -> None:
    lost = bot.fail("POST", path, 503)
    await bot.serve()
    assert lost.seen == 1
    await later(bot)
    assert is_whole(bot)
    assert bot.asked == 3


async def test_while_it_may_still_appear_nobody_is_told_of_a_failure(bot: Bot) -> None:
    bot.fail("POST", "/pulls/1/reviews$", 503)
    await bot.serve()
    [run] = bot.scene.repository.checks
    assert run.status == "in_progress"
    assert bot.scene.pull.comments == []


async def test_after_failed_tries_too_the_first_lost_answer_is_waited_for_in_silence(bot: Bot) -> None:
    bot.fail("GET", "/pulls/1$", 502, times=3)
    await bot.serve()
    bot.fail("POST", "/pulls/1/reviews$", 503)
    await later(bot)
    [run] = bot.scene.repository.checks
    assert run.status == "in_progress"
    assert is_soon(bot.next_try())
    await later(bot)
    assert is_whole(bot)


async def test_a_github_that_never_answers_costs_all_tries_with_words_after_a_silent_one(bot: Bot) -> None:
    lost = bot.fail("POST", "/pulls/1/reviews$", 503, times=99)
    await bot.serve()
    for number, delay in enumerate((*DELAYS, DELAYS[-1])):
        await later(bot)
        assert lost.seen == number + 2
        assert bot.scene.check()[:2] == ("completed", "neutral")
        assert "next try" in str(bot.scene.check()[2])
        assert delay - 2 < (bot.next_try() or 0) <= delay + 1
    assert bot.asked == 3
