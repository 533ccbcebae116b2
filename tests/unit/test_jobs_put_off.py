"""What keeps a command from being done now, and that it is done later: nobody says it twice."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from redis import Redis

from bot.github.events import CommandGiven, parse_event
from bot.github.sends import LANDING
from bot.queue.wire import CommandJob
from bot.sandbox.state import IssueComment
from bot.store import Store
from bot.store.breaker import MOST_A_MINUTE
from tests.support.desk import signs
from tests.support.queueing import scheduled_jobs, take_scheduled
from tests.support.serving import Bot, serving
from workers.jobs import _serve_command


@pytest.fixture
def bot(tmp_path: Path, valkey_url: str, redis: Redis) -> Iterator[Bot]:
    with serving(tmp_path, valkey_url, redis) as one:
        one.scene.sandbox.set_role(one.scene.repository, "wanda", "write")
        yield one


def said(bot: Bot, body: str, author: str = "wanda") -> tuple[IssueComment, CommandJob]:
    """A comment, and the job that it leads to; `wanda` may write."""
    comment = bot.scene.sandbox.comment(bot.scene.pull, body, author=author)
    delivery = bot.scene.sandbox.deliveries[-1]
    event = parse_event(delivery.event, delivery.body, delivery.guid)
    assert isinstance(event, CommandGiven)
    return comment, CommandJob(event.request)


async def serve(bot: Bot, job: CommandJob) -> None:
    await _serve_command(bot.settings, bot.redis, bot.queue, job)


def pause(bot: Bot, seconds: float) -> None:
    """GitHub wants one of the installation."""
    Store(bot.redis).pause(bot.scene.installation.id, time.time() + seconds)


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


async def test_a_command_that_often_waited_for_github_still_waits_for_what_it_sent(bot: Bot) -> None:
    comment, job = said(bot, "/ai-review help")
    job = replace(job, pauses=50)
    bot.queue.sends_of(job).sending(LANDING)
    await serve(bot, job)
    assert (calls(bot), signs(comment)) == (0, [])
    again = put_off(bot)
    assert (again.retries, again.pauses, again.waits) == (0, 50, 1)


async def test_one_that_dies_each_time_before_its_answer_does_not_wait_for_ever_and_answers_once(
    bot: Bot,
) -> None:
    comment, job = said(bot, "/ai-review help")
    for _ in range(10):
        bot.queue.sends_of(job).sending(LANDING)
        await serve(bot, job)
        job = put_off(bot)
    assert (calls(bot), job.waits) == (0, 10)
    await serve(bot, job)
    assert calls(bot) > 0
    assert len(bot.scene.pull.comments) == 1, "only the command: its answer may still appear"
    job = put_off(bot)
    assert job.retries == 1
    bot.queue.sends_of(job).answered()
    await serve(bot, job)
    assert len(bot.scene.pull.comments) == 2
    assert "+1" in signs(comment)


def calls(bot: Bot) -> int:
    return len(bot.scene.sandbox.calls)


async def test_commands_make_no_call_while_github_wants_a_pause(bot: Bot) -> None:
    pause(bot, 30)
    jobs = [said(bot, "/ai-review help") for _ in range(5)]
    for _, job in jobs:
        await serve(bot, job)
    assert calls(bot) == 0
    assert [25 < at - time.time() <= 30 for _, at in scheduled_jobs(bot.redis)] == [True] * 5
    await serve(bot, put_off(bot))
    assert (calls(bot), len(scheduled_jobs(bot.redis))) == (0, 5), "it is put off as long as there is a pause"
    pause(bot, -1)
    await serve(bot, put_off(bot))
    assert [signs(comment) for comment, _ in jobs].count(["eyes", "+1"]) == 1


async def test_a_limit_that_a_command_meets_holds_up_the_whole_installation(bot: Bot) -> None:
    bot.fail("GET", "/wanda/permission", 403, "You have exceeded a secondary rate limit.")
    _, job = said(bot, "/ai-review help")
    await serve(bot, job)
    since = calls(bot)
    _, other = said(bot, "/ai-review config")
    await serve(bot, other)
    await bot.serve()
    assert calls(bot) == since
    assert [50 < at - time.time() <= 60 for _, at in scheduled_jobs(bot.redis)] == [True] * 3


async def test_what_is_one_too_many_is_dropped_during_a_pause_too(bot: Bot) -> None:
    pause(bot, 30)
    for _ in range(MOST_A_MINUTE + 3):
        _, job = said(bot, "/ai-review help", author="eve")
        await serve(bot, job)
    assert (calls(bot), len(scheduled_jobs(bot.redis))) == (0, MOST_A_MINUTE)


async def test_a_maintainer_who_waits_for_a_turn_and_for_github_gets_no_sign_yet(bot: Bot) -> None:
    for _ in range(MOST_A_MINUTE):
        _, job = said(bot, "/ai-review help")
        await serve(bot, job)
    pause(bot, 5)
    since = calls(bot)
    _, job = said(bot, "/ai-review help")
    await serve(bot, job)
    assert calls(bot) == since
    [(_, at)] = scheduled_jobs(bot.redis)
    assert at - time.time() > 5, "its turn comes later than the end of the pause"
