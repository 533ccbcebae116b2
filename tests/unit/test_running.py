"""Every way in which a run of a review request ends: real queue, sandbox over HTTP, scripted model."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis

from bot.domain.pull_request import Trigger
from bot.errors import (
    AccessLost,
    GitHubUnavailable,
    ModelUnavailable,
    QueueUnavailable,
    Rejected,
    SettingsError,
    TooLarge,
)
from bot.settings import ModelPrice, Settings
from bot.store import Store
from tests.support.memory import memory_of
from tests.support.queueing import AT_ONCE, scheduled_jobs, take, take_scheduled, waiting_jobs
from tests.support.scripted import finds
from tests.support.serving import DELAYS, Bot, serving
from tests.support.spending import ForgetfulStore
from tests.support.waiting import wait_until
from workers.models.scripted import Rule
from workers.running import ReviewRun, later

LONG = {f"part_{name}.py": "".join(f"{name}_{n} = {n}\n" for n in range(170)) for name in "ab"}
"""Two files, of which a question with a small window holds one."""
CANARY = "ghs_canary-in-an-exception"


class BrokenStore(Store):
    """Fails in a way that nobody thought of."""

    def keep_result(self, *_: object) -> None:
        raise RuntimeError(CANARY)


@pytest.fixture
def bot(tmp_path: Path, valkey_url: str, redis: Redis) -> Iterator[Bot]:
    with serving(tmp_path, valkey_url, redis) as one:
        yield one


@pytest.mark.parametrize(
    "error", [ModelUnavailable("x"), QueueUnavailable("x"), Rejected("x"), TooLarge("x"), RuntimeError("x")]
)
def test_what_may_pass_is_tried_again_as_often_as_there_are_delays(error: Exception) -> None:
    settings = Settings(retry_delays=DELAYS)
    assert [later(settings, retries, error) for retries in range(4)] == [60.0, 300.0, None, None]


def test_a_github_that_is_away_is_tried_for_long_and_not_for_ever() -> None:
    settings = Settings(retry_delays=DELAYS)
    delays = [later(settings, retries, GitHubUnavailable("x")) for retries in range(100)]
    assert delays[:6] == [60.0, 300.0, 300.0, 300.0, 300.0, 300.0]
    assert delays[-1] is None
    assert later(Settings(retry_delays=()), 0, GitHubUnavailable("x")) is None


@pytest.mark.parametrize(
    "error", [AccessLost("x", status=403), AccessLost("x", status=451), SettingsError("x")]
)
def test_what_only_a_person_can_change_is_not_tried_again(error: Exception) -> None:
    assert later(Settings(retry_delays=DELAYS), 0, error) is None


async def test_a_review_that_stands_ends_the_request(bot: Bot) -> None:
    await bot.serve()
    assert bot.scene.check() == ("completed", "success", "1 finding: high severity")
    assert (bot.next_try(), waiting_jobs(bot.redis)) == (None, [])
    [record] = Store(bot.redis).records("acme/shop")
    assert (record.outcome, record.fates, record.read) == ("completed", {"posted": 1}, 1)


async def test_the_same_head_is_not_reviewed_twice_unless_somebody_asks(bot: Bot) -> None:
    await bot.serve()
    asked = bot.asked
    bot.queue.submit(bot.scene.request(Trigger.SYNCHRONIZE, "d-2"))
    await bot.serve(take(bot.redis))
    assert bot.asked == asked
    bot.queue.submit(bot.scene.request(Trigger.COMMAND, "d-3"))
    await bot.serve(take(bot.redis))
    assert bot.asked > asked
    assert len(bot.scene.pull.reviews) == 1


async def test_a_rate_limit_puts_the_request_off_and_says_nothing(bot: Bot) -> None:
    limited = "You have exceeded a secondary rate limit."
    bot.fail("POST", "/graphql", 403, limited, headers={"retry-after": "30"})
    await bot.serve()
    assert 28 < (bot.next_try() or 0) < 31
    assert not [call for call in bot.scene.written() if call.startswith(("POST reviews", "POST comments"))]
    assert all(run.status == "in_progress" for run in bot.scene.repository.checks)


async def test_a_rate_limit_while_posting_costs_no_second_question(bot: Bot) -> None:
    bot.fail("POST", "/reviews$", 429, headers={"retry-after": "1"})
    await bot.serve()
    asked, pause = bot.asked, time.time() + 1
    assert (asked, bot.scene.pull.reviews) == (3, [])  # find, cross-check, fix
    wait_until(lambda: time.time() > pause, "the end of the pause")
    await bot.serve(take_scheduled(bot.redis))
    assert bot.asked == asked
    assert len(bot.scene.pull.reviews) == 1
    assert bot.scene.check()[:2] == ("completed", "success")


@pytest.mark.parametrize(("path", "status"), [("/reviews$", 403), ("/issues/1/comments", 403)])
async def test_lost_access_ends_neutral_at_once(bot: Bot, path: str, status: int) -> None:
    bot.fail("POST", path, status, "Resource not accessible by integration")
    await bot.serve()
    assert bot.scene.check()[:2] == ("completed", "neutral")
    assert "GitHub denied access" in str(bot.scene.check()[2])
    assert bot.next_try() is None


async def test_a_review_that_github_refuses_is_tried_again_with_the_delays(bot: Bot) -> None:
    bot.fail("POST", "/issues/1/comments", 422, "Something odd", times=99)
    argument = None
    for delay in DELAYS:
        await bot.serve(argument)
        assert bot.scene.check()[:2] == ("completed", "neutral")
        assert delay - 2 < (bot.next_try() or 0) <= delay + 1
        argument = take_scheduled(bot.redis)
    await bot.serve(argument)
    assert (bot.scene.check()[1], bot.next_try()) == ("neutral", None)
    assert len(bot.scene.pull.reviews) == 1


async def test_a_model_that_does_not_answer_is_asked_again_later_and_people_are_told_when(bot: Bot) -> None:
    bot.model(Rule(name="find", error="unavailable"))
    await bot.serve()
    assert bot.scene.check()[:2] == ("completed", "neutral")
    assert "next try" in str(bot.scene.check()[2])
    assert 58 < (bot.next_try() or 0) <= 61


async def test_an_unexpected_error_is_one_fixed_sentence_and_never_its_own_text(bot: Bot) -> None:
    await bot.serve(store=BrokenStore(bot.redis))
    status, conclusion, title = bot.scene.check()
    assert (status, conclusion) == ("completed", "neutral")
    assert "an internal error" in str(title)
    [run] = bot.scene.repository.checks
    assert "canary" not in f"{run.title}{run.summary}{run.text}"
    assert 58 < (bot.next_try() or 0) <= 61
    assert bot.scene.pull.reviews == []


async def test_a_request_whose_runs_die_is_given_up_in_words_and_without_a_look(bot: Bot) -> None:
    await bot.serve(deaths=AT_ONCE.max_attempts)
    assert bot.scene.check()[:2] == ("completed", "neutral")
    assert "died several times" in str(bot.scene.check()[2])
    assert (bot.asked, bot.next_try()) == (0, None)


async def test_a_newer_head_takes_over_and_is_asked_for(bot: Bot) -> None:
    bot.model(Rule(name="find", delay=0.5, answer={"findings": []}))
    serving = asyncio.create_task(bot.serve())
    await asyncio.to_thread(wait_until, lambda: bot.asked, "the model to be asked")
    bot.scene.push()
    await serving
    [run] = bot.scene.repository.checks
    assert (run.status, run.conclusion) == ("completed", "neutral")
    assert str(run.title).startswith("Superseded by")
    assert len(waiting_jobs(bot.redis)) + len(scheduled_jobs(bot.redis)) == 1


async def test_a_run_that_another_one_replaced_writes_no_review(bot: Bot) -> None:
    bot.queue.submit(bot.scene.request())
    argument = take(bot.redis)
    old = bot.queue.begin(argument)
    bot.queue.bury(argument)
    new = bot.queue.begin(argument)
    assert old is not None
    assert new is not None
    await ReviewRun(bot.settings, memory_of(bot.redis), bot.queue, old).serve()
    assert bot.scene.pull.reviews == []
    assert bot.scene.pull.comments == []
    assert new.holds()


async def test_a_closed_pull_request_gets_nothing(bot: Bot) -> None:
    bot.scene.sandbox.close(bot.scene.pull)
    await bot.serve()
    assert bot.scene.written() == []
    assert (bot.asked, bot.next_try()) == (0, None)


def spend(bot: Bot, **budgets: object) -> None:
    """The operator's bounds. A scripted token costs what is said here: a dollar a million."""
    prices = {str(bot.settings.model): ModelPrice(1, 1, 1)}
    bot.settings = bot.settings.model_copy(update={"model_prices": prices, **budgets})


async def test_what_the_budget_does_not_reach_is_named(bot: Bot) -> None:
    bot.scene.sandbox.commit(bot.scene.repository, "change", LONG | {"shapes.py": None})  # type: ignore[dict-item]
    bot.model(finds())
    spend(bot, budget_tokens_per_review=5_600, model_window=8192)
    await bot.serve()
    status, conclusion, title = bot.scene.check()
    assert (status, conclusion, bot.asked) == ("completed", "neutral", 1)
    assert "1 file was not read" in str(title)
    [run] = bot.scene.repository.checks
    assert "left of the budget of this review" in f"{run.summary}{run.text}"
    assert bot.next_try() is None


async def test_a_budget_for_nothing_ends_neutral_in_words_and_is_not_tried_again(bot: Bot) -> None:
    spend(bot, budget_usd_per_review=0.0)
    await bot.serve()
    status, conclusion, title = bot.scene.check()
    assert (status, conclusion, bot.asked) == ("completed", "neutral", 0)
    assert "the budget of this review is spent" in str(title)
    assert (bot.next_try(), waiting_jobs(bot.redis)) == (None, [])


async def test_a_day_without_money_ends_neutral_and_asks_nobody(bot: Bot) -> None:
    spend(bot, budget_usd_per_repo_day=0.5)
    Store(bot.redis).day_spending("acme/shop", 0.5).book("", 0.5)
    await bot.serve()
    status, conclusion, title = bot.scene.check()
    assert (status, conclusion, bot.asked) == ("completed", "neutral", 0)
    assert "the budget of this repository for today is spent" in str(title)
    assert (bot.next_try(), waiting_jobs(bot.redis)) == (None, [])


async def test_a_day_with_less_than_a_question_costs_is_not_called_spent(bot: Bot) -> None:
    spend(bot, budget_usd_per_repo_day=0.0005)
    await bot.serve()
    title = str(bot.scene.check()[2])
    assert bot.asked == 0
    assert title.startswith("Could not review: a question would cost up to $0.00")
    assert title.endswith(", and $0.0005 is left of the budget of this repository for today")


async def test_a_review_is_booked_on_its_repositorys_day(bot: Bot, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "workers.running")
    spend(bot, budget_usd_per_repo_day=0.5)
    await bot.serve()
    assert bot.scene.check()[:2] == ("completed", "success")
    [record] = Store(bot.redis).records("acme/shop")
    used = record.usage.prompt_tokens + record.usage.completion_tokens
    assert Store(bot.redis).day_spending("acme/shop", 0.5).left() == pytest.approx(0.5 - used / 1e6)
    [line] = [entry for entry in caplog.records if entry.getMessage() == "Reviewed"]
    assert vars(line)["cost_usd"] == pytest.approx(used / 1e6)


async def test_what_could_not_be_booked_at_once_is_booked_when_the_review_ends(bot: Bot) -> None:
    bot.model(finds())
    spend(bot, budget_usd_per_repo_day=0.5)
    await bot.serve(store=ForgetfulStore(bot.redis))
    [record] = Store(bot.redis).records("acme/shop")
    used = record.usage.prompt_tokens + record.usage.completion_tokens
    assert (bot.asked, bot.redis.exists("test:was-away")) == (1, 1)
    assert Store(bot.redis).day_spending("acme/shop", 0.5).unspent() == pytest.approx(0.5 - used / 1e6)


async def test_what_a_question_may_cost_is_held_longer_than_it_may_take_and_no_longer_than_twice_so(
    bot: Bot,
) -> None:
    bot.model(Rule(name="find", delay=60))
    spend(bot, budget_usd_per_repo_day=0.5, review_deadline=2, model_timeout=600)
    held: list[float] = []

    def holds() -> list[float]:
        [key] = bot.redis.keys("ai-review:day-budget:*[0-9]") or [""]
        ends = [value.split()[1] for value in bot.redis.hgetall(key).values() if b" " in value] if key else []
        return [float(end) - time.time() for end in ends]

    async def watch() -> None:
        held.extend(await asyncio.to_thread(wait_until, holds, "a question under way"))

    await asyncio.gather(bot.serve(), watch())
    assert 600 < held[0] <= 1200
    assert holds() == []


async def test_a_later_try_has_what_the_first_one_left(bot: Bot) -> None:
    bot.model(Rule(name="find", error="unavailable"))
    spend(bot, budget_tokens_per_review=4_000)
    await bot.serve()
    first = bot.asked
    await bot.serve(take_scheduled(bot.redis))
    assert bot.asked == first
    assert "left of the budget of this review" in str(bot.scene.check()[2])


async def test_a_later_try_has_not_what_an_unanswered_question_may_have_cost(bot: Bot) -> None:
    bot.model(Rule(name="find", delay=60))
    spend(bot, budget_tokens_per_review=20_000)
    deadline = bot.settings.review_deadline
    bot.settings = bot.settings.model_copy(update={"review_deadline": 1})
    await bot.serve()
    bot.model(finds())
    bot.settings = bot.settings.model_copy(update={"review_deadline": deadline})
    first = bot.asked
    await bot.serve(take_scheduled(bot.redis))
    assert bot.asked == first
    assert "left of the budget of this review" in str(bot.scene.check()[2])


async def test_a_budget_in_dollars_without_a_price_is_told_to_the_operator_and_on_the_check(bot: Bot) -> None:
    bot.settings = bot.settings.model_copy(update={"budget_usd_per_review": 1.0})
    await bot.serve()
    assert bot.scene.check()[:2] == ("completed", "neutral")
    assert "AI_REVIEW_MODEL_PRICES" in f"{bot.scene.repository.checks[0]}"
