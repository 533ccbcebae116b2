from __future__ import annotations

from pathlib import Path

from bot.github.checks import check_texts
from bot.github.client import connect
from bot.github.commits import fetch_newest_commits
from tests.support.installation import scene_in
from tests.support.wire import Wire, reply

API = "https://github.test"


async def test_the_newest_commits_come_first(tmp_path: Path) -> None:
    scene = scene_in(tmp_path)
    heads = [scene.pull.head_sha]
    for number in range(3):
        scene.sandbox.commit(scene.repository, "change", {f"part_{number}.py": "x = 1\n"})
        heads.insert(0, scene.pull.head_sha)
    async with connect(scene.credentials, API, transport=scene.sandbox.transport()) as github:
        assert await fetch_newest_commits(github, scene.ref, 100) == tuple(heads)
        assert await fetch_newest_commits(github, scene.ref, 2) == tuple(heads[:2])


async def test_a_pull_request_that_is_gone_has_none(tmp_path: Path) -> None:
    ref = scene_in(tmp_path).ref
    wire = Wire().on("POST /graphql", reply(200, {"data": {"repository": None}}))
    async with connect("t", API, transport=wire.transport()) as github:
        assert await fetch_newest_commits(github, ref, 5) == ()


async def test_a_commit_that_is_gone_has_no_check_runs(tmp_path: Path) -> None:
    scene = scene_in(tmp_path)
    async with connect(scene.credentials, API, transport=scene.sandbox.transport()) as github:
        assert await check_texts(github, scene.ref, "f" * 40) == ()
