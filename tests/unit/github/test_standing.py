from __future__ import annotations

from typing import Any

import httpx
import pytest

from bot.domain.pull_request import PullRequestRef
from bot.errors import AccessLost, GitHubUnavailable, HeadMoved
from bot.github.client import GitHub, connect
from bot.github.standing import (
    MARKER_START,
    OwnText,
    Reply,
    Standing,
    Thread,
    ThumbDown,
    fetch_standing,
    with_marker,
)
from bot.rendering.markers import MarkerKind, write_marker
from tests.support.pull_requests import BASE, HEAD
from tests.support.wire import Wire, data

API = "https://api.github.test"
QUERY = "POST /graphql"
REF = PullRequestRef("acme/web", 7)
MARK = write_marker(MarkerKind.SUMMARY, head=HEAD)
US = {"__typename": "User", "login": "us"}


def text(number: int, body: str = MARK, author: dict[str, str] | None = US) -> dict[str, Any]:
    return {"fullDatabaseId": str(number), "body": body, "author": author}


def listed(*nodes: Any, more: str | None = None) -> dict[str, Any]:
    return {"nodes": list(nodes), "pageInfo": {"hasNextPage": more is not None, "endCursor": more}}


def thread(*comments: Any, down: tuple[str, ...] = (), **more: Any) -> dict[str, Any]:
    reactions = [
        {"content": "THUMBS_DOWN", "createdAt": f"2026-05-0{day}T00:00:00Z", "user": {"login": login}}
        for day, login in enumerate(down, 1)
    ]
    root = [one | {"id": "C1", "path": "a.py", "reactions": {"nodes": reactions}} for one in comments[:1]]
    found = {"id": "T1", "root": {"nodes": root}, "talk": {"nodes": list(comments)}, "line": 4}
    return found | {"isResolved": False, "isOutdated": False, "resolvedBy": None} | more


def page(*, viewer: str = "us", state: str = "OPEN", head: str = HEAD, **lists: Any) -> httpx.Response:
    names = {"reviews": "reviews", "threads": "reviewThreads", "comments": "comments"}
    pull = {"headRefOid": head, "state": state} | {names[kind]: found for kind, found in lists.items()}
    return data(viewer={"login": viewer}, repository={"pullRequest": pull})


def first_page(viewer: str = "us", state: str = "OPEN", **lists: Any) -> httpx.Response:
    return page(
        viewer=viewer,
        state=state,
        **{"reviews": listed(), "threads": listed(), "comments": listed(), **lists},
    )


async def standing_of(wire: Wire) -> Standing:
    async with connect("t", API, transport=wire.transport(), pause=wire.pause) as github:
        return await fetch_standing(github, REF)


async def test_our_marked_texts_are_found_in_one_request() -> None:
    answer = first_page(
        reviews=listed(text(3_000_000_001)),
        threads=listed(thread(text(2)), thread()),
        comments=listed(text(3), text(4)),
    )
    wire = Wire().on(QUERY, answer)
    assert await standing_of(wire) == Standing(
        HEAD,
        is_open=True,
        reviews=(OwnText(3_000_000_001, MARK),),
        threads=(Thread("T1", "C1", OwnText(2, MARK, "a.py"), line=4),),
        comments=(OwnText(3, MARK), OwnText(4, MARK)),
    )
    assert len(wire.requests) == 1


async def test_a_thread_tells_what_people_did_in_it() -> None:
    mallory = {"__typename": "User", "login": "mallory"}
    talk = (text(2), text(3, "Not so.", mallory), text(4, "Looked again."), text(5, "?", None))
    found = thread(
        *talk, down=("wanda", "eve"), isResolved=True, isOutdated=True, resolvedBy={"login": "wanda"}
    )
    [one] = (await standing_of(Wire().on(QUERY, first_page(threads=listed(found))))).threads
    assert (one.is_resolved, one.resolved_by, one.is_outdated) == (True, "wanda", True)
    assert one.thumbs_down == (
        ThumbDown("wanda", "2026-05-01T00:00:00Z"),
        ThumbDown("eve", "2026-05-02T00:00:00Z"),
    )
    assert one.replies == (
        Reply(3, "mallory", is_ours=False, body="Not so."),
        Reply(4, "us", is_ours=True, body="Looked again."),
        Reply(5, "", is_ours=False, body="?"),
    )


@pytest.mark.parametrize("viewer", ["us", "us[bot]"])
async def test_what_we_resolved_was_resolved_by_nobody_else(viewer: str) -> None:
    author = {"__typename": "Bot" if viewer.endswith("]") else "User", "login": "us"}
    found = thread(text(2, author=author), isResolved=True, resolvedBy={"login": "us"})
    answer = first_page(viewer=viewer, threads=listed(found))
    [one] = (await standing_of(Wire().on(QUERY, answer))).threads
    assert (one.is_resolved, one.resolved_by) == (True, "")


@pytest.mark.parametrize("viewer", ["us", "us[bot]", "renamed"])
async def test_what_github_says_that_we_wrote_is_ours_whatever_we_are_called(viewer: str) -> None:
    ours = text(1, author={"__typename": "Bot", "login": "us"}) | {"viewerDidAuthor": True}
    wire = Wire().on(QUERY, first_page(viewer=viewer, comments=listed(ours)))
    assert [one.id for one in (await standing_of(wire)).comments] == [1]
    assert wire.bodies(QUERY)[0]["query"].count("viewerDidAuthor") == 4


async def test_threads_that_others_began_are_none_of_ours() -> None:
    found = thread(text(2, author={"__typename": "User", "login": "mallory"}), text(3))
    assert (await standing_of(Wire().on(QUERY, first_page(threads=listed(found))))).threads == ()


async def test_a_marker_pasted_by_somebody_else_is_not_ours() -> None:
    others = [
        text(1, author={"__typename": "User", "login": "mallory"}),
        text(2, author={"__typename": "Bot", "login": "us"}),
        text(3, author=None),
        None,
    ]
    assert (await standing_of(Wire().on(QUERY, first_page(comments=listed(*others))))).comments == ()


@pytest.mark.parametrize("viewer", ["us[bot]", "us"])
async def test_an_app_is_told_from_a_person_of_the_same_name(viewer: str) -> None:
    wire = Wire().on(
        QUERY,
        first_page(
            viewer=viewer,
            comments=listed(text(1, author={"__typename": "Bot", "login": "us"}), text(2, author=US)),
        ),
    )
    async with connect("t", API, transport=wire.transport()) as github:
        as_app = GitHub(github._kit, github._transport, "41")
        assert [own.id for own in (await fetch_standing(as_app, REF)).comments] == [1]


@pytest.mark.parametrize(
    ("viewer", "is_shared"), [("github-actions[bot]", True), ("us[bot]", False), ("github-actions", False)]
)
async def test_the_account_of_all_workflows_of_a_repository_is_known_as_shared(
    viewer: str, is_shared: bool
) -> None:
    assert (await standing_of(Wire().on(QUERY, first_page(viewer=viewer)))).is_shared is is_shared


async def test_our_own_text_without_a_marker_is_left_out() -> None:
    found = await standing_of(Wire().on(QUERY, first_page(comments=listed(text(1, "thanks"), text(2)))))
    assert [own.id for own in found.comments] == [2]


async def test_only_the_lists_that_go_on_are_asked_for_again() -> None:
    wire = Wire().on(
        QUERY,
        first_page(reviews=listed(text(1)), comments=listed(text(2), more="c1")),
        page(comments=listed(text(3), more="c2")),
        page(comments=listed(text(4))),
    )
    found = await standing_of(wire)
    assert [own.id for own in found.comments] == [2, 3, 4]
    assert [own.id for own in found.reviews] == [1]
    questions = wire.bodies(QUERY)
    assert ["reviews(" in asked["query"] for asked in questions] == [True, False, False]
    assert [asked["variables"]["comments"] for asked in questions] == [None, "c1", "c2"]


async def test_lists_without_an_end_are_an_error_and_no_partial_answer() -> None:
    with pytest.raises(GitHubUnavailable):
        await standing_of(Wire().on(QUERY, first_page(comments=listed(text(1), more="again"))))


@pytest.mark.parametrize(("state", "is_open"), [("OPEN", True), ("CLOSED", False), ("MERGED", False)])
async def test_only_an_open_pull_request_is_open(state: str, is_open: bool) -> None:
    assert (await standing_of(Wire().on(QUERY, first_page(state=state)))).is_open is is_open


@pytest.mark.parametrize("repository", [None, {"pullRequest": None}])
async def test_a_pull_request_that_is_gone_is_lost_access(repository: Any) -> None:
    with pytest.raises(AccessLost):
        await standing_of(Wire().on(QUERY, data(viewer={"login": "us"}, repository=repository)))


def test_another_head_is_noticed() -> None:
    Standing(HEAD, is_open=True).require_head(HEAD)
    with pytest.raises(HeadMoved):
        Standing(HEAD, is_open=True).require_head(BASE)


def test_the_newest_text_with_a_marker_is_found() -> None:
    texts = (OwnText(1, MARK), OwnText(2, MARK), OwnText(3, "other"))
    assert with_marker(texts, MARK) == OwnText(2, MARK)
    assert with_marker(texts, "absent") is None


def test_every_marker_that_we_write_begins_as_it_is_looked_for() -> None:
    assert all(write_marker(kind).startswith(MARKER_START) for kind in MarkerKind)
