"""GitHub answers from a copy that lags behind the event that brought us here: such an answer ends nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from bot.domain.pull_request import Trigger
from bot.domain.request import ReviewRequest
from bot.github.events import ReviewWanted, parse_event
from bot.sandbox.journal import Fault
from bot.sandbox.shapes.pulls import pull_request
from tests.support.queueing import AT_ONCE, take, take_scheduled, waiting_jobs
from tests.support.scripted import finds
from tests.support.serving import Bot, serving
from workers.models.scripted import Rule

PULL = "/repos/acme/shop/pulls/1$"
LATER = "2126-11-26T10:00:00Z"
EARLIER = "2006-11-26T10:00:00Z"


@pytest.fixture
def bot(tmp_path: Path, valkey_url: str, redis: Redis) -> Iterator[Bot]:
    with serving(tmp_path, valkey_url, redis) as one:
        yield one


def as_it_is(bot: Bot, **changes: object) -> dict[str, Any]:
    """What GitHub says of the pull request at this moment."""
    return dict(pull_request(bot.scene.sandbox.world.links, bot.scene.pull)) | changes


def lag(bot: Bot, old: dict[str, Any], times: int = 1) -> Fault:
    """GitHub's next answers are of an earlier moment."""
    return bot.scene.sandbox.fail(Fault("GET", PULL, status=200, body=old, times=times))


def event(bot: Bot) -> ReviewRequest:
    """What the newest webhook asks for."""
    said = bot.scene.sandbox.deliveries[-1]
    wanted = parse_event(said.event, said.body, said.guid)
    assert isinstance(wanted, ReviewWanted)
    return wanted.requests[0]


async def serve(bot: Bot, request: ReviewRequest) -> None:
    bot.queue.submit(request)
    await bot.serve(take(bot.redis))


async def is_put_off(bot: Bot, request: ReviewRequest) -> int:
    """Serve it: nothing is written, and it is tried again in a moment. The number of calls that it took."""
    written, since = bot.scene.written(), calls(bot)
    await serve(bot, request)
    assert bot.scene.written() == written
    assert 1 < (bot.next_try() or 0) <= 3
    return calls(bot) - since


def asked_for(bot: Bot) -> int:
    """How often the pull request was asked for so far."""
    return sum(call.method == "GET" and call.path.endswith("/pulls/1") for call in bot.scene.sandbox.calls)


def calls(bot: Bot) -> int:
    """API calls so far, without minting tokens."""
    return sum("access_tokens" not in call.path for call in bot.scene.sandbox.calls)


async def test_a_push_whose_head_does_not_show_yet_is_reviewed_a_moment_later(bot: Bot) -> None:
    await bot.serve()
    old = as_it_is(bot)
    bot.scene.push()
    lag(bot, old)
    assert await is_put_off(bot, event(bot)) == 1
    await bot.serve(take_scheduled(bot.redis))
    runs = {run.head_sha: (run.status, run.conclusion) for run in bot.scene.repository.checks}
    assert runs[bot.scene.pull.head_sha] == ("completed", "success")
    assert bot.next_try() is None


async def test_an_older_head_is_not_reviewed_for_a_newer_one(bot: Bot) -> None:
    old = as_it_is(bot, updated_at=EARLIER)
    bot.scene.push()
    lag(bot, old)
    assert await is_put_off(bot, event(bot)) == 1


def reopen(bot: Bot) -> dict[str, Any]:
    bot.scene.sandbox.close(bot.scene.pull)
    old = as_it_is(bot)
    bot.scene.sandbox.reopen(bot.scene.pull)
    return old


def end_the_draft(bot: Bot) -> dict[str, Any]:
    bot.scene.pull.draft = True
    old = as_it_is(bot)
    bot.scene.sandbox.mark_ready(bot.scene.pull)
    return old


def change_the_base(bot: Bot) -> dict[str, Any]:
    old = as_it_is(bot, updated_at=EARLIER)
    bot.scene.sandbox.commit(bot.scene.repository, "next", {"other.py": "x = 1\n"}, start="main")
    bot.scene.sandbox.change_base(bot.scene.pull, "next")
    return old


@pytest.mark.parametrize("happens", [reopen, end_the_draft, change_the_base])
async def test_what_was_changed_by_hand_and_does_not_show_yet_is_not_lost(
    bot: Bot, happens: Callable[[Bot], dict[str, Any]]
) -> None:
    lag(bot, happens(bot))
    assert await is_put_off(bot, event(bot)) == 1
    await bot.serve(take_scheduled(bot.redis))
    assert bot.scene.check()[:2] == ("completed", "success")
    assert len(bot.scene.pull.reviews) == 1


async def test_a_head_that_does_not_show_yet_is_told_nothing_by_a_run_that_must_not_review(bot: Bot) -> None:
    await bot.serve()
    old, checks = as_it_is(bot), len(bot.scene.repository.checks)
    bot.scene.push()
    lag(bot, old)
    bot.queue.submit(event(bot))
    await bot.serve(take(bot.redis), deaths=AT_ONCE.max_attempts)
    assert len(bot.scene.repository.checks) == checks
    assert 1 < (bot.next_try() or 0) <= 3


async def test_a_doubt_uses_up_no_try(bot: Bot) -> None:
    await bot.serve()
    old = as_it_is(bot)
    bot.scene.push()
    lag(bot, old)
    bot.model(Rule(name="find", error="unavailable"))
    await is_put_off(bot, event(bot))
    await bot.serve(take_scheduled(bot.redis))
    assert 58 < (bot.next_try() or 0) <= 61


async def test_an_answer_that_stays_as_it_is_is_believed_in_the_end(bot: Bot) -> None:
    """So it is with an event that comes late: its head is older than the one that was reviewed."""
    bot.model(finds())
    late = event(bot)
    bot.scene.push()
    await serve(bot, event(bot))
    written, since = bot.scene.written(), asked_for(bot)
    await serve(bot, late)
    for seconds in (3, 10, 30):
        assert seconds - 2 < (bot.next_try() or 0) <= seconds
        await bot.serve(take_scheduled(bot.redis))
    assert (bot.next_try(), waiting_jobs(bot.redis), bot.scene.written()) == (None, [], written)
    assert asked_for(bot) - since == 4


async def test_what_was_closed_in_the_second_in_which_it_was_opened_is_closed(bot: Bot) -> None:
    opened = replace(bot.scene.request(), told_at=bot.scene.pull.updated_at // 1)
    lag(bot, as_it_is(bot, state="closed"))
    await serve(bot, opened)
    assert (bot.next_try(), bot.scene.written()) == (None, [])


@pytest.mark.parametrize("changes", [{"state": "closed"}, {"draft": True}])
async def test_an_answer_that_is_newer_than_the_event_is_believed_at_once(
    bot: Bot, changes: dict[str, Any]
) -> None:
    bot.scene.pull.draft = True
    bot.scene.sandbox.mark_ready(bot.scene.pull)
    lag(bot, as_it_is(bot, updated_at=LATER, **changes), times=9)
    await serve(bot, event(bot))
    assert (bot.next_try(), bot.scene.pull.reviews) == (None, [])


@pytest.mark.parametrize("trigger", [Trigger.COMMAND, Trigger.REREQUESTED])
async def test_what_somebody_asks_for_at_an_older_head_is_done_at_the_present_one(
    bot: Bot, trigger: Trigger
) -> None:
    asked = bot.scene.request(trigger, "d-2")
    bot.scene.push()
    await serve(bot, event(bot))
    reviewed = bot.asked
    await serve(bot, asked)
    assert (bot.next_try(), bot.asked > reviewed) == (None, True)
