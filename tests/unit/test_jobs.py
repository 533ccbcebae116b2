"""What a job's process opens before it does anything, and how a command comes to its end."""

from __future__ import annotations

import contextvars
import time
from pathlib import Path

import pytest
from redis import Redis

from bot.github.events import CommandGiven, parse_event
from bot.queue.wire import CommandJob, encode
from bot.store import Store
from bot.store.breaker import MOST_A_MINUTE
from tests.support.desk import signs
from tests.support.logs import logged
from tests.support.queueing import take, take_scheduled
from tests.support.scripted import FIND
from tests.support.serving import DELAYS, Bot, serving
from workers.jobs import _open, _serve_command, run_command, run_review
from workers.models.scripted import Rule


def test_a_job_serves_the_queue_as_the_operator_wants_it(
    valkey_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AI_REVIEW_REDIS_URL", valkey_url)
    monkeypatch.setenv("AI_REVIEW_PUSH_SPACING", "60")
    monkeypatch.setenv("AI_REVIEW_REVIEW_DEADLINE", "77")
    _, redis, queue = _open()
    with redis:
        assert (queue.options.push_spacing, queue.options.review_deadline) == (60, 77)


async def put_off(bot: Bot, job: CommandJob) -> CommandJob:
    """Try a command once; returns the job that it becomes."""
    await _serve_command(bot.settings, bot.redis, bot.queue, job)
    return bot.queue.read_command(take_scheduled(bot.redis))


async def test_pauses_that_github_wants_do_not_use_up_the_tries_of_a_command(
    tmp_path: Path, valkey_url: str, redis: Redis
) -> None:
    with serving(tmp_path, valkey_url, redis) as bot:
        sandbox, pull = bot.scene.sandbox, bot.scene.pull
        sandbox.set_role(bot.scene.repository, "wanda", "write")
        comment = sandbox.comment(pull, "/ai-review", author="wanda")
        said = sandbox.deliveries[-1]
        event = parse_event(said.event, said.body, said.guid)
        assert isinstance(event, CommandGiven)
        job = CommandJob(event.request)
        for _ in range(len(DELAYS) + 1):
            bot.fail("GET", "/wanda/permission", 429, headers={"retry-after": "1"})
            job = await put_off(bot, job)
            Store(bot.redis).pause(bot.scene.installation.id, time.time())
        assert (job.retries, job.pauses) == (0, len(DELAYS) + 1)
        for number in range(len(DELAYS)):
            bot.fail("GET", "/pulls/1$", 404)
            job = await put_off(bot, job)
            assert job.retries == number + 1
        await _serve_command(bot.settings, bot.redis, bot.queue, job)
        assert signs(comment) == ["eyes", "+1"]
        assert take(bot.redis)


def test_every_line_of_a_job_names_its_pull_request(
    tmp_path: Path, valkey_url: str, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(tmp_path, valkey_url, redis) as bot, logged() as lines:
        for name, value in bot.environment.items():
            monkeypatch.setenv(name, value)
        bot.model(Rule(name=FIND, error="unavailable"))
        bot.queue.submit(bot.scene.request())
        contextvars.copy_context().run(run_review, take(bot.redis))
        bot.fail("GET", "/permission$", 404)
        bot.scene.sandbox.comment(bot.scene.pull, "/ai-review", author="wanda")
        said = bot.scene.sandbox.deliveries[-1]
        event = parse_event(said.event, said.body, said.guid)
        assert isinstance(event, CommandGiven)
        contextvars.copy_context().run(run_command, encode(CommandJob(event.request)))
    messages = {line["message"].partition(":")[0]: line.get("pull_request") for line in lines()}
    assert {"A part of a change could not be reviewed", "Reviewed"} <= messages.keys()
    assert any(message.startswith("A command") for message in messages)
    assert set(messages.values()) == {"acme/shop#1"}


async def test_what_a_maintainer_says_beyond_the_limit_is_done_when_the_window_is_over(
    tmp_path: Path, valkey_url: str, redis: Redis
) -> None:
    with serving(tmp_path, valkey_url, redis) as bot:
        sandbox, pull = bot.scene.sandbox, bot.scene.pull
        sandbox.set_role(bot.scene.repository, "wanda", "write")
        for _ in range(MOST_A_MINUTE + 1):
            comment = sandbox.comment(pull, "/ai-review help", author="wanda")
            said = sandbox.deliveries[-1]
            event = parse_event(said.event, said.body, said.guid)
            assert isinstance(event, CommandGiven)
            await _serve_command(bot.settings, bot.redis, bot.queue, CommandJob(event.request))
        assert signs(comment) == ["eyes"]
        job = bot.queue.read_command(take_scheduled(bot.redis))
        await _serve_command(bot.settings, bot.redis, bot.queue, job)
        assert signs(comment) == ["eyes", "+1"]
