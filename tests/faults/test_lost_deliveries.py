from __future__ import annotations

import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

from redis import Redis

from bot.sandbox.state import Delivery, PullRequest
from bot.settings import load_settings
from bot.valkey import EmbeddedValkey
from tests.support.installed import Installed, checks_of, finding, installed, own_comments, places
from tests.support.launching import ROOT
from workers.sweep import sweep_in_turn


def test_what_came_while_redis_was_away_is_fetched_again_and_nothing_is_doubled(tmp_path: Path) -> None:
    with ExitStack() as server:
        url = server.enter_context(EmbeddedValkey(tmp_path / "own")).url
        with installed(tmp_path, redis_url=url) as bot:
            bot.finds(finding())
            repositories = [bot.repository(name) for name in ("first", "second")]
            assert bot.sandbox.wait_until(lambda: all(one.is_done for one in bot.sandbox.deliveries), 20.0)
            server.close()
            pulls = [bot.open(repository) for repository in repositories]
            assert bot.sandbox.wait_until(lambda: len(lost(bot)) == 2, 20.0)
            for one in bot.sandbox.deliveries:
                one.created_at -= 300.0
            server.enter_context(EmbeddedValkey(tmp_path / "own"))

            with Redis.from_url(url) as redis:
                sweep_in_turn(load_settings(bot.environment), redis)
            is_whole(bot, pulls[0])
            assert not checks_of(pulls[1])  # the first was a probe
            assert by_hand(bot).startswith("Asked for again: 1\n")
            is_whole(bot, pulls[1])
            assert by_hand(bot) == "Nothing that GitHub still keeps was lost.\n"
            is_whole(bot, pulls[0])
    again = [one for one in bot.sandbox.deliveries if one.redelivery]
    assert [one.status_code for one in again] == [202, 202]
    assert [one.guid for one in again] == [one.guid for one in lost(bot)]


def lost(bot: Installed) -> list[Delivery]:
    """What the receiver could not take."""
    return [one for one in bot.sandbox.deliveries if one.event == "pull_request" and one.status_code == 503]


def is_whole(bot: Installed, pull: PullRequest) -> None:
    """One of everything."""
    bot.reviewed(pull, "success", 90.0)
    assert len(checks_of(pull)) == len(pull.reviews) == len(own_comments(pull)) == 1
    assert places(pull) == [("shapes.py", 6)]


def by_hand(bot: Installed) -> str:
    command = [sys.executable, "-m", "workers.cli.main", "sweep"]
    done = subprocess.run(command, env=bot.environment, cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    return done.stdout
