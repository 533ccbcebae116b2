"""What an installation needs is away for a while, Redis or the file with the App's key: no event is lost."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from redis import Redis

from bot.sandbox.state import Delivery, PullRequest
from bot.settings import load_settings
from bot.valkey import EmbeddedValkey
from tests.support.commands import Terminal, terminal
from tests.support.installed import Installed, checks_of, finding, installed, own_comments, places
from tests.support.sandbox import private_key
from tests.support.waiting import wait_until
from workers.sweep import sweep_in_turn

pytestmark = pytest.mark.xdist_group("outages")


@dataclass
class Outages:
    """An installation whose Redis and whose key can be taken away."""

    bot: Installed
    folder: Path
    server: ExitStack

    @property
    def key(self) -> Path:
        return self.folder / "app.pem"

    def stop_redis(self) -> None:
        self.server.close()

    def start_redis(self) -> None:
        self.server.enter_context(EmbeddedValkey(self.folder / "own"))


@pytest.fixture(scope="module")
def outages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Outages]:
    folder = tmp_path_factory.mktemp("installed")
    with ExitStack() as server:
        url = server.enter_context(EmbeddedValkey(folder / "own")).url
        key = folder / "app.pem"
        key.write_text(private_key())
        with installed(folder, redis_url=url, github_private_key=str(key)) as bot:
            bot.finds(finding())
            yield Outages(bot, folder, server)


@pytest.fixture
def shell(
    outages: Outages, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Terminal]:
    with terminal(monkeypatch, capsys) as one:
        one.set(
            **{
                name: value
                for name, value in outages.bot.environment.items()
                if name.startswith("AI_REVIEW_")
            }
        )
        yield one


def test_what_came_while_redis_was_away_is_fetched_again_and_nothing_is_doubled(
    outages: Outages, shell: Terminal
) -> None:
    bot = outages.bot
    repositories = [bot.repository(name) for name in ("first", "second")]
    assert bot.sandbox.wait_until(lambda: all(one.is_done for one in bot.sandbox.deliveries), 20.0)
    outages.stop_redis()
    pulls = [bot.open(repository) for repository in repositories]
    assert bot.sandbox.wait_until(lambda: len(lost(bot)) == 2, 20.0)
    for one in bot.sandbox.deliveries:
        one.created_at -= 300.0
    outages.start_redis()

    settings = load_settings(bot.environment)
    with Redis.from_url(str(settings.redis_url)) as redis:
        sweep_in_turn(settings, redis)
    is_whole(bot, pulls[0])
    assert not checks_of(pulls[1])  # the first was a probe
    assert by_hand(shell).startswith("Asked for again: 1\n")
    is_whole(bot, pulls[1])
    assert by_hand(shell) == "Nothing that GitHub still keeps was lost.\n"
    is_whole(bot, pulls[0])
    again = [one for one in bot.sandbox.deliveries if one.redelivery]
    assert [one.status_code for one in again] == [202, 202]
    assert [one.guid for one in again] == [one.guid for one in lost(bot)]


def test_what_happens_while_the_key_file_is_away_is_done_when_it_is_back(outages: Outages) -> None:
    bot, away = outages.bot, outages.folder / "away.pem"
    older = bot.open(bot.repository("older"))
    bot.reviewed(older, "success")
    outages.key.rename(away)
    newer = bot.open(bot.repository("newer"))
    comment = bot.sandbox.comment(older, "/ai-review help", author="acme")
    for words in ("acme/newer#1 cannot be reviewed", "A command was not carried out"):
        wait_until(lambda said=words: said in bot.log.read_text(), words, 30)  # type: ignore[misc]
    away.rename(outages.key)
    bot.reviewed(newer, "success")
    assert places(newer) == [("shapes.py", 6)]
    assert bot.sandbox.wait_until(lambda: len(comment.reactions) == 2, 30)
    assert len(own_comments(older)) == 2


def lost(bot: Installed) -> list[Delivery]:
    """What the receiver could not take."""
    return [one for one in bot.sandbox.deliveries if one.event == "pull_request" and one.status_code == 503]


def is_whole(bot: Installed, pull: PullRequest) -> None:
    """One of everything."""
    bot.reviewed(pull, "success", 90.0)
    assert len(checks_of(pull)) == len(pull.reviews) == len(own_comments(pull)) == 1
    assert places(pull) == [("shapes.py", 6)]


def by_hand(shell: Terminal) -> str:
    ended = shell.run("sweep")
    assert (ended.status, ended.err) == (0, "")
    return ended.out
