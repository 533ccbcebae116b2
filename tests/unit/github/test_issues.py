from __future__ import annotations

from typing import Any

import httpx
import pytest

from bot.errors import RateLimited
from bot.github.client import connect
from bot.github.issues import BODY_LIMIT, Issue, Issues, fetch_issues
from tests.support.pull_requests import a_pull_request
from tests.support.wire import Wire, reply

API = "https://api.github.test"


def issue(number: int, **fields: Any) -> dict[str, Any]:
    return {
        "number": number,
        "title": "Empty carts cost nothing",
        "body": "An empty cart has to cost 0.",
        "repository_url": f"{API}/repos/acme/web",
        "state": "open",
    } | fields


async def fetch(wire: Wire, body: str, **fields: Any) -> Issues:
    async with connect("t", API, transport=wire.transport(), pause=wire.pause) as github:
        return await fetch_issues(github, a_pull_request(body=body, **fields))


def place(number: int) -> str:
    return f"GET /repos/acme/web/issues/{number}"


async def test_linked_issues_are_read_one_request_each() -> None:
    wire = Wire().on(place(12), reply(200, issue(12))).on(place(3), reply(200, issue(3, body=None)))
    read = await fetch(wire, "Fixes #12, closes https://github.com/acme/web/issues/3")
    assert read == Issues(
        (
            Issue(12, "Empty carts cost nothing", "An empty cart has to cost 0."),
            Issue(3, "Empty carts cost nothing", ""),
        )
    )
    assert sorted(wire.sent()) == [place(12), place(3)]


async def test_without_a_link_nothing_is_asked() -> None:
    wire = Wire()
    assert await fetch(wire, "See #12, and fixes other/repo#3.") == Issues()
    assert await fetch(wire, "Fixes #7, which is this pull request.") == Issues()
    assert wire.requests == []


@pytest.mark.parametrize(
    "trouble",
    [
        reply(404),
        reply(410),
        reply(200, issue(12, pull_request={"url": "x"})),
        reply(200, issue(99)),
        reply(200, issue(12, repository_url=f"{API}/repos/acme/secrets")),
    ],
)
async def test_what_is_no_issue_of_the_repository_is_left_out(trouble: Any) -> None:
    wire = Wire().on(place(12), trouble).on(place(3), reply(200, issue(3)))
    read = await fetch(wire, "Fixes #12. Fixes #3.")
    assert ([one.number for one in read.found], read.notice) == ([3], "")


@pytest.mark.parametrize(
    "trouble",
    [
        reply(403, {"message": "Resource not accessible by integration"}),
        reply(503),
        reply(200, {"not": "an issue"}),
        reply(200, issue(12, title=None)),
        httpx.ReadTimeout("slow"),
    ],
)
async def test_an_issue_that_github_does_not_give_is_named_and_the_others_are_read(trouble: Any) -> None:
    wire = Wire().on(place(12), trouble).on(place(3), reply(200, issue(3)))
    read = await fetch(wire, "Fixes #12. Fixes #3.")
    assert [one.number for one in read.found] == [3]
    assert read.notice == "What #12 asks for was not looked at: GitHub did not give that issue."


async def test_several_issues_that_github_does_not_give_are_named_together() -> None:
    wire = Wire().on(place(12), reply(503)).on(place(3), reply(403, {"message": "no"}))
    read = await fetch(wire, "Fixes #12. Fixes #3.")
    assert read.notice == "What #12 and #3 ask for was not looked at: GitHub did not give these issues."


async def test_where_github_asks_for_a_pause_issues_wait_with_the_review() -> None:
    with pytest.raises(RateLimited):
        await fetch(Wire().on(place(12), reply(429, retry_after="900")), "Fixes #12.")


async def test_an_issue_that_moved_to_another_repository_is_not_shown() -> None:
    moved = reply(301, {}, location=f"{API}/repositories/5/issues/4")
    elsewhere = reply(200, issue(4, repository_url=f"{API}/repos/acme/secrets"))
    wire = Wire().on(place(12), moved).on("GET /repositories/5/issues/4", elsewhere)
    assert await fetch(wire, "Fixes #12") == Issues()


async def test_a_long_text_is_cut() -> None:
    wire = Wire().on(place(12), reply(200, issue(12, body="x" * 50_000)))
    [found] = (await fetch(wire, "Fixes #12")).found
    assert found.body == "x" * BODY_LIMIT + "…"
