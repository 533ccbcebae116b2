"""Fixtures that many parts share: a real server and clients of it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from redis import Redis

from tests.support.valkey import TestServer, server_in


@pytest.fixture(scope="session")
def valkey_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestServer]:
    with server_in(tmp_path_factory.mktemp("data")) as server:
        yield server


@pytest.fixture
def valkey_url(valkey_server: TestServer) -> str:
    return valkey_server.fresh_url()


@pytest.fixture
def redis(valkey_url: str) -> Iterator[Redis]:
    with Redis.from_url(valkey_url) as client:
        yield client
