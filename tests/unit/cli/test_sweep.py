from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from redis import Redis

from bot.sandbox.sandbox import Sandbox
from bot.sandbox.state import Delivery
from bot.store.sweeps import Sweeps
from tests.support.commands import Terminal
from tests.support.sandbox import private_key
from workers.sweep import MOST_A_PASS


@pytest.fixture
def github(tmp_path: Path, shell: Terminal, valkey_url: str) -> Iterator[Sandbox]:
    sandbox = Sandbox(tmp_path / "github")
    with sandbox.serve() as server:
        app = sandbox.create_app(private_key=private_key())
        shell.set(github_api_url=server.url, redis_url=valkey_url, github_app_id=str(app.id))
        shell.set(github_private_key=app.private_key)
        sandbox.deliveries.extend(
            Delivery(
                number, f"g-{number}", app, "pull_request", None, b"{}", None, None,
                created_at=time.time() - 500 + number, status_code=status, is_done=True,
            )
            for number, status in enumerate((503, 401, 0, 202), start=1)
        )  # fmt: skip
        yield sandbox


def test_what_was_asked_for_and_what_was_given_up_is_printed(shell: Terminal, github: Sandbox) -> None:
    done = shell.run("sweep")
    assert (done.status, done.err) == (0, "")
    lines = done.out.splitlines()
    assert [line for line in lines if not line.startswith(" ")] == ["Asked for again: 2", "Given up: 1"]
    assert lines[1].startswith("  g-1  pull_request  ")
    assert lines[1].endswith(" UTC, answered with 503")
    assert lines[2].endswith(" UTC, not answered")
    assert lines[4].endswith("UTC, answered with 401; another attempt would get the same answer")
    assert [one.guid for one in github.deliveries if one.redelivery] == ["g-1", "g-3"]


def test_nothing_lost_is_said_too(shell: Terminal, github: Sandbox) -> None:
    del github.deliveries[:3]
    done = shell.run("sweep")
    assert (done.status, done.out) == (0, "Nothing that GitHub still keeps was lost.\n")


def test_what_failed_a_moment_ago_waits_and_is_not_said_to_be_well(shell: Terminal, github: Sandbox) -> None:
    del github.deliveries[1:]
    github.deliveries[0] = replace(github.deliveries[0], created_at=time.time() - 30)
    done = shell.run("sweep")
    assert (done.status, done.err) == (2, "")
    assert done.out == "1 failed less than a minute ago and may still be under way: sweep again in one.\n"
    assert not any(one.redelivery for one in github.deliveries)


def test_what_finds_no_room_in_this_pass_waits_too(shell: Terminal, github: Sandbox) -> None:
    first = github.deliveries[0]
    github.deliveries[:] = [
        replace(first, id=number, guid=f"g-{number}") for number in range(1, MOST_A_PASS + 3)
    ]
    done = shell.run("sweep")
    assert (done.status, done.out.splitlines()[-1]) == (2, "2 more wait for the next sweep.")


def test_a_github_that_cannot_be_asked_is_2(shell: Terminal, github: Sandbox) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        shell.set(github_api_url=f"http://127.0.0.1:{closed.getsockname()[1]}")
        done = shell.run("sweep")
    assert done.status == 2
    assert done.out.startswith("Not all was looked at: GET /app/hook/deliveries: ")


def test_two_at_once_are_one(shell: Terminal, github: Sandbox, redis: Redis) -> None:
    with Sweeps(redis).lock():
        done = shell.run("sweep")
    assert (done.status, done.out) == (2, "Another sweep is under way: try again when it has ended.\n")


def test_without_an_app_or_redis_it_is_said_how_to_mend_it(shell: Terminal, tmp_path: Path) -> None:
    assert "AI_REVIEW_GITHUB_APP_ID is not set: " in shell.run("sweep").complaint
    shell.set(github_app_id="1", github_private_key=private_key(), data_dir=str(tmp_path / "none"))
    assert "Redis does not answer" in shell.run("sweep").complaint
