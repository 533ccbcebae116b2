from __future__ import annotations

from pathlib import Path

import httpx

from bot.domain.diff import Diff, FileDiff, FileStatus
from bot.domain.in_force import PolicyInForce
from bot.github.client import connect
from bot.settings import Settings
from tests.support.pull_requests import a_pull_request
from tests.support.wire import Wire, reply
from workers.context.fetched import FetchedTexts
from workers.ports import Image
from workers.reading_intent import fetch_linked_issues, fetch_pictures, with_intent
from workers.reading_pulls import ReadPull
from workers.review.change import Change, LinkedIssue

API = "https://api.github.com"
PNG = b"\x89PNG\r\n\x1a\n"


async def test_linked_issues_come_as_the_engine_s_own() -> None:
    issue = {"number": 12, "title": "Free carts", "body": "Zero.", "repository_url": f"{API}/repos/acme/web"}
    wire = Wire().on("GET /repos/acme/web/issues/12", reply(200, issue))
    async with connect("t", API, transport=wire.transport()) as github:
        found, notices = await fetch_linked_issues(github, a_pull_request(body="Fixes #12"))
    assert (found, notices) == ((LinkedIssue(12, "Free carts", "Zero."),), ())


async def test_what_is_missing_of_the_intent_is_told_beside_the_review(tmp_path: Path) -> None:
    wire = Wire().on("GET /repos/acme/web/issues/12", reply(503))
    wire.on("GET /repos/acme/web/contents/a.png", reply(404))
    diff = Diff((FileDiff("a.png", FileStatus.ADDED, is_binary=True),))
    change = Change("", "", "a" * 40, diff)
    settings = Settings.model_validate({"model": f"scripted:{tmp_path}/x.json", "model_images": "on"})
    async with connect("t", API, transport=wire.transport(), pause=wire.pause) as github:
        read = ReadPull(change, FetchedTexts({}), PolicyInForce())
        material, told = await with_intent(github, a_pull_request(body="Fixes #12"), read, settings)
    assert (material.change.issues, material.change.images) == ((), ())
    assert [notice.partition(" not looked at")[0] for notice in told] == [
        "What #12 asks for was",
        "1 picture of this change or its description was",
    ]


async def test_pictures_come_as_the_engine_s_own_with_what_is_missing() -> None:
    wire = Wire().on("GET /repos/acme/web/contents/a.png", httpx.Response(200, content=PNG))
    wire.on("GET /repos/acme/web/contents/b.png", reply(404))
    files = tuple(FileDiff(path, FileStatus.ADDED, is_binary=True) for path in ("a.png", "b.png"))
    async with connect("t", API, transport=wire.transport()) as github:
        seen = await fetch_pictures(github, a_pull_request(), Diff(files))
    assert seen.images == (Image("a.png", "image/png", PNG),)
    assert [notice.partition(" of ")[0] for notice in seen.notices] == ["1 picture"]
