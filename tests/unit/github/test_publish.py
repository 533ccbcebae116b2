from __future__ import annotations

import json
import math
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.diff import Anchor, Side
from bot.domain.pull_request import PullRequest
from bot.errors import AccessLost, GitHubUnavailable, HeadMoved, RateLimited, Rejected, UserError
from bot.github.client import connect
from bot.github.publish import (
    MOST_BAD,
    PROBE,
    PostedReview,
    ReviewComment,
    post_reply,
    post_review,
    upsert_summary,
)
from tests.support.pull_requests import BASE, HEAD, a_pull_request
from tests.support.wire import Wire, data, reply

API = "https://api.github.test"
REVIEWS = "POST /repos/acme/web/pulls/7/reviews"
LIST = "GET /repos/acme/web/pulls/7/reviews"
COMMENTS = "POST /repos/acme/web/issues/7/comments"
EDIT = "PATCH /repos/acme/web/issues/comments/5"
QUERY = "POST /graphql"
MARK = f"<!-- ai-review:review head={HEAD} -->"
PULL = a_pull_request()


def comment(line: int, start: int | None = None, side: Side = Side.RIGHT) -> ReviewComment:
    return ReviewComment(Anchor("a.py", side, line, start), f"at {line}")


def standing(body: str | None = None, *, head: str = HEAD, where: str = "reviews") -> httpx.Response:
    """What stands on the pull request: nothing, or one text of ours."""
    own = {"fullDatabaseId": "77", "body": body, "author": {"__typename": "User", "login": "us"}}
    empty = {"nodes": [], "pageInfo": {"hasNextPage": False}}
    lists: dict[str, Any] = {"reviews": empty, "reviewThreads": empty, "comments": empty}
    if body is not None:
        lists[where] = {**empty, "nodes": [own]}
    return data(
        viewer={"login": "us"}, repository={"pullRequest": {"headRefOid": head, "state": "OPEN", **lists}}
    )


class Reviews:
    """GitHub's rules for reviews: whole or not at all, one pending review, bad lines named by nothing.

    `pending` is the body of the pending review; `earlier` counts the submitted ones listed before it.
    """

    def __init__(self, bad_lines: set[int], pending: str | None = None, earlier: int = 1) -> None:
        self.bad_lines = bad_lines
        self.pending = pending
        self.earlier = earlier
        self.posted: list[dict[str, Any]] = []

    def create(self, request: httpx.Request) -> httpx.Response:
        asked = json.loads(request.content)
        if self.pending is not None:
            return self.refused("User can only have one pending review per pull request")
        if self.bad_lines & {place["line"] for place in asked["comments"]}:
            return self.refused("Line could not be resolved")
        if "event" not in asked:
            self.pending = asked["body"]
            return reply(200, {"id": 50})
        self.posted.append(asked)
        return reply(200, {"id": 60})

    def delete(self, _: httpx.Request) -> httpx.Response:
        was, self.pending = self.pending, None
        return reply(404 if was is None else 200, {"id": 50})

    def list(self, request: httpx.Request) -> httpx.Response:
        listed = [{"id": 3, "state": "COMMENTED", "body": PROBE}] * self.earlier
        if self.pending is not None:
            listed.append({"id": 50, "state": "PENDING", "body": self.pending})
        start = (int(request.url.params["page"]) - 1) * 100
        return reply(200, listed[start : start + 100])

    @staticmethod
    def refused(text: str) -> httpx.Response:
        return reply(422, {"message": "Unprocessable Entity", "errors": [text]})

    def wire(self) -> Wire:
        wire = Wire().on(REVIEWS, self.create).on(LIST, self.list)
        return wire.on("DELETE /repos/acme/web/pulls/7/reviews/50", self.delete)


async def post(wire: Wire, comments: list[ReviewComment], pull: PullRequest = PULL) -> PostedReview:
    async with connect("t", API, transport=wire.transport(), pause=wire.pause) as github:
        return await post_review(github, pull, f"Found.\n\n{MARK}", comments, marker=MARK)


async def summarise(wire: Wire, comment_id: int | None = None) -> int:
    async with connect("t", API, transport=wire.transport(), pause=wire.pause) as github:
        return await upsert_summary(github, PULL, f"Summary {MARK}", comment_id, marker=MARK)


async def test_a_review_is_one_request_with_every_comment_in_its_place() -> None:
    wire = Wire().on(REVIEWS, reply(200, {"id": 60}))
    assert await post(wire, [comment(4), comment(9, 7), comment(2, side=Side.LEFT)]) == PostedReview(60)
    assert wire.bodies(REVIEWS) == [
        {
            "commit_id": HEAD,
            "event": "COMMENT",
            "body": f"Found.\n\n{MARK}",
            "comments": [
                {"path": "a.py", "side": "RIGHT", "line": 4, "body": "at 4"},
                {
                    "path": "a.py",
                    "side": "RIGHT",
                    "line": 9,
                    "start_line": 7,
                    "start_side": "RIGHT",
                    "body": "at 9",
                },
                {"path": "a.py", "side": "LEFT", "line": 2, "body": "at 2"},
            ],
        }
    ]


@pytest.mark.parametrize("bad", [1, 13, 20])
async def test_one_bad_comment_of_twenty_is_returned_and_nineteen_are_posted_together(bad: int) -> None:
    reviews = Reviews({bad})
    wire = reviews.wire()
    posted = await post(wire, [comment(line) for line in range(1, 21)])
    assert posted == PostedReview(60, (comment(bad),))
    assert [len(review["comments"]) for review in reviews.posted] == [19]
    assert reviews.pending is None
    assert len(wire.requests) <= 2 + 2 * math.ceil(math.log2(20))


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 12).flatmap(lambda n: st.tuples(st.just(n), st.sets(st.integers(1, n)))))
async def test_every_comment_is_either_posted_once_or_returned(case: tuple[int, set[int]]) -> None:
    count, bad = case
    reviews = Reviews(bad)
    posted = await post(reviews.wire(), [comment(line) for line in range(1, count + 1)])
    inline = [place["line"] for review in reviews.posted for place in review["comments"]]
    returned = [rejected.anchor.line for rejected in posted.rejected]
    assert sorted(inline + returned) == list(range(1, count + 1))
    assert len(reviews.posted) == (posted.review_id is not None)
    if len(bad) <= MOST_BAD and len(bad) < count:
        assert set(returned) == bad
    assert reviews.pending is None


async def test_too_many_bad_comments_all_go_to_the_summary_after_a_bounded_search() -> None:
    reviews = Reviews(set(range(1, 66)))
    wire = reviews.wire()
    comments = [comment(line) for line in range(1, 66)]
    assert await post(wire, comments) == PostedReview(None, tuple(comments))
    assert len(wire.requests) <= 1 + MOST_BAD * (2 * 7 + 1)


async def test_a_refused_body_without_comments_is_an_error() -> None:
    with pytest.raises(Rejected):
        await post(Wire().on(REVIEWS, Reviews.refused("Body is too long")), [])


@pytest.mark.parametrize("earlier", [0, 1, 100, 250])
async def test_a_probe_of_an_interrupted_run_is_taken_away_first(earlier: int) -> None:
    reviews = Reviews(set(), pending=PROBE, earlier=earlier)
    assert await post(reviews.wire(), [comment(1)]) == PostedReview(60)
    assert reviews.pending is None


@pytest.mark.parametrize("draft", ["", "What I think of it.", f"It left {PROBE} here."])
async def test_a_persons_pending_review_is_left_alone_and_they_are_told_of_it(draft: str) -> None:
    reviews = Reviews({2}, pending=draft)
    with pytest.raises(UserError, match="submit or discard it"):
        await post(reviews.wire(), [comment(1), comment(2)])
    assert (reviews.pending, reviews.posted) == (draft, [])


async def test_a_pending_review_that_begins_during_the_search_is_not_taken_for_a_bad_comment() -> None:
    blocked = Reviews.refused("User can only have one pending review per pull request")
    wire = Wire().on(REVIEWS, Reviews.refused("Line could not be resolved"), blocked).on(LIST, reply(200, []))
    with pytest.raises(UserError, match="submit or discard it"):
        await post(wire, [comment(1), comment(2)])


@pytest.mark.parametrize(
    "text",
    ["The commitOID is not part of the pull request", "end_commit_oid is not part of the pull request"],
)
async def test_a_commit_that_left_the_pull_request_is_a_moved_head(text: str) -> None:
    wire = Wire().on(REVIEWS, Reviews.refused(text))
    with pytest.raises(HeadMoved):
        await post(wire, [comment(1), comment(2)])
    assert len(wire.requests) == 1


async def test_a_hidden_rate_limit_is_not_taken_for_a_bad_comment() -> None:
    wire = Wire().on(REVIEWS, reply(422, {"message": "x", "errors": [{"code": "abuse"}]}))
    with pytest.raises(RateLimited):
        await post(wire, [comment(1), comment(2)])
    assert len(wire.requests) == 1


@pytest.mark.parametrize("trouble", [reply(502), httpx.ReadTimeout("slow"), httpx.ReadError("reset")])
async def test_a_review_that_was_created_unheard_is_found_and_not_doubled(trouble: Any) -> None:
    wire = Wire().on(REVIEWS, trouble).on(QUERY, standing(f"Found.\n\n{MARK}"))
    assert await post(wire, [comment(1)]) == PostedReview(77)
    assert wire.sent() == [REVIEWS, QUERY]
    assert wire.pauses == [2.0]


async def test_a_review_that_was_not_created_is_sent_once_more() -> None:
    wire = Wire().on(REVIEWS, reply(502), reply(200, {"id": 60})).on(QUERY, standing())
    assert await post(wire, [comment(1)]) == PostedReview(60)
    assert wire.sent() == [REVIEWS, QUERY, QUERY, REVIEWS]


async def test_a_second_unknown_outcome_is_raised_and_not_tried_again() -> None:
    wire = Wire().on(REVIEWS, reply(502)).on(QUERY, standing())
    with pytest.raises(GitHubUnavailable):
        await post(wire, [comment(1)])
    assert wire.sent() == [REVIEWS, QUERY, QUERY, REVIEWS]


async def test_a_review_is_not_repeated_on_a_head_that_has_moved() -> None:
    wire = Wire().on(REVIEWS, reply(502)).on(QUERY, standing(head=BASE))
    with pytest.raises(HeadMoved):
        await post(wire, [comment(1)])
    assert wire.sent() == [REVIEWS, QUERY]


async def test_where_it_cannot_be_looked_up_nothing_is_repeated() -> None:
    wire = Wire().on(REVIEWS, reply(502)).on(QUERY, reply(502))
    with pytest.raises(GitHubUnavailable):
        await post(wire, [comment(1)])
    assert wire.sent().count(REVIEWS) == 1


async def test_the_summary_is_created_once_and_then_edited() -> None:
    wire = Wire().on(COMMENTS, reply(201, {"id": 5})).on(EDIT, reply(200, {"id": 5}))
    assert await summarise(wire) == 5
    assert await summarise(wire, 5) == 5
    assert wire.sent() == [COMMENTS, EDIT]
    assert wire.bodies(EDIT) == [{"body": f"Summary {MARK}"}]


@pytest.mark.parametrize("status", [404, 410])
async def test_a_summary_that_somebody_deleted_is_written_anew(status: int) -> None:
    wire = Wire().on(EDIT, reply(status)).on(COMMENTS, reply(201, {"id": 6}))
    assert await summarise(wire, 5) == 6


async def test_a_summary_that_may_not_be_edited_is_not_written_twice() -> None:
    with pytest.raises(AccessLost):
        await summarise(Wire().on(EDIT, reply(403, {"message": "locked"})), 5)


async def test_a_summary_that_was_created_unheard_is_found_and_not_doubled() -> None:
    wire = Wire().on(COMMENTS, reply(502)).on(QUERY, standing(f"Summary {MARK}", where="comments"))
    assert await summarise(wire) == 77
    assert wire.sent() == [COMMENTS, QUERY]


async def test_a_summary_that_was_not_created_is_sent_once_more() -> None:
    wire = Wire().on(COMMENTS, reply(502), reply(201, {"id": 6})).on(QUERY, standing())
    assert await summarise(wire) == 6


async def test_a_reply_is_given_once_however_often_the_job_runs() -> None:
    wire = Wire().on(QUERY, standing(), standing(f"Help. {MARK}", where="comments"))
    wire.on(COMMENTS, reply(201, {"id": 77}))
    async with connect("t", API, transport=wire.transport()) as github:
        for _ in range(2):
            assert await post_reply(github, PULL.ref, f"Help. {MARK}", marker=MARK) == 77
    assert wire.sent() == [QUERY, COMMENTS, QUERY]
