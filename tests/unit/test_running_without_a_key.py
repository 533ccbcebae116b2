"""The App's key cannot be used for a while: nobody can be told, so that nothing is given up for a day."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import SecretStr
from redis import Redis

from bot.errors import AppKeyUnusable
from bot.settings import Settings
from tests.support.queueing import take, take_scheduled, waiting_jobs
from tests.support.serving import DELAYS, Bot, serving
from workers.running import later

MINT = "/access_tokens$"
REFUSED = "A JSON web token could not be decoded"


@pytest.fixture
def bot(tmp_path: Path, valkey_url: str, redis: Redis) -> Iterator[Bot]:
    with serving(tmp_path, valkey_url, redis) as one:
        yield one


def test_a_key_that_cannot_be_used_is_tried_for_long_and_not_for_ever() -> None:
    delays = [later(Settings(retry_delays=DELAYS), tries, AppKeyUnusable("x")) for tries in range(100)]
    assert delays[:4] == [60.0, 300.0, 300.0, 300.0]
    assert delays[-1] is None


def with_key_file(bot: Bot, folder: Path) -> Path:
    """The App's key stands in a file, as operators are told to do it."""
    path = folder / "app.pem"
    path.write_text(bot.scene.app.private_key)
    bot.settings = bot.settings.model_copy(update={"github_private_key": SecretStr(str(path))})
    return path


async def test_a_key_file_that_is_away_for_a_while_loses_no_review(bot: Bot, tmp_path: Path) -> None:
    path = with_key_file(bot, tmp_path)
    away = path.rename(tmp_path / "away.pem")
    await bot.serve()
    assert (len(bot.scene.sandbox.calls), 58 < (bot.next_try() or 0) <= 61) == (0, True)
    await bot.serve(take_scheduled(bot.redis))
    assert 298 < (bot.next_try() or 0) <= 301
    away.rename(path)
    await bot.serve(take_scheduled(bot.redis))
    assert bot.scene.check()[:2] == ("completed", "success")
    assert bot.next_try() is None


async def test_without_retries_a_key_that_cannot_be_used_ends_the_request_and_not_the_worker(
    bot: Bot, caplog: pytest.LogCaptureFixture
) -> None:
    bot.settings = bot.settings.model_copy(update={"github_app_id": None, "retry_delays": ()})
    await bot.serve()
    assert (bot.next_try(), waiting_jobs(bot.redis)) == (None, [])
    assert "AI_REVIEW_GITHUB_APP_ID is not set" in caplog.text


async def test_an_event_that_names_no_installation_is_not_tried_again(bot: Bot) -> None:
    bot.queue.submit(replace(bot.scene.request(), installation=None))
    await bot.serve(take(bot.redis))
    assert (bot.next_try(), waiting_jobs(bot.redis)) == (None, [])


async def test_one_refusal_of_the_key_loses_no_review(bot: Bot) -> None:
    bot.fail("POST", MINT, 401, REFUSED)
    await bot.serve()
    assert (bot.scene.written(), 58 < (bot.next_try() or 0) <= 61) == ([], True)
    await bot.serve(take_scheduled(bot.redis))
    assert bot.scene.check()[:2] == ("completed", "success")
    assert bot.next_try() is None


async def test_a_key_that_is_refused_in_mid_review_leaves_no_check_in_progress(bot: Bot) -> None:
    for method, path in (("POST", "/reviews$"), ("PATCH", "/check-runs/")):
        bot.fail(method, path, 401, "Bad credentials")
    bot.fail("POST", MINT, 401, REFUSED, let_through=1, times=2)
    await bot.serve()
    assert bot.scene.check()[0] == "in_progress"
    await bot.serve(take_scheduled(bot.redis))
    assert bot.scene.check()[:2] == ("completed", "success")
    assert len(bot.scene.pull.reviews) == 1
