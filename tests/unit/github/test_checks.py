from __future__ import annotations

from typing import Any

import httpx
import pytest

from bot.domain.review import Conclusion
from bot.errors import AccessLost, GitHubUnavailable
from bot.github.checks import check_texts, find_check, finish_check, reopen_check, start_check
from bot.github.client import GitHub, connect
from bot.rendering.check import CheckText
from tests.support.pull_requests import HEAD, a_pull_request
from tests.support.wire import Wire, reply

API = "https://api.github.test"
CREATE = "POST /repos/acme/web/check-runs"
LIST = f"GET /repos/acme/web/commits/{HEAD}/check-runs"
UPDATE = "PATCH /repos/acme/web/check-runs/9"
PULL = a_pull_request()


def check(number: int, external_id: str | None = "acme/web#7", app: int | None = 41) -> dict[str, Any]:
    return {"id": number, "external_id": external_id, "app": app and {"id": app, "client_id": f"Iv{app}"}}


def listing(*checks: dict[str, Any]) -> httpx.Response:
    return reply(200, {"total_count": len(checks), "check_runs": list(checks)})


async def started(wire: Wire) -> int | None:
    async with connect("t", API, transport=wire.transport(), pause=wire.pause) as github:
        return await start_check(github, PULL, "Reading", "Six files")


async def found(wire: Wire, app_id: str | None = "41") -> int | None:
    async with connect("t", API, transport=wire.transport()) as github:
        return await find_check(GitHub(github._kit, github._transport, app_id), PULL.ref)


async def test_a_check_run_names_its_head_and_its_pull_request() -> None:
    wire = Wire().on(CREATE, reply(201, check(9)))
    assert await started(wire) == 9
    assert wire.bodies(CREATE) == [
        {
            "name": "ai-review",
            "head_sha": HEAD,
            "external_id": "acme/web#7",
            "status": "in_progress",
            "output": {"title": "Reading", "summary": "Six files"},
        }
    ]


@pytest.mark.parametrize(
    "message",
    [
        "Resource not accessible by personal access token",
        "You must authenticate via a GitHub App.",
        "Resource not accessible by integration",
    ],
)
async def test_where_checks_may_not_be_written_there_is_none(message: str) -> None:
    assert await started(Wire().on(CREATE, reply(403, {"message": message}))) is None


@pytest.mark.parametrize(
    ("status", "message"), [(403, "This installation has been suspended"), (404, "Not Found")]
)
async def test_lost_access_is_no_missing_permission(status: int, message: str) -> None:
    with pytest.raises(AccessLost):
        await started(Wire().on(CREATE, reply(status, {"message": message})))


async def test_a_check_run_that_was_created_unheard_is_found_and_not_doubled() -> None:
    wire = Wire().on(CREATE, reply(502)).on(LIST, listing(check(9)))
    assert await started(wire) == 9
    assert wire.sent() == [CREATE, LIST]
    assert wire.pauses == [2.0]


async def test_a_check_run_that_was_not_created_is_created_once_more() -> None:
    wire = Wire().on(CREATE, httpx.ReadTimeout("slow"), reply(201, check(9))).on(LIST, listing())
    assert await started(wire) == 9


async def test_a_second_failure_is_raised() -> None:
    wire = Wire().on(CREATE, reply(502)).on(LIST, listing())
    with pytest.raises(GitHubUnavailable):
        await started(wire)
    assert wire.sent().count(CREATE) == 2


async def test_the_newest_of_our_check_runs_of_this_pull_request_counts() -> None:
    wire = Wire().on(
        LIST,
        listing(check(5), check(8), check(9, external_id="acme/web#8"), check(10, app=99), check(11, None)),
    )
    assert await found(wire) == 8
    assert wire.requests[0].url.params["check_name"] == "ai-review"
    assert wire.requests[0].url.params["filter"] == "all"


@pytest.mark.parametrize(("app_id", "expected"), [("41", 5), ("Iv41", 5), ("42", None), (None, 7)])
async def test_an_app_is_known_by_its_id_or_client_id(app_id: str | None, expected: int | None) -> None:
    assert await found(Wire().on(LIST, listing(check(5), check(7, app=None))), app_id) == expected


async def texts(answer: httpx.Response) -> tuple[str, ...]:
    async with connect("t", API, transport=Wire().on(LIST, answer).transport()) as github:
        return await check_texts(github, PULL.ref, HEAD)


@pytest.mark.parametrize(
    ("status", "message"),
    [
        (404, "Not Found"),
        (422, "No commit found for SHA"),
        (403, "Resource not accessible by personal access token"),
    ],
)
async def test_where_there_is_no_commit_or_checks_are_not_for_us_there_are_no_texts(
    status: int, message: str
) -> None:
    assert await texts(reply(status, {"message": message})) == ()


@pytest.mark.parametrize(
    ("status", "message"),
    [
        (401, "Bad credentials"),
        (403, "This installation has been suspended"),
        (451, "Repository access blocked"),
    ],
)
async def test_texts_that_could_not_be_read_do_not_count_as_none(status: int, message: str) -> None:
    with pytest.raises(AccessLost):
        await texts(reply(status, {"message": message}))


async def test_completing_is_repeated_since_it_says_the_same() -> None:
    wire = Wire().on(UPDATE, reply(502), reply(200, check(9)))
    async with connect("t", API, transport=wire.transport(), pause=wire.pause) as github:
        words = CheckText("Partly read", "Summary", "Text")
        await finish_check(github, PULL.ref.repo, 9, Conclusion.NEUTRAL, words)
    output = {"title": "Partly read", "summary": "Summary", "text": "Text"}
    assert wire.bodies(UPDATE) == [{"status": "completed", "conclusion": "neutral", "output": output}] * 2


async def test_a_check_run_is_set_back_to_in_progress() -> None:
    wire = Wire().on(UPDATE, reply(200, check(9)))
    async with connect("t", API, transport=wire.transport()) as github:
        await reopen_check(github, PULL.ref.repo, 9, "Reading", "Again")
    output = {"title": "Reading", "summary": "Again"}
    assert wire.bodies(UPDATE) == [{"status": "in_progress", "output": output}]
