"""Check runs whose creation had no answer: none stays in progress, at whichever head, however late."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from bot.domain.pull_request import Trigger
from bot.github.sends import LANDING
from bot.queue.layout import slot_id, slot_key
from bot.rendering.carried import carried_ledger
from bot.sandbox.journal import Fault, Gate
from bot.sandbox.state import CheckRun
from tests.support.ageing import let_pass
from tests.support.queueing import take, take_scheduled
from tests.support.scripted import finds, found, votes
from tests.support.serving import Bot, serving
from tests.support.waiting import wait_until
from workers.models.scripted import Rule

QUOTE = "    return width / height"


@pytest.fixture
def bot(tmp_path: Path, valkey_url: str, redis: Redis) -> Iterator[Bot]:
    with serving(tmp_path, valkey_url, redis, "fail_on: high\n") as one:
        yield one


async def broken(bot: Bot) -> Gate:
    """A run whose check run is made when the gate opens, which it does not learn."""
    gate = Gate()
    bot.scene.sandbox.fail(Fault("POST", "/check-runs$", hang_up=True, gate=gate))
    await bot.serve()
    assert bot.scene.repository.checks == []
    return gate


async def appears(bot: Bot, gate: Gate) -> CheckRun:
    number = len(bot.scene.repository.checks)
    gate.open()
    assert await bot.scene.sandbox.until(lambda: len(bot.scene.repository.checks) == number + 1)
    return bot.scene.repository.checks[-1]


async def later(bot: Bot) -> None:
    """The next try, once what was sent can no longer appear."""
    let_pass(bot.redis, LANDING, slot_key(slot_id("acme/shop", 1)))
    await bot.serve(take_scheduled(bot.redis))


def listings(bot: Bot) -> int:
    """How often our check runs of a commit were listed; those of other pull requests are, page by page."""
    paths = [call.path for call in bot.scene.sandbox.calls if call.method == "GET"]
    return sum("/check-runs?" in path and "&page=" not in path for path in paths)


async def test_one_of_an_older_head_is_completed_by_the_run_of_the_newer(bot: Bot) -> None:
    gate = await broken(bot)
    bot.scene.push()
    bot.queue.submit(bot.scene.request(Trigger.SYNCHRONIZE, "d-2"))
    old = await appears(bot, gate)
    await later(bot)
    assert (old.status, old.conclusion) == ("completed", "neutral")
    assert str(old.title).startswith("Superseded")
    assert [run.status for run in bot.scene.repository.checks] == ["completed"] * 2


async def test_one_of_an_older_head_that_never_came_to_be_holds_nothing_up(bot: Bot) -> None:
    await broken(bot)
    bot.scene.push()
    bot.queue.submit(bot.scene.request(Trigger.SYNCHRONIZE, "d-2"))
    await later(bot)
    [run] = bot.scene.repository.checks
    assert (run.status, run.conclusion) == ("completed", "failure")


async def test_one_of_a_pull_request_that_was_closed_is_completed(bot: Bot) -> None:
    gate = await broken(bot)
    bot.scene.sandbox.close(bot.scene.pull)
    late = await appears(bot, gate)
    await later(bot)
    assert (late.status, late.conclusion) == ("completed", "neutral")


@pytest.mark.parametrize("answer", [{"answer": {"findings": []}}, {"error": "unavailable"}], ids=str)
async def test_one_that_appears_later_than_any_should_ends_as_the_one_that_was_made_instead(
    bot: Bot, answer: dict[str, Any]
) -> None:
    gate = await broken(bot)
    bot.model(Rule(name="find", delay=0.5, **answer))
    reviewing = asyncio.create_task(later(bot))
    await asyncio.to_thread(wait_until, lambda: bot.asked, "the model to be asked")
    late = await appears(bot, gate)
    await reviewing
    [ours] = [run for run in bot.scene.repository.checks if run is not late]
    assert late.status == ours.status == "completed"
    assert (late.conclusion, late.title) == (ours.conclusion, ours.title)
    before = listings(bot)
    bot.queue.submit(bot.scene.request(Trigger.COMMAND, "d-2"))
    await bot.serve(take_scheduled(bot.redis) if bot.next_try() else take(bot.redis))
    assert listings(bot) == before


async def test_it_says_word_by_word_what_the_other_one_says_the_hidden_line_included(
    tmp_path: Path, valkey_url: str, redis: Redis
) -> None:
    with serving(tmp_path, valkey_url, redis, "summary: false\n") as bot:
        gate = await broken(bot)
        bot.model(finds(found("shapes.py", QUOTE), delay=0.5), votes("confirmed"))
        reviewing = asyncio.create_task(later(bot))
        await asyncio.to_thread(wait_until, lambda: bot.asked, "the model to be asked")
        late = await appears(bot, gate)
        await reviewing
        [ours] = [run for run in bot.scene.repository.checks if run is not late]
        assert carried_ledger(str(ours.text)) is not None
        assert (late.title, late.summary, late.text) == (ours.title, ours.summary, ours.text)


async def test_where_every_creation_was_answered_no_check_runs_are_listed(bot: Bot) -> None:
    await bot.serve()
    assert listings(bot) == 0
