"""One embedded server for a whole test session; each test gets an emptied database of it."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from redis import Redis

from bot.valkey import EmbeddedValkey


class TestServer:
    __test__ = False

    def __init__(self, url: str) -> None:
        self._url = url
        self._numbers = itertools.cycle(range(64))

    def fresh_url(self) -> str:
        url = f"{self._url}?db={next(self._numbers)}"
        with Redis.from_url(url) as client:
            client.flushdb()
        return url


@contextmanager
def server_in(directory: Path) -> Iterator[TestServer]:
    with EmbeddedValkey(directory) as server:
        yield TestServer(server.url)
