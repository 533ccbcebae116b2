"""The code base of a review: by git from a server that knows our token, else by its API."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.github.client import GitHub, connect
from bot.github.pulls import fetch_pull_request
from bot.sandbox.journal import Fault
from tests.support.git_caches import cache_in
from tests.support.installation import Scene, scene_in
from workers.context.fetched import FetchedTexts
from workers.context.git_cache import GitCache
from workers.context.pull_code import code_around
from workers.ports import CodeBase, Hit

OLD, NEW = Hit("lib/old.py", 1, "old = 1"), Hit("new.py", 1, "import old")


@dataclass
class Played:
    scene: Scene
    github: GitHub
    code: CodeBase


@asynccontextmanager
async def played(
    folder: Path, cache: GitCache | None, *faults: Fault, api: str = ""
) -> AsyncIterator[Played]:
    scene = scene_in(
        folder / "sandbox",
        base={
            "AGENTS.md": "Be brief.\n",
            "lib/.gitattributes": "* -text\n",
            "lib/old.py": "old = 1\n",
        },
        head={"AGENTS.md": "Be long.\n", "new.py": "import old\n"},
    )
    with scene.sandbox.serve() as server:
        async with connect(scene.credentials, server.url + api) as github:
            pull = await fetch_pull_request(github, scene.ref)
            for fault in faults:
                scene.sandbox.fail(fault)
            fetched = FetchedTexts({"new.py": "import old\n"}, {"AGENTS.md": "Be brief.\n"})
            async with code_around(github, pull, fetched, cache) as code:
                yield Played(scene, github, code)


@pytest.mark.parametrize("api", ["", "/api/v3"])
async def test_everything_comes_by_git_without_a_call_of_the_api(tmp_path: Path, api: str) -> None:
    async with played(tmp_path, cache_in(tmp_path), api=api) as now:
        before = now.github.calls
        assert "lib/old.py" in await now.code.paths()
        assert (await now.code.read(["AGENTS.md"])) == {"AGENTS.md": "Be long.\n"}
        asked = ["AGENTS.md", "lib/.gitattributes", "no.md"]
        assert list((await now.code.read_base(asked)).values()) == [
            "Be brief.\n",
            "* -text\n",
            None,
        ]
        assert await now.code.search(["old"]) == (
            Hit("lib/old.py", 1, "old = 1"),
            Hit("new.py", 1, "import old"),
        )
        assert now.github.calls == before


def fetched_commits(folder: Path) -> list[Path]:
    return list(folder.glob("cache/*/*/*/git/refs/at/*"))


async def test_what_came_with_the_change_does_not_wait_for_git(tmp_path: Path) -> None:
    async with played(tmp_path, cache_in(tmp_path), Fault("GET", r"\.git/", delay=0.5)) as now:
        assert await now.code.read_base(["AGENTS.md"]) == {"AGENTS.md": "Be brief.\n"}
        assert fetched_commits(tmp_path) == []


async def test_where_git_is_not_served_the_api_is_asked_and_the_operator_is_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    async with played(tmp_path, cache_in(tmp_path), Fault("*", r"\.git/", times=9, status=403)) as now:
        before = now.github.calls
        assert await now.code.read(["lib/old.py"]) == {"lib/old.py": "old = 1\n"}
        assert await now.code.search(["old"]) == (
            Hit("lib/old.py", 1, "old = 1"),
            Hit("new.py", 1, "import old"),
        )
        assert now.github.calls == before + 1
    assert "acme/shop is read by the API" in caplog.text


async def test_a_repository_over_the_limit_is_read_by_the_api(tmp_path: Path) -> None:
    async with played(tmp_path, cache_in(tmp_path, largest=10)) as now:
        assert await now.code.read(["lib/old.py"]) == {"lib/old.py": "old = 1\n"}


async def test_without_a_cache_git_is_not_started(tmp_path: Path) -> None:
    async with played(tmp_path, None) as now:
        assert await now.code.read(["lib/old.py"]) == {"lib/old.py": "old = 1\n"}
        assert await now.code.read_base(["AGENTS.md"]) == {"AGENTS.md": "Be brief.\n"}


async def test_a_review_that_ends_early_waits_for_no_fetch(tmp_path: Path) -> None:
    async with played(tmp_path, cache_in(tmp_path), Fault("GET", r"\.git/", delay=20.0)):
        pass
