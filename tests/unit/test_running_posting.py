"""A review that was made and could not be posted is posted later, and not made again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis

from tests.support.queueing import take_scheduled
from tests.support.scripted import finds, found, votes
from tests.support.serving import DELAYS, Bot, serving
from workers.models.scripted import Rule

BIG = "".join(f"value_{number} = {number}\n" for number in range(6_000))
"""Text that no question has room for beside another file."""
WHOLE = 3
"""Questions of the usual review: find, cross-check, fix."""


@pytest.fixture
def bot(tmp_path: Path, valkey_url: str, redis: Redis) -> Iterator[Bot]:
    with serving(tmp_path, valkey_url, redis) as one:
        yield one


async def further(bot: Bot) -> None:
    """The next try."""
    await bot.serve(take_scheduled(bot.redis))


async def test_a_review_is_bought_once_however_often_it_cannot_be_posted(bot: Bot) -> None:
    bot.fail("POST", "/issues/1/comments$", 422, "Something odd", times=len(DELAYS))
    await bot.serve()
    for _ in DELAYS:
        assert bot.scene.check()[1] == "neutral"
        await further(bot)
    assert bot.scene.check() == ("completed", "success", "1 finding: high severity")
    assert (len(bot.scene.pull.reviews), len(bot.scene.pull.comments)) == (1, 1)
    assert bot.asked == WHOLE
    assert bot.next_try() is None


async def test_a_partial_review_is_posted_before_it_is_bettered_and_bettered_once(bot: Bot) -> None:
    bot.scene.sandbox.commit(bot.scene.repository, "change", {"big.py": BIG})
    only = finds(found("shapes.py", "    return width / height"), match="shapes.py")
    bot.model(only, Rule(name="find", error="unavailable"), votes("confirmed"))
    bot.fail("POST", "/issues/1/comments$", 422, "Something odd")
    await bot.serve()
    asked = bot.asked
    await further(bot)
    assert (bot.asked, bot.scene.check()[1]) == (asked, "neutral")
    assert "incomplete" in str(bot.scene.check()[2])
    assert "incomplete" in bot.scene.pull.comments[0].body
    assert bot.next_try() is not None
    await further(bot)
    assert bot.asked > asked
    assert "checked by" in bot.scene.pull.comments[0].body
    assert bot.next_try() is None


async def test_what_makes_a_review_better_is_bought_once_too(bot: Bot) -> None:
    bot.scene.sandbox.commit(bot.scene.repository, "change", {"big.py": BIG})
    only = finds(found("shapes.py", "    return width / height"), match="shapes.py")
    bot.model(only, Rule(name="find", error="unavailable", match="value_1"), votes("confirmed"))
    await bot.serve()
    bot.model(finds(), votes("confirmed"))
    bot.fail("PATCH", "/issues/comments/", 422, "Something odd")
    await further(bot)
    asked = bot.asked
    await further(bot)
    assert bot.asked == asked
    assert bot.scene.check()[:2] == ("completed", "success")
    assert bot.next_try() is None
