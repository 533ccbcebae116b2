"""What a review learns from clicks in the threads of findings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from redis import Redis

from bot.domain.ledger import Lesson
from bot.domain.pull_request import Trigger
from bot.domain.request import Look
from tests.support.memory import memory_of
from tests.support.queueing import take
from tests.support.serving import Bot, serving


@pytest.fixture
def bot(tmp_path: Path, valkey_url: str, redis: Redis) -> Iterator[Bot]:
    with serving(tmp_path, valkey_url, redis) as one:
        yield one


async def look(bot: Bot, delivery: str) -> tuple[Lesson, ...]:
    """A review of what stands; returns what is known from dismissals after it."""
    request = replace(bot.scene.request(Trigger.SYNCHRONIZE, delivery), look=Look.STANDING)
    bot.queue.submit(request)
    await bot.serve(take(bot.redis))
    return memory_of(bot.redis).ledgers.lessons("acme/shop", 0.0)


async def test_a_click_that_was_taken_back_teaches_nothing(bot: Bot) -> None:
    await bot.serve()
    sandbox, [comment] = bot.scene.sandbox, bot.scene.pull.review_comments
    sandbox.set_role(bot.scene.repository, "wanda", "write")
    sandbox.react(comment, "-1", author="wanda")
    assert [lesson.by for lesson in await look(bot, "d-2")] == ["wanda"]
    sandbox.unreact(comment, "-1", author="wanda")
    assert await look(bot, "d-3") == ()


async def test_a_resolved_thread_settles_its_finding_and_teaches_nothing_about_others(bot: Bot) -> None:
    await bot.serve()
    sandbox, [comment] = bot.scene.sandbox, bot.scene.pull.review_comments
    sandbox.set_role(bot.scene.repository, "wanda", "write")
    sandbox.resolve(comment, by="wanda")
    assert await look(bot, "d-2") == ()
    assert "1 dismissed" in str(bot.scene.repository.checks[-1].title)
