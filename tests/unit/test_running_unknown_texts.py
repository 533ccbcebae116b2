"""Texts that GitHub does not give for once: what was read stays read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from redis import Redis

from bot.domain.pull_request import Trigger
from bot.domain.request import Look
from tests.support.queueing import take
from tests.support.scripted import finds, found, votes
from tests.support.serving import Bot, serving

STEPS = "".join(f"    step_{number}(user)\n" for number in range(9))
BASE = {"users.py": f"def can(user):\n{STEPS}    return False\n"}
HEAD = {"users.py": f"def can(user):\n{STEPS}    return True\n"}


@pytest.fixture
def bot(tmp_path: Path, valkey_url: str, redis: Redis) -> Iterator[Bot]:
    with serving(tmp_path, valkey_url, redis, base=BASE) as one:
        one.scene.sandbox.commit(one.scene.repository, "change", HEAD)
        one.model(finds(found("users.py", "    return True", severity="high")), votes("confirmed"))
        yield one


@contextmanager
def no_texts(bot: Bot) -> Iterator[None]:
    """GitHub cuts the text of every file."""
    world = bot.scene.sandbox.world
    before, world.limits = world.limits, replace(world.limits, text_bytes=1)
    yield
    world.limits = before


def ended(bot: Bot) -> tuple[str, str | None]:
    run = bot.scene.repository.checks[-1]
    return run.head_sha, run.conclusion


async def test_a_thread_that_is_resolved_then_turns_the_check_green(bot: Bot) -> None:
    await bot.serve()
    [comment] = bot.scene.pull.review_comments
    asked = bot.asked
    bot.scene.sandbox.set_role(bot.scene.repository, "wanda", "write")
    bot.scene.sandbox.resolve(comment, by="wanda")
    with no_texts(bot):
        bot.queue.submit(replace(bot.scene.request(Trigger.SYNCHRONIZE, "d-2"), look=Look.STANDING))
        await bot.serve(take(bot.redis))
    assert ended(bot) == (bot.scene.pull.head_sha, "success")
    assert bot.asked == asked


async def push(bot: Bot, delivery: str) -> None:
    """A newer head with the same change, reviewed."""
    for text in (None, "# Shop\n"):
        bot.scene.sandbox.commit(bot.scene.repository, "change", {"README.md": text})
    bot.queue.submit(bot.scene.request(Trigger.SYNCHRONIZE, delivery))
    await bot.serve(take(bot.redis))


async def test_the_push_after_a_push_without_texts_has_nothing_read_again(bot: Bot) -> None:
    bot.model(finds(), votes("confirmed"))
    await bot.serve()
    asked = bot.asked
    with no_texts(bot):
        await push(bot, "d-2")
    assert ended(bot) == (bot.scene.pull.head_sha, "neutral")
    await push(bot, "d-3")
    assert ended(bot) == (bot.scene.pull.head_sha, "success")
    assert bot.asked == asked
