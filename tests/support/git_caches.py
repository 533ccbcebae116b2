"""A cache of repositories in front of a git server of ours, and a program that uses the same cache."""

from __future__ import annotations

import base64
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from bot.github.git import GitAddress
from tests.support.git_http import GitServer
from tests.support.work_trees import clean_environment
from workers.context.git_cache import GitCache
from workers.context.git_reading import BareRepository

NO_TOKEN = "none"

_PROGRAM = """
import asyncio, sys
from pathlib import Path
from bot.github.git import GitAddress
from workers.context.git_cache import GitCache

async def main(folder, url, host, *commits):
    address = GitAddress(url, host, "acme/shop", "Basic none", "")
    async with GitCache(Path(folder), 10**9, 10**9).opened(address, commits) as found:
        print(found.texts(commits[0], ["a.py"]), flush=True)

asyncio.run(main(*sys.argv[1:]))
"""


def cache_in(folder: Path, *, total: int = 10**9, largest: int = 10**9, seconds: float = 30) -> GitCache:
    """A cache with room enough."""
    return GitCache(folder / "cache", total, largest, seconds)


def address_of(server: GitServer, repo: str = "acme/shop", token: str = NO_TOKEN) -> GitAddress:
    """A repository of the server."""
    authorization = base64.b64encode(f"x-access-token:{token}".encode()).decode()
    host = server.url.partition("//")[2]
    return GitAddress(f"{server.url}/{repo}.git", host, repo, f"Basic {authorization}", "")


@asynccontextmanager
async def opened(cache: GitCache, address: GitAddress, *commits: str) -> AsyncIterator[BareRepository]:
    """The repository; a fetch that fails is an AssertionError."""
    async with cache.opened(address, commits) as found:
        assert isinstance(found, BareRepository), found
        yield found


async def problem_of(cache: GitCache, address: GitAddress, *commits: str) -> str:
    """Why it cannot be had."""
    async with cache.opened(address, commits) as found:
        assert not isinstance(found, BareRepository)
        return found.reason


def start_another(cache: GitCache, address: GitAddress, *commits: str) -> subprocess.Popen[bytes]:
    """A process that opens a repository in the same cache, prints what it reads of `a.py`, and ends."""
    arguments = [str(cache.folder), address.url, address.host, *commits]
    return subprocess.Popen(
        [sys.executable, "-c", _PROGRAM, *arguments],
        env=clean_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    )


def processes_with(text: bytes, what: str) -> Sequence[str]:
    """Numbers of processes of this machine in whose `cmdline` or `environ` a text stands."""
    found = []
    for file in Path("/proc").glob(f"[0-9]*/{what}"):
        try:
            content = file.read_bytes()
        except OSError:
            continue
        if text in content:
            found.append(file.parent.name)
    return found
