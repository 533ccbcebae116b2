from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from bot.domain.diff import Anchor, Side
from bot.errors import (
    AccessLost,
    GitHubError,
    GitHubUnavailable,
    RateLimited,
    Rejected,
    SlotLost,
    Unanswered,
)
from bot.github.checks import start_check
from bot.github.client import SETTLING, GitHub, connect
from bot.github.publish import ReviewComment, post_reply, post_review, upsert_summary
from bot.github.sends import LANDING
from tests.support.pull_requests import HEAD, a_pull_request
from tests.support.wire import Wire, data, reply

API = "https://api.github.test"
PULL = a_pull_request()
REVIEWS = "POST /repos/acme/web/pulls/7/reviews"
COMMENTS = "POST /repos/acme/web/issues/7/comments"
CHECKS = "POST /repos/acme/web/check-runs"
LIST = f"GET /repos/acme/web/commits/{HEAD}/check-runs"
QUERY = "POST /graphql"
MARK = "<!-- ai-review:review head=x -->"


@dataclass
class Noted:
    """What a connection says of its creations, and where on the wire it does."""

    wire: Wire
    is_lost: bool = False
    landing: float = LANDING
    said: list[tuple[str, int]] = field(default_factory=list)

    def sending(self, seconds: float) -> None:
        if self.is_lost:
            raise SlotLost("another run has taken over")
        assert seconds == LANDING
        self.said.append(("sending", len(self.wire.requests)))

    def answered(self) -> None:
        self.said.append(("answered", len(self.wire.requests)))

    def left(self) -> float:
        return self.landing if self.said and self.said[-1][0] == "sending" else 0.0


def standing(body: str | None = None) -> httpx.Response:
    """What stands: nothing, or a review and a comment of ours."""
    own = {"fullDatabaseId": "77", "body": body, "author": {"__typename": "User", "login": "us"}}
    texts = {"nodes": [own] if body else [], "pageInfo": {"hasNextPage": False}}
    pull = {"headRefOid": HEAD, "state": "OPEN", "reviews": texts, "comments": texts}
    nothing = {**texts, "nodes": []}
    return data(viewer={"login": "us"}, repository={"pullRequest": {**pull, "reviewThreads": nothing}})


async def check(github: GitHub) -> None:
    await start_check(github, PULL, "Reading", "…")


async def review(github: GitHub) -> None:
    comment = ReviewComment(Anchor("a.py", Side.RIGHT, 4), "at 4")
    await post_review(github, PULL, MARK, [comment], marker=MARK)


async def summary(github: GitHub) -> None:
    await upsert_summary(github, PULL, MARK, None, marker=MARK)


CREATIONS = [(check, CHECKS), (review, REVIEWS), (summary, COMMENTS)]
LOOKED_FOR = [(check, CHECKS, LIST), (review, REVIEWS, QUERY), (summary, COMMENTS, QUERY)]


@pytest.mark.parametrize(("make", "place"), CREATIONS)
async def test_what_would_show_twice_is_noted_before_it_is_sent_and_no_more_once_it_is_answered(
    make: Any, place: str
) -> None:
    wire = Wire().on(place, reply(201, {"id": 5}))
    noted = Noted(wire)
    async with connect("t", API, transport=wire.transport(), sends=noted) as github:
        await make(github)
    assert wire.sent() == [place]
    assert noted.said == [("sending", 0), ("answered", 1)]


@pytest.mark.parametrize(
    ("status", "kind"), [(404, AccessLost), (422, Rejected), (429, RateLimited), (403, GitHubError)]
)
async def test_a_refusal_is_an_answer(status: int, kind: type[GitHubError]) -> None:
    wire = Wire().on(COMMENTS, reply(status))
    noted = Noted(wire)
    async with connect("t", API, transport=wire.transport(), sends=noted) as github:
        with pytest.raises(kind):
            await summary(github)
    assert noted.said == [("sending", 0), ("answered", 1)]


@pytest.mark.parametrize("trouble", [reply(502), reply(200, []), httpx.ReadTimeout("slow")])
async def test_what_may_still_appear_stays_noted(trouble: Any) -> None:
    wire = Wire().on(COMMENTS, trouble).on(QUERY, reply(502))
    noted = Noted(wire)
    async with connect("t", API, transport=wire.transport(), pause=wire.pause, sends=noted) as github:
        with pytest.raises(GitHubUnavailable):
            await summary(github)
    assert noted.said == [("sending", 0)]


async def test_a_run_that_lost_its_pull_request_sends_nothing() -> None:
    wire = Wire().on(QUERY, standing())
    async with connect("t", API, transport=wire.transport(), sends=Noted(wire, is_lost=True)) as github:
        for make, _ in CREATIONS:
            with pytest.raises(SlotLost):
                await make(github)
        with pytest.raises(SlotLost):
            await post_reply(github, PULL.ref, MARK, marker=MARK)
    assert wire.sent() == [QUERY]


@pytest.mark.parametrize(("make", "place", "look"), LOOKED_FOR)
async def test_what_has_no_answer_is_not_sent_again_while_it_may_still_appear(
    make: Any, place: str, look: str
) -> None:
    wire = Wire().on(place, reply(502)).on(QUERY, standing()).on(LIST, reply(200, {"check_runs": []}))
    noted = Noted(wire)
    async with connect("t", API, transport=wire.transport(), pause=wire.pause, sends=noted) as github:
        with pytest.raises(Unanswered):
            await make(github)
    assert wire.sent() == [place, look]
    assert wire.pauses == [SETTLING]
    assert [word for word, _ in noted.said] == ["sending"]


@pytest.mark.parametrize(("make", "place"), CREATIONS)
async def test_while_something_may_still_appear_the_same_connection_sends_nothing_more(
    make: Any, place: str
) -> None:
    wire = Wire().on(place, reply(502)).on(QUERY, standing()).on(LIST, reply(200, {"check_runs": []}))
    noted = Noted(wire)
    async with connect("t", API, transport=wire.transport(), pause=wire.pause, sends=noted) as github:
        for _ in range(2):
            with pytest.raises(Unanswered):
                await make(github)
    assert wire.sent().count(place) == 1
    assert [word for word, _ in noted.said] == ["sending"]


@pytest.mark.parametrize(("make", "place", "look"), LOOKED_FOR)
async def test_what_is_found_after_all_counts_as_answered(make: Any, place: str, look: str) -> None:
    run = {"id": 8, "external_id": PULL.ref.external_id}
    wire = Wire().on(place, reply(502)).on(QUERY, standing(MARK))
    wire.on(LIST, reply(200, {"check_runs": [run]}))
    noted = Noted(wire)
    async with connect("t", API, transport=wire.transport(), pause=wire.pause, sends=noted) as github:
        await make(github)
    assert wire.sent() == [place, look]
    assert [word for word, _ in noted.said] == ["sending", "answered"]


@pytest.mark.parametrize(("make", "place", "look"), LOOKED_FOR)
async def test_what_can_no_longer_appear_is_sent_once_more(make: Any, place: str, look: str) -> None:
    wire = Wire().on(place, httpx.ReadTimeout("slow"), reply(201, {"id": 5})).on(QUERY, standing())
    wire.on(LIST, reply(200, {"check_runs": []}))
    noted = Noted(wire, landing=0.0)
    async with connect("t", API, transport=wire.transport(), pause=wire.pause, sends=noted) as github:
        await make(github)
    assert wire.sent() == [place, look, place]
    assert [word for word, _ in noted.said] == ["sending", "sending", "answered"]


@pytest.mark.parametrize(("make", "place", "look"), LOOKED_FOR)
async def test_where_no_run_follows_the_time_is_waited_out_and_it_is_looked_for_again(
    make: Any, place: str, look: str
) -> None:
    wire = Wire().on(place, reply(502), reply(201, {"id": 5})).on(QUERY, standing())
    wire.on(LIST, reply(200, {"check_runs": []}))
    async with connect("t", API, transport=wire.transport(), pause=wire.pause) as github:
        await make(github)
    assert wire.sent() == [place, look, look, place]
    assert wire.pauses == [SETTLING, LANDING - SETTLING]
