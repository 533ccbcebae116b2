from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from redis import Redis

from tests.support.desk import Commanding, commanding


@pytest.fixture
async def people(tmp_path: Path, redis: Redis) -> AsyncIterator[Commanding]:
    async with commanding(tmp_path, redis) as one:
        yield one
