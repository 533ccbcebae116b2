"""A repository that is gone, blocked or renamed, or an App that may not: an end, and no storm of tries."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from redis import Redis

from tests.support.queueing import scheduled_jobs, take_scheduled, waiting_jobs
from tests.support.serving import DELAYS, Bot, serving

DENIED = "Resource not accessible by integration"


@pytest.fixture
def bot(tmp_path: Path, valkey_url: str, redis: Redis) -> Iterator[Bot]:
    with serving(tmp_path, valkey_url, redis) as one:
        yield one


async def serve_until_the_end(bot: Bot) -> int:
    """Run the request and all its later tries; returns how many runs it took."""
    runs, argument = 0, None
    while runs < 20:
        await bot.serve(argument)
        runs += 1
        assert waiting_jobs(bot.redis) == [], "a later try waits for its time"
        if not scheduled_jobs(bot.redis):
            return runs
        argument = take_scheduled(bot.redis)
    raise AssertionError("there is no end to the tries")


def delete(bot: Bot) -> None:
    bot.scene.sandbox.delete_repository(bot.scene.repository)


def uninstall(bot: Bot) -> None:
    bot.scene.sandbox.uninstall(bot.scene.installation)


def suspend(bot: Bot) -> None:
    bot.scene.sandbox.suspend(bot.scene.installation)


def deny(bot: Bot) -> None:
    bot.scene.installation.permissions.pop("pull_requests")


def block(bot: Bot) -> None:
    bot.fail("GET", "/pulls/1$", 451, "Repository access blocked", times=99)


def end(bot: Bot) -> None:
    bot.fail("GET", "/pulls/1$", 410, "Gone", times=99)


@pytest.mark.parametrize(
    ("happens", "tries"),
    [
        (delete, len(DELAYS) + 1),
        (uninstall, len(DELAYS) + 1),
        (suspend, 1),
        (deny, 1),
        (block, 1),
        (end, 1),
    ],
)
async def test_what_we_may_not_read_any_more_is_given_up(
    bot: Bot, happens: Callable[[Bot], None], tries: int
) -> None:
    """A fresh repository answers 404 for seconds, so that much is tried again; all else is final at once."""
    happens(bot)
    assert await serve_until_the_end(bot) == tries
    assert len(bot.scene.sandbox.calls) <= 4 * tries
    assert (bot.asked, bot.scene.written()) == (0, [])


@pytest.mark.parametrize(("status", "message"), [(403, DENIED), (410, "Gone"), (451, "Blocked")])
async def test_a_refusal_in_mid_review_is_said_on_the_check_and_ends_it(
    bot: Bot, status: int, message: str
) -> None:
    fault = bot.fail("POST", "/reviews$", status, message, times=99)
    assert await serve_until_the_end(bot) == 1
    assert bot.scene.check()[:2] == ("completed", "neutral")
    assert fault.seen == 1
    assert bot.scene.pull.reviews == []


async def test_an_app_that_is_suspended_in_mid_review_ends_at_once(bot: Bot) -> None:
    message = "This installation has been suspended"
    faults = [bot.fail(method, "/repos/acme/shop/", 403, message, times=99) for method in ("POST", "PATCH")]
    assert await serve_until_the_end(bot) == 1
    assert bot.scene.pull.reviews == []
    assert sum(fault.seen for fault in faults) <= 4


async def test_a_renamed_repository_is_reviewed_under_its_new_name(bot: Bot) -> None:
    bot.scene.sandbox.rename(bot.scene.repository, "store")
    assert await serve_until_the_end(bot) == 1
    assert bot.scene.check()[:2] == ("completed", "success")
    assert len(bot.scene.pull.reviews) == 1
    [moved] = [call for call in bot.scene.sandbox.calls if call.status == 301]
    assert moved.path.startswith("/repos/acme/shop/pulls/1")
