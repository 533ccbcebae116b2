"""What counts as a review of a pull request: each request once, however many runs and tries it took."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis

from bot.domain.ledger import Ledger
from bot.domain.pull_request import Trigger
from bot.store import Store
from tests.support.memory import memory_of
from tests.support.queueing import take, take_scheduled
from tests.support.scripted import finds
from tests.support.serving import Bot, serving
from tests.support.waiting import wait_until
from workers.models.scripted import Rule

TWO = {f"part_{name}.py": "".join(f"{name}_{n} = {n}\n" for n in range(170)) for name in "ab"}
"""Two files, of which a question with a small window holds one."""


class Killed(BaseException):
    """The process of a worker ends."""


class DyingStore(Store):
    """The process ends between the writes of a run and its end."""

    def close_check(self, *_: object) -> None:
        raise Killed


@pytest.fixture
def bot(tmp_path: Path, valkey_url: str, redis: Redis) -> Iterator[Bot]:
    with serving(tmp_path, valkey_url, redis, "triggers: {max_rounds: 1}\n") as one:
        yield one


def ledger(bot: Bot) -> Ledger:
    found = memory_of(bot.redis).ledgers.find(bot.scene.ref)
    assert found is not None
    return found


async def test_a_run_that_dies_once_all_is_written_counts_once(bot: Bot) -> None:
    bot.queue.submit(bot.scene.request())
    argument = take(bot.redis)
    with pytest.raises(Killed):
        await bot.serve(argument, store=DyingStore(bot.redis))
    first = ledger(bot)
    assert (first.round, first.usage.calls) == (1, 2)
    bot.queue.bury(argument)
    await bot.serve(argument)
    assert bot.scene.check()[:2] == ("completed", "success")
    assert ledger(bot) == first
    assert "2 reviews so far" not in bot.scene.pull.comments[0].body


async def test_a_review_that_is_kept_counts_behind_those_that_only_comments_remember(bot: Bot) -> None:
    await bot.serve()
    first = ledger(bot)
    bot.redis.delete(*bot.redis.keys("ai-review:ledger:*"))
    bot.fail("PATCH", "/issues/comments", 429, headers={"retry-after": "1"})
    bot.queue.submit(bot.scene.request(Trigger.COMMAND, "d-2"))
    await bot.serve(take(bot.redis))
    pause = time.time() + 1
    wait_until(lambda: time.time() > pause, "the end of the pause")
    await bot.serve(take_scheduled(bot.redis))
    second = ledger(bot)
    assert (first.round, second.round) == (1, 2)
    assert second.usage.calls > first.usage.calls


async def test_a_further_try_of_a_push_is_the_same_round_and_allowed_with_it(bot: Bot) -> None:
    bot.scene.sandbox.commit(bot.scene.repository, "change", TWO | {"shapes.py": None})  # type: ignore[dict-item]
    bot.settings = bot.settings.model_copy(update={"model_window": 8192})
    bot.model(Rule(name="^find", match="b_1 = 1", error="unavailable", times=1), finds())
    bot.queue.submit(bot.scene.request(Trigger.SYNCHRONIZE))
    await bot.serve(take(bot.redis))
    assert "1 file was not read" in str(bot.scene.check()[2])
    assert (ledger(bot).round, len(ledger(bot).hunks)) == (1, 1)
    bot.model(finds())
    await bot.serve(take_scheduled(bot.redis))
    assert bot.scene.check()[:2] == ("completed", "success")
    assert (ledger(bot).round, len(ledger(bot).hunks)) == (1, 2)
    assert ledger(bot).usage.calls == bot.asked
