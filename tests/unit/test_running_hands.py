"""What a review learns from clicks in the threads of findings."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from redis import Redis

from bot.domain.ledger import Ledger, Lesson
from bot.domain.policy import POLICY_PATH
from bot.domain.pull_request import Trigger
from bot.domain.request import Look
from bot.settings import ModelPrice
from tests.support.installed import QUOTE
from tests.support.memory import memory_of
from tests.support.queueing import begun, scheduled_jobs, take, take_scheduled, waiting_jobs
from tests.support.scripted import finds, found, votes
from tests.support.serving import Bot, serving
from workers.models.scripted import Rule
from workers.running import ReviewRun

BIG = "".join(f"value_{number} = {number}\n" for number in range(6_000))
"""Text that no question has room for beside another file."""
HELD_BACK = "Findings like it are held back in this repository"


@pytest.fixture
def bot(tmp_path: Path, valkey_url: str, redis: Redis) -> Iterator[Bot]:
    with serving(tmp_path, valkey_url, redis) as one:
        one.model(finds(found("shapes.py", QUOTE, severity="medium")), votes("confirmed"))
        yield one


async def look(bot: Bot, delivery: str) -> tuple[Lesson, ...]:
    """A review of what stands; returns what is known from dismissals after it."""
    request = replace(bot.scene.request(Trigger.SYNCHRONIZE, delivery), look=Look.STANDING)
    bot.queue.submit(request)
    await bot.serve(take(bot.redis))
    return memory_of(bot.redis).ledgers.lessons("acme/shop", 0.0)


async def test_a_click_that_was_taken_back_teaches_nothing(bot: Bot) -> None:
    await bot.serve()
    sandbox, [comment] = bot.scene.sandbox, bot.scene.pull.review_comments
    sandbox.set_role(bot.scene.repository, "wanda", "write")
    sandbox.react(comment, "-1", author="wanda")
    assert [lesson.by for lesson in await look(bot, "d-2")] == ["wanda"]
    sandbox.unreact(comment, "-1", author="wanda")
    assert await look(bot, "d-3") == ()
    assert HELD_BACK not in comment.body


async def test_a_click_says_in_its_comment_what_is_held_back_from_now_on_and_how_that_ends(bot: Bot) -> None:
    await bot.serve()
    sandbox, [comment] = bot.scene.sandbox, bot.scene.pull.review_comments
    sandbox.react(comment, "-1", author="acme")
    [lesson] = await look(bot, "d-2")
    line, note, _ = comment.body.split("\n\n", 2)
    assert line == "**Dismissed** by `acme`: it got a 👎."
    assert f"{HELD_BACK} for 90 days" in note
    assert "Taking the 👎 back" in note
    assert f"`ai-review policy learned acme/shop --forget {lesson.id}`" in note


async def test_where_nothing_is_learned_a_click_says_nothing_of_it(bot: Bot) -> None:
    bot.scene.sandbox.commit(bot.scene.repository, "main", {POLICY_PATH: "learning: false\n"})
    await bot.serve()
    sandbox, [comment] = bot.scene.sandbox, bot.scene.pull.review_comments
    sandbox.react(comment, "-1", author="acme")
    assert await look(bot, "d-2") == ()
    assert comment.body.startswith("**Dismissed** by `acme`: it got a 👎.\n\n<details>")


async def test_where_the_policy_ends_learning_before_the_click_can_be_told_nothing_is_said_of_it(
    bot: Bot,
) -> None:
    await bot.serve()
    sandbox, [comment] = bot.scene.sandbox, bot.scene.pull.review_comments
    sandbox.react(comment, "-1", author="acme")
    bot.fail("PATCH", "/pulls/comments/", 502, times=5)
    assert len(await look(bot, "d-2")) == 1
    sandbox.commit(bot.scene.repository, "main", {POLICY_PATH: "learning: false\n"})
    await bot.serve(take_scheduled(bot.redis))
    assert comment.body.startswith("**Dismissed** by `acme`: it got a 👎.\n\n<details>")


async def test_after_a_click_summary_and_check_still_say_what_was_spent_on_this_commit(bot: Bot) -> None:
    await bot.serve()
    sandbox, [comment] = bot.scene.sandbox, bot.scene.pull.review_comments
    cost, asked = spent(bot), bot.asked
    assert "calls" in cost
    sandbox.resolve(comment, by="acme")
    await look(bot, "d-2")
    assert (spent(bot), bot.asked) == (cost, asked)
    sandbox.unresolve(comment, by="acme")
    await look(bot, "d-3")
    assert spent(bot) == cost
    after = memory_of(bot.redis).ledgers.find(bot.scene.ref)
    assert after is not None
    assert (after.usage.calls, after.round) == (2, 1)


def spent(bot: Bot) -> str:
    """The last line that people see: the same in summary and check run."""
    [summary] = [line for line in bot.scene.pull.comments[0].body.splitlines() if "run again" in line]
    [check] = [line for line in str(bot.scene.repository.checks[-1].text).splitlines() if "run again" in line]
    assert summary == check
    return summary


async def test_a_click_on_a_grave_finding_gives_no_reason_and_teaches_nothing(bot: Bot) -> None:
    bot.model(finds(found("shapes.py", QUOTE, severity="high")), votes("confirmed"))
    await bot.serve()
    sandbox, [comment] = bot.scene.sandbox, bot.scene.pull.review_comments
    sandbox.set_role(bot.scene.repository, "wanda", "write")
    sandbox.react(comment, "-1", author="wanda")
    assert await look(bot, "d-2") == ()
    assert "1 dismissed" in str(bot.scene.repository.checks[-1].title)
    assert HELD_BACK not in comment.body


async def test_a_resolved_thread_settles_its_finding_and_teaches_nothing_about_others(bot: Bot) -> None:
    await bot.serve()
    sandbox, [comment] = bot.scene.sandbox, bot.scene.pull.review_comments
    sandbox.set_role(bot.scene.repository, "wanda", "write")
    sandbox.resolve(comment, by="wanda")
    assert await look(bot, "d-2") == ()
    assert "1 dismissed" in str(bot.scene.repository.checks[-1].title)


async def test_github_is_asked_about_a_stranger_once_a_day(bot: Bot) -> None:
    await bot.serve()
    sandbox, [comment] = bot.scene.sandbox, bot.scene.pull.review_comments
    sandbox.set_role(bot.scene.repository, "eve", "read")
    sandbox.react(comment, "-1", author="eve")
    assert await look(bot, "d-2") == ()
    assert await look(bot, "d-3") == ()
    assert len([call for call in sandbox.calls if call.path.endswith("/eve/permission")]) == 1
    sandbox.set_role(bot.scene.repository, "wanda", "write")
    sandbox.react(comment, "-1", author="wanda")
    assert [lesson.by for lesson in await look(bot, "d-4")] == ["wanda"]


async def test_whom_github_would_not_speak_of_is_asked_about_again_and_said_so(bot: Bot) -> None:
    await bot.serve()
    sandbox, [comment] = bot.scene.sandbox, bot.scene.pull.review_comments
    sandbox.set_role(bot.scene.repository, "wanda", "write")
    sandbox.react(comment, "-1", author="wanda")
    bot.fail("GET", "/wanda/permission", 401, "Bad credentials", times=2)
    assert await look(bot, "d-2") == ()
    unlooked = "What one person did in threads does not count yet"
    assert unlooked in bot.scene.pull.comments[0].body
    assert [lesson.by for lesson in await look(bot, "d-3")] == ["wanda"]
    assert unlooked not in bot.scene.pull.comments[0].body


def unread(bot: Bot, path: str) -> Ledger:
    """The ledger as it would be if the review had not got to this file: without the marks of its hunks."""
    ledgers = memory_of(bot.redis).ledgers
    kept = ledgers.find(bot.scene.ref)
    assert kept is not None
    start = hashlib.sha256(path.encode()).hexdigest()[:12]
    partly = replace(kept, hunks=frozenset(mark for mark in kept.hunks if not mark.startswith(start)))
    assert len(kept.hunks) == len(partly.hunks) + 1
    ledgers.keep(bot.scene.ref, partly)
    return partly


async def test_a_click_makes_no_model_read_what_is_unread_nor_anything_else_and_it_stays_named(
    bot: Bot,
) -> None:
    bot.scene.sandbox.commit(bot.scene.repository, "change", {"late.py": "x = 1\n"})
    bot.scene.pull.body = "Fixes #12"
    await bot.serve()
    known = unread(bot, "late.py")
    asked, calls = bot.asked, len(bot.scene.sandbox.calls)
    bot.scene.sandbox.resolve(bot.scene.pull.review_comments[0], by="acme")
    await look(bot, "d-2")
    assert bot.asked == asked
    assert [call.path for call in bot.scene.sandbox.calls[calls:] if "/issues/12" in call.path] == []
    [check] = bot.scene.repository.checks
    assert (check.conclusion, check.title) == ("neutral", "Incomplete: 1 file was not read")
    [summary] = bot.scene.pull.comments
    assert "late.py" in summary.body
    assert "1 finding dismissed or withdrawn" in summary.body
    after = memory_of(bot.redis).ledgers.find(bot.scene.ref)
    assert after is not None
    assert (after.hunks, after.round) == (known.hunks, known.round)
    assert [one.disposition.by for one in after.settled] == ["acme"]
    await push(bot)
    assert bot.asked > asked


async def push(bot: Bot) -> None:
    bot.scene.sandbox.commit(bot.scene.repository, "change", {"more.py": "y = 1\n"})
    bot.queue.submit(bot.scene.request(Trigger.SYNCHRONIZE, "push"))
    await bot.serve(take(bot.redis))


async def test_a_click_at_a_head_that_no_review_has_seen_has_it_read(bot: Bot) -> None:
    await bot.serve()
    asked = bot.asked
    bot.scene.sandbox.commit(bot.scene.repository, "change", {"late.py": "x = 1\n"})
    await look(bot, "d-2")
    assert bot.asked > asked
    assert bot.scene.repository.checks[-1].conclusion == "success"


async def test_where_the_marks_of_what_was_read_are_lost_a_click_has_it_read_again(bot: Bot) -> None:
    await bot.serve()
    ledgers = memory_of(bot.redis).ledgers
    kept = ledgers.find(bot.scene.ref)
    assert kept is not None
    ledgers.keep(bot.scene.ref, replace(kept, hunks=frozenset()))
    asked = bot.asked
    await look(bot, "d-2")
    assert bot.asked > asked
    again = ledgers.find(bot.scene.ref)
    assert again is not None
    assert again.hunks == kept.hunks


def title(bot: Bot) -> str:
    return str(bot.scene.repository.checks[-1].title).lower()


def happens_beside(bot: Bot, order: str) -> None:
    """A late event of the head that is under review, and a click, in this order."""
    late = bot.scene.request(Trigger.SYNCHRONIZE, "late")
    click = replace(late, ref=replace(late.ref, head_sha=None), delivery="click", look=Look.STANDING)
    for word in order.split():
        bot.queue.submit({"late": late, "click": click}[word])


async def read_in_part(bot: Bot, during: str = "") -> None:
    """A review that did not get an answer about one of two files, which is to be asked for again."""
    bot.scene.sandbox.commit(bot.scene.repository, "change", {"big.py": BIG})
    only = finds(found("shapes.py", QUOTE, severity="medium"), match="shapes.py")
    bot.model(only, Rule(name="find", error="unavailable"), votes("confirmed"))
    bot.queue.submit(bot.scene.request())
    argument = take(bot.redis)
    run = begun(bot.queue, argument)
    happens_beside(bot, during)
    with run:
        await ReviewRun(bot.settings, memory_of(bot.redis), bot.queue, run).serve()
    assert "incomplete" in title(bot)
    bot.model(finds(), votes("confirmed"))


async def serve_next(bot: Bot) -> None:
    await bot.serve(take(bot.redis) if waiting_jobs(bot.redis) else take_scheduled(bot.redis))


@pytest.mark.parametrize(
    ("during", "after"),
    [("late click", ""), ("click late", ""), ("late", "click"), ("click", "late"), ("", "late click")],
)
async def test_neither_a_late_event_nor_a_click_keeps_what_is_unread_from_being_read_later(
    bot: Bot, during: str, after: str
) -> None:
    await read_in_part(bot, during)
    happens_beside(bot, after)
    await serve_next(bot)
    assert bot.scene.repository.checks[-1].conclusion == "success"
    asked = bot.asked
    if during == "click":  # it waited while a try had its place: the threads are looked at once more
        await serve_next(bot)
    assert (bot.asked, bot.scene.repository.checks[-1].conclusion) == (asked, "success")
    assert (waiting_jobs(bot.redis), scheduled_jobs(bot.redis)) == ([], [])


@pytest.mark.parametrize("is_paused", [False, True])
async def test_what_took_the_place_of_a_try_is_no_further_round_and_reads_nothing_while_reviews_are_paused(
    bot: Bot, is_paused: bool
) -> None:
    policy = "triggers: {push: first, max_rounds: 1}\n"
    bot.scene.sandbox.commit(bot.scene.repository, "main", {POLICY_PATH: policy})
    await read_in_part(bot)
    if is_paused:
        memory_of(bot.redis).pauses.pause(bot.scene.ref, "wanda", "", time.time())
    asked = bot.asked
    happens_beside(bot, "late click")
    await serve_next(bot)
    assert (bot.asked == asked) is is_paused
    assert bot.scene.repository.checks[-1].conclusion == ("neutral" if is_paused else "success")
    assert "paused" not in title(bot)


async def test_a_click_on_a_day_without_money_says_what_stands_though_a_try_is_due(bot: Bot) -> None:
    prices = {str(bot.settings.model): ModelPrice(1, 1, 1)}
    changes = {"model_prices": prices, "budget_usd_per_repo_day": 0.5}
    bot.settings = bot.settings.model_copy(update=changes)
    await read_in_part(bot)
    asked = bot.asked
    memory_of(bot.redis).store.day_spending("acme/shop", 0.5).book("", 0.5)
    happens_beside(bot, "late click")
    await serve_next(bot)
    assert bot.asked == asked
    assert "still open" in title(bot)
    assert "incomplete" in title(bot)
    assert "budget" not in title(bot)
    assert (waiting_jobs(bot.redis), scheduled_jobs(bot.redis)) == ([], [])


async def test_a_click_that_takes_the_place_of_a_try_that_died_reads_what_that_was_to_read(bot: Bot) -> None:
    await read_in_part(bot)
    argument = take_scheduled(bot.redis)
    begun(bot.queue, argument)
    happens_beside(bot, "click")
    bot.queue.bury(argument)
    await bot.serve(argument)
    assert bot.scene.repository.checks[-1].conclusion == "success"


async def test_a_click_that_read_a_new_head_in_part_has_the_rest_read_later(bot: Bot) -> None:
    await bot.serve()
    bot.scene.sandbox.commit(bot.scene.repository, "change", {"big.py": BIG, "late.py": "x = 1\n"})
    bot.model(finds(match="late.py"), Rule(name="find", error="unavailable"), votes("confirmed"))
    await look(bot, "d-2")
    assert "incomplete" in title(bot)
    bot.model(finds(), votes("confirmed"))
    await serve_next(bot)
    assert bot.scene.repository.checks[-1].conclusion == "success"
