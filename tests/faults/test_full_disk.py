"""The disk of Redis is full: the log says so once, as `/readyz` does, and all goes on when there is room."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from redis import Redis

from bot.errors import QueueUnavailable
from bot.queue import Queue
from bot.redis_access import connect_patiently
from tests.support.full_disk import server_in
from tests.support.jobs import OPTIONS, said
from tests.support.launching import children_of, launched
from tests.support.requests import review_request
from tests.support.waiting import wait_until

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc and needs prlimit")

CAUSE = "Redis cannot write its append-only file: look at its disk"


def test_a_full_disk_is_called_one_and_costs_nothing_that_was_accepted(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with server_in(tmp_path) as server, connect_patiently(server.url) as redis:
        queue = Queue(redis, OPTIONS)
        redis.set("hold", "1")
        queue.submit(review_request("d-1", head="a" * 40))
        with launched(server.url, log=log) as launcher:
            wait_until(lambda: said(redis, "start"), "the review to start")
            first = children_of(launcher.pid)
            server.fill_disk()
            with pytest.raises(QueueUnavailable):
                queue.submit(review_request("d-2", head="b" * 40))
            wait_until(lambda: CAUSE in log.read_text(), "the cause to be told")
            wait_until(lambda: not set(first[1:]) & set(children_of(launcher.pid)), "the worker to give up")
            server.make_room()
            redis.delete("hold")
            wait_until(lambda: said(redis, "end"), "the review to end")
            queue.submit(review_request("d-2", head="b" * 40))
            wait_until(lambda: _ends(redis) == ["a" * 40, "b" * 40], "the next one")
    words = log.read_text()
    assert words.count(CAUSE) == 1, words
    assert "Traceback" not in words, words
    assert "does not answer" not in words, words


def _ends(redis: Redis) -> list[str]:
    return [row[1] for row in said(redis, "end")]
