from __future__ import annotations

from typing import Any

import pytest

from bot.domain.pull_request import PullRequestRef
from bot.errors import AccessLost, GitHubUnavailable
from bot.github.client import connect
from bot.github.replies import post_in_thread
from bot.github.standing import OwnText, Reply, Thread
from tests.support.wire import Wire, data, reply

REF = PullRequestRef("acme/web", 7)
MARK = "<!-- ai-review:reply comment=61 round=1 -->"
THREAD = Thread("T1", "C1", OwnText(50, "Words. <!-- ai-review:finding fp=0 -->"))
POST = "POST /repos/acme/web/pulls/7/comments/50/replies"
LOOK = "POST /graphql"


def standing(*replies: tuple[int, str, str]) -> Any:
    """GitHub's answer on the thread with these replies: id, login, body."""

    def text(number: int, login: str, body: str) -> dict[str, Any]:
        kind = "Bot" if login == "ai-review" else "User"
        return {
            "id": f"C{number}",
            "fullDatabaseId": str(number),
            "body": body,
            "author": {"__typename": kind, "login": login},
        }

    root = text(50, "ai-review", THREAD.comment.body)
    thread = {
        "id": "T1",
        "isResolved": False,
        "isOutdated": False,
        "root": {"nodes": [root]},
        "talk": {"nodes": [root, *(text(*one) for one in replies)]},
    }
    nothing = {"nodes": [], "pageInfo": {"hasNextPage": False}}
    pull = {
        "headRefOid": "a" * 40,
        "state": "OPEN",
        "reviews": nothing,
        "comments": nothing,
        "reviewThreads": nothing | {"nodes": [thread]},
    }
    return data(viewer={"login": "ai-review[bot]"}, repository={"pullRequest": pull})


async def post(wire: Wire, thread: Thread = THREAD) -> int:
    async with connect(
        "t", "https://api.github.test", transport=wire.transport(), pause=wire.pause
    ) as github:
        return await post_in_thread(github, REF, thread, f"Looked again. {MARK}", marker=MARK)


async def test_an_answer_goes_into_its_thread() -> None:
    wire = Wire().on(POST, reply(201, {"id": 77}))
    assert await post(wire) == 77
    assert wire.bodies(POST) == [{"body": f"Looked again. {MARK}"}]


async def test_an_answer_that_stands_is_not_given_again() -> None:
    stands = Thread("T1", "C1", THREAD.comment, replies=(Reply(71, "ai-review", True, f"Before. {MARK}"),))
    assert await post(Wire(), stands) == 71


async def test_a_pasted_mark_is_no_answer_of_ours() -> None:
    pasted = Thread("T1", "C1", THREAD.comment, replies=(Reply(71, "mallory", False, MARK),))
    wire = Wire().on(POST, reply(201, {"id": 77}))
    assert await post(wire, pasted) == 77


async def test_an_answer_whose_outcome_is_not_known_is_looked_for_first() -> None:
    wire = (
        Wire().on(POST, reply(502)).on(LOOK, standing((76, "mallory", MARK), (77, "ai-review", f"x {MARK}")))
    )
    assert await post(wire) == 77
    assert wire.sent() == [POST, LOOK]


async def test_an_answer_that_did_not_get_through_is_given_once_more_and_no_further() -> None:
    wire = Wire().on(POST, reply(502), reply(201, {"id": 78})).on(LOOK, standing((76, "mallory", MARK)))
    assert await post(wire) == 78
    wire = Wire().on(POST, reply(502)).on(LOOK, standing())
    with pytest.raises(GitHubUnavailable):
        await post(wire)
    assert wire.sent() == [POST, LOOK, LOOK, POST]


async def test_a_thread_that_is_gone_cannot_be_answered() -> None:
    with pytest.raises(AccessLost):
        await post(Wire().on(POST, reply(404)))
