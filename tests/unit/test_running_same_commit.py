"""Several pull requests with one commit: nobody gets rid of a red check by opening another one."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis

from bot.domain.policy import POLICY_PATH
from bot.domain.pull_request import PullRequestRef, Trigger
from bot.domain.request import ReviewRequest
from bot.sandbox.state import CheckRun, PullRequest
from tests.support.queueing import take
from tests.support.scripted import finds, found, votes
from tests.support.serving import Bot, serving
from tests.support.waiting import wait_until
from workers.models.scripted import Rule

BUG = found("shapes.py", "    return width / height")


@pytest.fixture
def bot(tmp_path: Path, valkey_url: str, redis: Redis) -> Iterator[Bot]:
    with serving(tmp_path, valkey_url, redis, "fail_on: high\n") as one:
        repository = one.scene.repository
        one.scene.sandbox.commit(repository, "legacy", {POLICY_PATH: "enabled: false\n"}, start="main")
        yield one


async def event(bot: Bot, pull: PullRequest, trigger: Trigger, delivery: str) -> CheckRun:
    """What the bot makes of an event of a pull request; returns its check run."""
    ref = PullRequestRef("acme/shop", pull.number, pull.head_sha)
    bot.queue.submit(ReviewRequest(ref, bot.scene.installation.id, trigger, delivery))
    await bot.serve(take(bot.redis))
    return [run for run in bot.scene.repository.checks if run.external_id == ref.external_id][-1]


def runs(bot: Bot) -> list[CheckRun]:
    """Those of the commit; each that may count as the newest of its name is among them."""
    return [run for run in bot.scene.repository.checks if run.head_sha == bot.scene.pull.head_sha]


def second(bot: Bot, *, draft: bool = False, base: str = "main") -> PullRequest:
    """Another pull request with the same commit."""
    repository = bot.scene.repository
    repository.git.set_branch("again", bot.scene.pull.head_sha)
    pull = bot.scene.sandbox.open_pull_request(repository, "again", title="Once more", draft=draft)
    if base != "main":
        bot.scene.sandbox.change_base(pull, base)
    assert pull.head_sha == bot.scene.pull.head_sha
    return pull


def conclusions(bot: Bot) -> list[str | None]:
    return [run.conclusion for run in runs(bot)]


@pytest.mark.parametrize("changes", [{"draft": True}, {"base": "legacy"}], ids=["draft", "no-reviews"])
async def test_a_skipped_one_beside_a_red_one_is_red_too_and_says_why(
    bot: Bot, changes: dict[str, object]
) -> None:
    await bot.serve()
    run = await event(bot, second(bot, **changes), Trigger.OPENED, "d-2")  # type: ignore[arg-type]
    assert conclusions(bot) == ["failure", "failure"]
    assert run.title == "#1 with the same commit is red"
    assert "Skipped" in str(run.summary)


async def test_a_review_that_finds_nothing_beside_a_red_one_is_red_too(bot: Bot) -> None:
    await bot.serve()
    bot.model(finds())
    await event(bot, second(bot), Trigger.OPENED, "d-2")
    assert conclusions(bot) == ["failure", "failure"]


@pytest.mark.parametrize(
    ("reports", "ends", "title"),
    [
        ([BUG], ["failure", "failure"], "#1 with the same commit is red"),
        ([], ["success", "neutral"], "Skipped"),
    ],
    ids=["red", "green"],
)
async def test_what_ends_while_the_other_is_looked_at_waits_for_its_outcome(
    bot: Bot, reports: list[dict[str, object]], ends: list[str], title: str
) -> None:
    bot.model(Rule(name="find", delay=1.5, answer={"findings": reports}), votes("confirmed"))
    first = asyncio.create_task(bot.serve())
    await asyncio.to_thread(wait_until, lambda: bot.asked, "the model to be asked")
    run = await event(bot, second(bot, draft=True), Trigger.OPENED, "d-2")
    assert (run.conclusion, run.title) == ("failure", "#1 with the same commit is still under review")
    await first
    assert conclusions(bot) == ends
    assert str(run.title).startswith(title)


async def test_a_red_one_that_is_settled_gives_the_other_its_own_outcome_back(bot: Bot) -> None:
    await bot.serve()
    run = await event(bot, second(bot, draft=True), Trigger.OPENED, "d-2")
    [comment] = bot.scene.pull.review_comments
    bot.scene.sandbox.set_role(bot.scene.repository, "wanda", "write")
    bot.scene.sandbox.resolve(comment, by="wanda")
    await event(bot, bot.scene.pull, Trigger.COMMAND, "d-3")
    assert sorted(map(str, conclusions(bot))) == ["neutral", "success"]
    assert str(run.title).startswith("Skipped: the pull request is a draft")
    assert run.summary is not None
    assert "GitHub keeps one result" not in run.summary


@pytest.mark.parametrize("leaves", ["closes", "pushes"])
async def test_who_leaves_the_commit_and_comes_back_to_it_finds_it_red(bot: Bot, leaves: str) -> None:
    await bot.serve()
    sandbox, pull, red = bot.scene.sandbox, bot.scene.pull, bot.scene.pull.head_sha
    other = second(bot, draft=True)
    if leaves == "closes":
        sandbox.close(pull)
    else:
        bot.scene.push()
        await event(bot, pull, Trigger.SYNCHRONIZE, "d-2")
    run = await event(bot, other, Trigger.OPENED, "d-3")
    assert (run.head_sha, run.conclusion) == (red, "neutral")
    if leaves == "closes":
        sandbox.reopen(pull)
    else:
        sandbox.reset(bot.scene.repository, "change", red)
    assert (pull.head_sha, pull.state) == (red, "open")
    await event(bot, pull, Trigger.REOPENED if leaves == "closes" else Trigger.SYNCHRONIZE, "d-4")
    assert conclusions(bot) == ["failure", "failure"]


async def test_a_github_that_is_away_when_a_head_is_come_back_to_is_asked_later_and_nobody_told(
    bot: Bot,
) -> None:
    await bot.serve()
    said = len(bot.scene.pull.comments)
    bot.fail("GET", "/check-runs", 502, times=9)
    await event(bot, bot.scene.pull, Trigger.REOPENED, "d-2")
    assert bot.next_try() is not None
    assert (len(bot.scene.pull.comments), conclusions(bot)) == (said, ["failure"])


async def test_a_pull_request_alone_costs_no_call_more(bot: Bot) -> None:
    await bot.serve()
    calls = [(call.method, call.path) for call in bot.scene.sandbox.calls]
    assert not [path for method, path in calls if method == "GET" and "/check-runs" in path]
