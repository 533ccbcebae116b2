"""Skips that the author of a pull request can bring about: a title, many pushes, a spent budget."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from redis import Redis

from bot.domain.pull_request import Trigger
from bot.settings import ModelPrice
from bot.store import Store
from tests.support.memory import memory_of
from tests.support.queueing import take, take_scheduled, waiting_jobs
from tests.support.serving import Bot, serving
from workers.running import ReviewRun

Under = Callable[[str], Bot]
INCOMPLETE = "fail_on: incomplete\n"


@pytest.fixture
def under(tmp_path: Path, valkey_url: str, redis: Redis) -> Iterator[Under]:
    """The bot on a pull request of a repository with this policy."""
    with ExitStack() as stack:
        yield lambda policy: stack.enter_context(serving(tmp_path, valkey_url, redis, policy))


async def event(bot: Bot, number: int, *, pushed: bool = False) -> None:
    """A push, or a new title, and what the bot makes of it."""
    if pushed:
        bot.scene.sandbox.commit(bot.scene.repository, "change", {f"more_{number}.py": f"x = {number}\n"})
    bot.queue.submit(bot.scene.request(Trigger.SYNCHRONIZE, f"event-{number}"))
    await bot.serve(take(bot.redis))


def end(bot: Bot) -> tuple[str | None, str]:
    run = bot.scene.repository.checks[-1]
    assert run.status == "completed"
    return run.conclusion, str(run.title)


async def test_a_title_that_keeps_the_review_away_is_red_where_all_has_to_be_read(under: Under) -> None:
    bot = under(f"{INCOMPLETE}ignore_titles: ['WIP*']\n")
    bot.scene.sandbox.edit(bot.scene.pull, title="WIP ratio")
    await bot.serve()
    conclusion, title = end(bot)
    assert (conclusion, bot.asked) == ("failure", 0)
    assert "such a title" in title
    assert "with `fail_on: incomplete`" in str(bot.scene.repository.checks[-1].summary)


async def test_a_title_that_no_longer_keeps_it_away_leads_to_the_review(under: Under) -> None:
    bot = under("ignore_titles: ['WIP*']\n")
    bot.scene.sandbox.edit(bot.scene.pull, title="WIP ratio")
    await bot.serve()
    assert end(bot)[0] == "neutral"
    bot.scene.sandbox.edit(bot.scene.pull, title="WIP: a ratio")
    await event(bot, 1)
    assert (end(bot)[0], bot.asked) == ("neutral", 0)
    bot.scene.sandbox.edit(bot.scene.pull, title="A ratio")
    await event(bot, 2)
    assert end(bot) == ("success", "1 finding: high severity")
    assert len(bot.scene.repository.checks) == 1


async def test_a_title_that_changes_while_the_old_one_is_looked_at_is_not_missed(under: Under) -> None:
    bot = under("ignore_titles: ['WIP*']\n")
    bot.scene.sandbox.edit(bot.scene.pull, title="WIP ratio")
    bot.queue.submit(bot.scene.request())
    run = bot.queue.begin(take(bot.redis))
    assert run is not None
    bot.queue.submit(bot.scene.request(Trigger.SYNCHRONIZE, "event-1"))
    with run:
        await ReviewRun(bot.settings, memory_of(bot.redis), bot.queue, run).serve()
    assert end(bot)[0] == "neutral"
    assert len(waiting_jobs(bot.redis)) == 1


async def test_a_new_title_of_a_reviewed_commit_costs_two_calls_and_no_question(under: Under) -> None:
    bot = under("")
    await bot.serve()
    asked, since = bot.asked, len(bot.scene.sandbox.calls)
    bot.scene.sandbox.edit(bot.scene.pull, title="Another")
    await event(bot, 1)
    calls = [call for call in bot.scene.sandbox.calls[since:] if "access_tokens" not in call.path]
    assert (bot.asked, [call.method for call in calls]) == (asked, ["GET", "GET"])


@pytest.mark.parametrize("triggers", ["{max_rounds: 1}", "{pause_after: {pushes: 2, minutes: 60}}"])
async def test_pushes_beyond_what_is_reviewed_are_red_where_all_has_to_be_read(
    under: Under, triggers: str
) -> None:
    bot = under(f"{INCOMPLETE}triggers: {triggers}\n")
    await bot.serve()
    for number in range(3):
        await event(bot, number, pushed=True)
    assert end(bot)[0] == "failure"
    assert "/ai-review" in end(bot)[1]
    bot.queue.submit(bot.scene.request(Trigger.COMMAND, "asked"))
    await bot.serve(take(bot.redis))
    assert end(bot)[0] == "success"


async def test_a_day_without_money_is_red_where_all_has_to_be_read(under: Under) -> None:
    bot = under(INCOMPLETE)
    prices = {str(bot.settings.model): ModelPrice(1, 1, 1)}
    changes = {"model_prices": prices, "budget_usd_per_repo_day": 0.5}
    bot.settings = bot.settings.model_copy(update=changes)
    Store(bot.redis).day_spending("acme/shop", 0.5).book("", 0.5)
    await bot.serve()
    assert end(bot)[0] == "failure"


async def test_what_people_want_no_review_of_stays_neutral(under: Under) -> None:
    bot = under(f"{INCOMPLETE}ignore_authors: ['dev']\n")
    await bot.serve()
    assert end(bot)[0] == "neutral"


@pytest.mark.parametrize(("status", "times"), [(401, 2), (404, 1)])  # after 401 a new token is tried
async def test_a_skip_that_a_passing_refusal_kept_from_the_check_run_is_said_by_a_later_try(
    under: Under, status: int, times: int
) -> None:
    bot = under("ignore_titles: ['WIP*']\n")
    bot.scene.sandbox.edit(bot.scene.pull, title="WIP ratio")
    bot.fail("GET", "/check-runs", status, times=times)
    await bot.serve()
    assert bot.scene.check()[0] == "in_progress"
    assert bot.next_try() is not None
    await bot.serve(take_scheduled(bot.redis))
    assert end(bot)[0] == "neutral"
    assert bot.next_try() is None
