from __future__ import annotations

import httpx

from bot.domain.diff import Diff, FileDiff, FileStatus
from bot.github.client import connect
from tests.support.pull_requests import a_pull_request
from tests.support.wire import Wire, reply
from workers.ports import Image
from workers.reading_intent import SeenPictures, fetch_linked_issues, fetch_pictures
from workers.review.change import LinkedIssue

API = "https://api.github.com"
PNG = b"\x89PNG\r\n\x1a\n"


async def test_linked_issues_come_as_the_engine_s_own() -> None:
    issue = {"number": 12, "title": "Free carts", "body": "Zero.", "repository_url": f"{API}/repos/acme/web"}
    wire = Wire().on("GET /repos/acme/web/issues/12", reply(200, issue))
    async with connect("t", API, transport=wire.transport()) as github:
        found = await fetch_linked_issues(github, a_pull_request(body="Fixes #12"))
    assert found == (LinkedIssue(12, "Free carts", "Zero."),)


async def test_pictures_come_as_the_engine_s_own_with_what_is_missing() -> None:
    wire = Wire().on("GET /repos/acme/web/contents/a.png", httpx.Response(200, content=PNG))
    wire.on("GET /repos/acme/web/contents/b.png", reply(404))
    files = tuple(FileDiff(path, FileStatus.ADDED, is_binary=True) for path in ("a.png", "b.png"))
    async with connect("t", API, transport=wire.transport()) as github:
        seen = await fetch_pictures(github, a_pull_request(), Diff(files))
    assert seen.images == (Image("a.png", "image/png", PNG),)
    assert "1 picture" in seen.notice
    assert SeenPictures() == SeenPictures((), "")
