"""An App that may not write check runs: people and operator are told, for the outcome is easily missed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis

from bot.domain.pull_request import Trigger
from bot.github.sends import LANDING
from bot.queue.layout import slot_id, slot_key
from bot.sandbox.journal import Fault, Gate
from tests.support.ageing import let_pass
from tests.support.queueing import take, take_scheduled
from tests.support.scripted import finds, found, votes
from tests.support.serving import Bot, serving
from workers.models.scripted import Rule

TOLD = "This App may not write checks"


@pytest.fixture
def bot(tmp_path: Path, valkey_url: str, redis: Redis) -> Iterator[Bot]:
    with serving(tmp_path, valkey_url, redis) as one:
        one.scene.installation.permissions.pop("checks")
        yield one


def summary(bot: Bot) -> str:
    """The only comment in the conversation."""
    [comment] = bot.scene.pull.comments
    return comment.body


async def test_a_review_without_a_check_run_says_why_there_is_none(
    bot: Bot, caplog: pytest.LogCaptureFixture
) -> None:
    await bot.serve()
    assert len(bot.scene.pull.reviews) == 1
    assert summary(bot).count(TOLD) == 1
    [warning] = [one.getMessage() for one in caplog.records if "check run" in one.getMessage()]
    assert warning.startswith("acme/shop#1 ")
    assert TOLD in warning


async def test_it_is_said_of_each_head_once(bot: Bot) -> None:
    await bot.serve()
    bot.scene.push()
    bot.queue.submit(bot.scene.request(Trigger.SYNCHRONIZE, "d-2"))
    await bot.serve(take(bot.redis))
    assert summary(bot).count(TOLD) == 1


async def test_a_failure_and_the_review_that_follows_say_it_once(bot: Bot) -> None:
    bot.model(Rule(name="find", error="unavailable"))
    await bot.serve()
    assert "Could not review" in summary(bot)
    assert summary(bot).count(TOLD) == 1
    bot.model(finds(found("shapes.py", "    return width / height")), votes("confirmed"))
    await bot.serve(take_scheduled(bot.redis))
    assert summary(bot).count(TOLD) == 1


async def later(bot: Bot) -> None:
    """The next try, once what was sent can no longer appear."""
    let_pass(bot.redis, LANDING, slot_key(slot_id("acme/shop", 1)))
    await bot.serve(take_scheduled(bot.redis))


async def test_a_summary_without_an_answer_is_not_sent_again_to_say_that_it_failed(bot: Bot) -> None:
    bot.fail("POST", "/issues/1/comments$", 503)
    await bot.serve()
    gate = Gate()
    broken = bot.scene.sandbox.fail(Fault("POST", "/issues/1/comments$", hang_up=True, gate=gate))
    await later(bot)
    assert broken.seen == 1
    assert bot.scene.pull.comments == []
    gate.open()
    assert await bot.scene.sandbox.until(lambda: len(bot.scene.pull.comments) == 1)
    await later(bot)
    assert summary(bot).count(TOLD) == 1
    assert bot.next_try() is None


async def test_an_app_that_may_write_checks_says_nothing_of_it(bot: Bot) -> None:
    bot.scene.installation.permissions["checks"] = "write"
    await bot.serve()
    assert TOLD not in summary(bot)
