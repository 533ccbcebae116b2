"""What is loaded before the workers are forked, so that no job has to."""

from __future__ import annotations

import subprocess
import sys

from workers.cli.work import LOADED_LATE

FIRST_REQUEST = """
import asyncio, importlib, sys
import httpx
for name in sys.argv[1:]:
    importlib.import_module(name)
before = set(sys.modules)

async def ask():
    async with httpx.AsyncClient(trust_env=False, verify=False) as client:
        try:
            await client.get("http://127.0.0.1:1")
        except httpx.ConnectError:
            pass

asyncio.run(ask())
print(*sorted(name for name in set(sys.modules) - before if name.startswith(("anyio._backends", "httpcore"))))
"""


def loaded_by_the_first_request(*preloaded: str) -> list[str]:
    command = [sys.executable, "-c", FIRST_REQUEST, *preloaded]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()


def test_a_jobs_first_request_finds_its_libraries_loaded() -> None:
    assert set(LOADED_LATE) <= set(loaded_by_the_first_request())
    assert loaded_by_the_first_request(*LOADED_LATE) == []
