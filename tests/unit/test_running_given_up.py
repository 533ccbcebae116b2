"""Nobody could look, and no try is left: who reads only the conversation learns of it, too."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis

from bot.domain.pull_request import Trigger
from tests.support.queueing import take, take_scheduled
from tests.support.scripted import finds, found, votes
from tests.support.serving import DELAYS, Bot, serving
from workers.models.scripted import Rule

AWAY = Rule(name="find", error="unavailable")
REFUSED = Rule(name="find", error="refused")


@pytest.fixture
def bot(tmp_path: Path, valkey_url: str, redis: Redis) -> Iterator[Bot]:
    with serving(tmp_path, valkey_url, redis) as one:
        one.model(AWAY)
        yield one


def comments(bot: Bot) -> list[str]:
    return [comment.body for comment in bot.scene.pull.comments]


async def give_up(bot: Bot) -> None:
    """All tries of what waits."""
    await bot.serve()
    for _ in DELAYS:
        assert comments(bot) == [], "the next try may still look"
        await bot.serve(take_scheduled(bot.redis))
    assert bot.next_try() is None


async def test_after_the_last_try_a_summary_says_that_nobody_looked(bot: Bot) -> None:
    await give_up(bot)
    [said] = comments(bot)
    assert said.startswith("### Could not review: the model ")
    assert "next try" not in said
    assert bot.scene.check()[:2] == ("completed", "neutral")


async def test_what_no_later_try_mends_is_said_at_once(bot: Bot) -> None:
    bot.model(REFUSED)
    await bot.serve()
    [said] = comments(bot)
    assert "Could not review: the model's provider declined" in said


async def test_a_request_whose_runs_die_is_said_to_be_given_up(bot: Bot) -> None:
    await bot.serve(deaths=bot.queue.options.max_attempts)
    [said] = comments(bot)
    assert "died several times" in said


async def test_the_review_that_follows_takes_the_place_of_it(bot: Bot) -> None:
    await give_up(bot)
    bot.model(finds(found("shapes.py", "    return width / height")), votes("confirmed"))
    bot.queue.submit(bot.scene.request(Trigger.COMMAND, "d-2"))
    await bot.serve(take(bot.redis))
    [said] = comments(bot)
    assert "Could not review" not in said
    assert "1 finding" in said


async def test_a_summary_that_tells_of_a_review_stays(bot: Bot) -> None:
    bot.model(finds(found("shapes.py", "    return width / height")), votes("confirmed"))
    await bot.serve()
    before = comments(bot)
    bot.model(REFUSED)
    bot.scene.push()
    bot.queue.submit(bot.scene.request(Trigger.SYNCHRONIZE, "d-2"))
    await bot.serve(take(bot.redis))
    assert "Could not review" in str(bot.scene.repository.checks[-1].title)
    assert comments(bot) == before


@pytest.mark.parametrize("policy", ["summary: false\n", "enabled: false\n"])
@pytest.mark.parametrize("deaths", [0, 3])
async def test_a_policy_that_wants_no_summary_gets_none(
    tmp_path: Path, valkey_url: str, redis: Redis, policy: str, deaths: int
) -> None:
    with serving(tmp_path, valkey_url, redis, policy) as bot:
        bot.model(REFUSED)
        await bot.serve(deaths=deaths)
        assert bot.scene.check()[:2] == ("completed", "neutral")
        assert comments(bot) == []


async def test_where_it_cannot_be_said_the_check_says_it_and_the_request_ends(bot: Bot) -> None:
    bot.model(REFUSED)
    bot.fail("POST", "/issues/1/comments$", 403, "Resource not accessible by integration", times=99)
    await bot.serve()
    assert bot.scene.check()[:2] == ("completed", "neutral")
    assert "declined" in str(bot.scene.check()[2])
    assert bot.next_try() is None
