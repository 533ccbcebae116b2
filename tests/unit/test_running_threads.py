"""More threads to close than one review has room for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis

from bot.domain.pull_request import Trigger
from tests.support.queueing import scheduled_jobs, take, waiting_jobs
from tests.support.scripted import finds, found, votes
from tests.support.serving import Bot, serving
from workers.posting import MOST_CLOSED

FILES = ("first.py", "second.py")
EACH = MOST_CLOSED // 2 + 3
LINES = [f"    part_{number} = width / {number}" for number in range(EACH)]
CODE = "\n".join(["def parts(width):", *LINES, ""])


@pytest.fixture
def bot(tmp_path: Path, valkey_url: str, redis: Redis) -> Iterator[Bot]:
    with serving(tmp_path, valkey_url, redis) as one:
        yield one


async def push(bot: Bot, path: str | None = None) -> None:
    """A push, reviewed: with a finding on each line of a new file, or without all those files again."""
    files = {path: CODE} if path else dict.fromkeys(FILES)
    bot.scene.sandbox.commit(bot.scene.repository, "change", files)
    hits = [found(str(path), line, claim=f"Part {number} differs.") for number, line in enumerate(LINES)]
    bot.model(finds(*hits), votes("confirmed"))
    bot.queue.submit(bot.scene.request(Trigger.SYNCHRONIZE, f"push of {path}"))
    await bot.serve(take(bot.redis))


def closed(bot: Bot) -> int:
    return sum("**Fixed** in" in comment.body for comment in bot.scene.pull.review_comments)


async def test_what_one_review_has_no_room_to_close_a_look_at_what_stands_closes(bot: Bot) -> None:
    for path in FILES:
        await push(bot, path)
    assert len(bot.scene.pull.review_comments) == 2 * EACH
    assert waiting_jobs(bot.redis) == []
    await push(bot)
    assert closed(bot) == MOST_CLOSED
    asked = bot.asked
    await bot.serve(take(bot.redis))
    assert closed(bot) == 2 * EACH
    assert bot.asked == asked
    assert (waiting_jobs(bot.redis), scheduled_jobs(bot.redis)) == ([], [])
    assert len(bot.scene.pull.comments) == 1


async def test_where_a_look_leaves_as_many_as_it_found_none_follows_it(bot: Bot) -> None:
    for path in FILES:
        await push(bot, path)
    before = [comment.body for comment in bot.scene.pull.review_comments]
    await push(bot)
    for comment, body in zip(bot.scene.pull.review_comments, before, strict=True):
        comment.body = body  # somebody undoes it
    await bot.serve(take(bot.redis))
    assert closed(bot) == MOST_CLOSED
    assert (waiting_jobs(bot.redis), scheduled_jobs(bot.redis)) == ([], [])
