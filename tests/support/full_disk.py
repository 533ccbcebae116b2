"""A Redis with a full disk when a test says so: its files may not grow, which needs no rights, no mount."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from redis import Redis
from redis.exceptions import ResponseError

from bot.valkey import EmbeddedValkey
from tests.support.waiting import wait_until


@dataclass(frozen=True)
class Server:
    url: str
    folder: Path
    pid: int

    def fill_disk(self) -> None:
        """Return once it refuses to write."""
        [growing] = self.folder.rglob("*.incr.aof")
        self._limit(growing.stat().st_size)
        with Redis.from_url(self.url) as redis:
            wait_until(lambda: not _takes(redis), "the disk to be full")

    def make_room(self) -> None:
        """Return once it writes again."""
        self._limit(resource.RLIM_INFINITY)
        with Redis.from_url(self.url) as redis:
            wait_until(lambda: _takes(redis), "the server to write again")

    def _limit(self, most: int) -> None:
        # The signal for files that grow too large is ignored: Python does, and the server inherits that.
        resource.prlimit(self.pid, resource.RLIMIT_FSIZE, (most, resource.RLIM_INFINITY))


def _takes(redis: Redis) -> bool:
    try:
        return bool(redis.set("some", "thing"))
    except ResponseError:
        return False


@contextmanager
def server_in(folder: Path) -> Iterator[Server]:
    with EmbeddedValkey(folder) as server:
        yield Server(server.url, folder, server.pid)
