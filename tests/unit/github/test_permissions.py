from __future__ import annotations

from typing import Any

import httpx
import pytest

from bot.domain.policy import MayCommand
from bot.errors import GitHubUnavailable, RateLimited
from bot.github.client import connect
from bot.github.permissions import Reaction, may_command, react
from tests.support.wire import Wire, reply

API = "https://api.github.test"
ASK = "GET /repos/acme/web/collaborators/eve/permission"
COMMENT = 3_000_000_001
REACT = f"POST /repos/acme/web/issues/comments/{COMMENT}/reactions"
REACT_INLINE = f"POST /repos/acme/web/pulls/comments/{COMMENT}/reactions"


async def may(
    wire: Wire, login: str = "eve", repo: str = "acme/web", least: MayCommand = MayCommand.WRITE
) -> bool | None:
    async with connect("t", API, transport=wire.transport(), pause=wire.pause) as github:
        return await may_command(github, repo, login, least)


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
        ("read", "write", False),
        ("none", "admin", False),
        ("", "admin", False),
        ("Write", "", False),
    ],
)
async def test_only_people_who_may_write_may_command(permission: str, role: str, allowed: bool) -> None:
    wire = Wire().on(ASK, reply(200, {"permission": permission, "role_name": role, "user": {"id": 1}}))
    assert await may(wire) is allowed


@pytest.mark.parametrize(
    ("permission", "role", "highest"),
    [
        ("admin", "admin", MayCommand.ADMIN),
        ("admin", "", MayCommand.ADMIN),
        ("write", "maintain", MayCommand.MAINTAIN),
        ("write", "write", MayCommand.WRITE),
        ("write", "", MayCommand.WRITE),
        ("admin", "write", MayCommand.WRITE),
        ("write", "admin", MayCommand.MAINTAIN),
        # roles of an organisation's own are what GitHub's word for them says
        ("write", "release-manager", MayCommand.WRITE),
        ("admin", "release-manager", MayCommand.ADMIN),
    ],
)
async def test_a_policy_may_ask_for_more_than_write(permission: str, role: str, highest: MayCommand) -> None:
    answer = reply(200, {"permission": permission, "role_name": role})
    allowed = [least for least in MayCommand if await may(Wire().on(ASK, answer), least=least)]
    assert allowed == list(MayCommand)[: list(MayCommand).index(highest) + 1]


async def test_who_is_no_user_may_nothing() -> None:
    assert await may(Wire().on(ASK, reply(404, {"message": "eve is not a user"}))) is False


@pytest.mark.parametrize(
    "trouble",
    [
        reply(401, {"message": "Bad credentials"}),
        reply(403, {"message": "This installation has been suspended"}),
        reply(422, {"message": "no"}),
        reply(301, location="https://evil.test/"),
    ],
)
async def test_a_refusal_to_say_is_told_apart_from_a_no(trouble: Any) -> None:
    assert await may(Wire().on(ASK, trouble)) is None


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
    assert not await may(Wire(), repo="acme/web/../x")


@pytest.mark.parametrize(("inline", "place"), [(False, REACT), (True, REACT_INLINE)])
async def test_a_sign_stands_on_the_comment_that_asked(inline: bool, place: str) -> None:
    wire = Wire().on(place, reply(201, {"id": 1}))
    async with connect("t", API, transport=wire.transport()) as github:
        for reaction in Reaction:
            assert await react(github, "acme/web", COMMENT, reaction, inline=inline)
    assert wire.bodies(place) == [{"content": content} for content in ("eyes", "+1", "confused")]


@pytest.mark.parametrize("trouble", [reply(403), reply(404), reply(502), reply(429)])
async def test_a_sign_that_cannot_be_given_stops_nothing(trouble: Any) -> None:
    wire = Wire().on(REACT, trouble)
    async with connect("t", API, transport=wire.transport()) as github:
        assert not await react(github, "acme/web", COMMENT, Reaction.SEEN)
    assert len(wire.requests) == 1
