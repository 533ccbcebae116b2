from __future__ import annotations

from typing import Any

import httpx
import pytest

from bot.errors import GitHubUnavailable, RateLimited
from bot.github.client import connect
from bot.github.permissions import acknowledge, may_command
from tests.support.wire import Wire, reply

API = "https://api.github.test"
ASK = "GET /repos/acme/web/collaborators/eve/permission"
REACT = "POST /repos/acme/web/issues/comments/3000000001/reactions"


async def may(wire: Wire, login: str = "eve", repo: str = "acme/web") -> bool:
    async with connect("t", API, transport=wire.transport(), pause=wire.pause) as github:
        return await may_command(github, repo, login)


@pytest.mark.parametrize(
    ("permission", "role", "allowed"),
    [
        ("admin", "admin", True),
        ("write", "maintain", True),
        ("write", "write", True),
        ("write", "", True),
        ("write", "release-manager", True),
        ("read", "triage", False),
        ("read", "read", False),
        ("read", "release-watcher", False),
        ("none", "none", False),
        ("write", "read", False),
        ("", "admin", False),
        ("Write", "", False),
    ],
)
async def test_only_people_who_may_write_may_command(permission: str, role: str, allowed: bool) -> None:
    wire = Wire().on(ASK, reply(200, {"permission": permission, "role_name": role, "user": {"id": 1}}))
    assert await may(wire) is allowed


@pytest.mark.parametrize(
    "trouble",
    [
        reply(404, {"message": "eve is not a user"}),
        reply(403, {"message": "no"}),
        reply(422, {"message": "no"}),
        reply(301, location="https://evil.test/"),
    ],
)
async def test_any_refusal_means_no(trouble: Any) -> None:
    assert await may(Wire().on(ASK, trouble)) is False


@pytest.mark.parametrize(
    "trouble",
    [reply(502), httpx.ReadTimeout("slow"), reply(200, {"role_name": "admin"}), reply(200, [])],
)
async def test_an_answer_that_says_nothing_is_neither_yes_nor_no(trouble: Any) -> None:
    with pytest.raises(GitHubUnavailable):
        await may(Wire().on(ASK, trouble))


async def test_a_rate_limit_is_no_answer_to_the_question() -> None:
    with pytest.raises(RateLimited):
        await may(Wire().on(ASK, reply(429)))


async def test_a_login_cannot_lead_to_another_address() -> None:
    wire = Wire().on("GET /repos/acme/web/collaborators/../../x?y=/permission", reply(404))
    assert await may(wire, login="../../x?y=") is False
    assert wire.requests[0].url.raw_path == b"/repos/acme/web/collaborators/..%2F..%2Fx%3Fy%3D/permission"


async def test_what_is_no_repository_gives_nobody_a_right() -> None:
    assert await may(Wire(), repo="acme/web/../x") is False


async def test_a_command_is_acknowledged_with_eyes() -> None:
    wire = Wire().on(REACT, reply(201, {"id": 1}))
    async with connect("t", API, transport=wire.transport()) as github:
        assert await acknowledge(github, "acme/web", 3_000_000_001)
    assert wire.bodies(REACT) == [{"content": "eyes"}]


@pytest.mark.parametrize("trouble", [reply(403), reply(404), reply(502), reply(429)])
async def test_a_failed_acknowledgement_stops_nothing(trouble: Any) -> None:
    wire = Wire().on(REACT, trouble)
    async with connect("t", API, transport=wire.transport()) as github:
        assert not await acknowledge(github, "acme/web", 3_000_000_001)
    assert len(wire.requests) == 1
