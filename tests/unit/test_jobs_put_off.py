"""What keeps a command from being done now, and that it is done later: nobody says it twice."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis

from bot.github.events import CommandGiven, parse_event
from bot.queue.wire import CommandJob
from bot.sandbox.state import IssueComment
from tests.support.desk import signs
from tests.support.queueing import take_scheduled
from tests.support.serving import Bot, serving
from workers.jobs import _serve_command


@pytest.fixture
def bot(tmp_path: Path, valkey_url: str, redis: Redis) -> Iterator[Bot]:
    with serving(tmp_path, valkey_url, redis) as one:
        one.scene.sandbox.set_role(one.scene.repository, "wanda", "write")
        yield one


def said(bot: Bot, body: str) -> tuple[IssueComment, CommandJob]:
    """A comment of somebody who may write, and the job that it leads to."""
    comment = bot.scene.sandbox.comment(bot.scene.pull, body, author="wanda")
    delivery = bot.scene.sandbox.deliveries[-1]
    event = parse_event(delivery.event, delivery.body, delivery.guid)
    assert isinstance(event, CommandGiven)
    return comment, CommandJob(event.request)


async def serve(bot: Bot, job: CommandJob) -> None:
    await _serve_command(bot.settings, bot.redis, bot.queue, job)


def put_off(bot: Bot) -> CommandJob:
    """The job that waits for its time."""
    return bot.queue.read_command(take_scheduled(bot.redis))


async def test_one_refusal_of_the_apps_key_loses_no_command(bot: Bot) -> None:
    comment, job = said(bot, "/ai-review help")
    bot.fail("POST", "/access_tokens$", 401, "A JSON web token could not be decoded")
    await serve(bot, job)
    job = put_off(bot)
    assert (job.retries, signs(comment)) == (1, [])
    await serve(bot, job)
    assert signs(comment) == ["eyes", "+1"]
