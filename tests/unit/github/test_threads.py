from __future__ import annotations

from typing import Any

import httpx
import pytest

from bot.errors import GitHubUnavailable, RateLimited
from bot.github.client import connect
from bot.github.standing import OwnText, Thread
from bot.github.threads import close_thread, edit_inline
from tests.support.wire import Wire, data

QUERY = "POST /graphql"
THREAD = Thread("T1", "C1", OwnText(5, "Words."))
EDIT = "PATCH /repos/acme/web/pulls/comments/5"
REFUSED = httpx.Response(200, json={"data": None, "errors": [{"type": "FORBIDDEN", "message": "no"}]})


async def closed(wire: Wire) -> list[dict[str, Any]]:
    async with connect(
        "t", "https://api.github.test", transport=wire.transport(), pause=wire.pause
    ) as github:
        await close_thread(github, THREAD)
    return wire.bodies(QUERY)


async def test_a_thread_is_resolved() -> None:
    [asked] = await closed(Wire().on(QUERY, data(resolveReviewThread={"thread": {"isResolved": True}})))
    assert "resolveReviewThread" in asked["query"]
    assert asked["variables"] == {"id": "T1"}


async def test_where_we_may_not_resolve_the_comment_is_folded_away() -> None:
    folded = data(minimizeComment={"minimizedComment": {"isMinimized": True}})
    [_, asked] = await closed(Wire().on(QUERY, REFUSED, folded))
    assert "minimizeComment" in asked["query"]
    assert asked["variables"] == {"id": "C1"}


async def test_a_thread_that_cannot_be_closed_costs_the_review_nothing() -> None:
    assert len(await closed(Wire().on(QUERY, REFUSED, REFUSED))) == 2
    assert await closed(Wire().on(QUERY, *[httpx.Response(502)] * 3))


async def test_a_wanted_pause_is_no_failure_to_close() -> None:
    with pytest.raises(RateLimited):
        await closed(Wire().on(QUERY, httpx.Response(429, headers={"retry-after": "60"})))


@pytest.mark.parametrize(
    ("answer", "there"), [(httpx.Response(200, json={"id": 5}), True), (httpx.Response(404), False)]
)
async def test_an_edited_comment_may_be_gone(answer: httpx.Response, there: bool) -> None:
    wire = Wire().on(EDIT, answer)
    async with connect("t", "https://api.github.test", transport=wire.transport()) as github:
        assert await edit_inline(github, "acme/web", 5, "Fixed.") is there
    assert wire.bodies(EDIT) == [{"body": "Fixed."}]


async def test_a_comment_that_cannot_be_edited_now_is_an_error() -> None:
    wire = Wire().on(EDIT, *[httpx.Response(502)] * 3)
    async with connect(
        "t", "https://api.github.test", transport=wire.transport(), pause=wire.pause
    ) as github:
        with pytest.raises(GitHubUnavailable):
            await edit_inline(github, "acme/web", 5, "Fixed.")
