from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import httpx
import msgspec
import pytest

from bot.errors import AccessLost, GitHubUnavailable, RateLimited, Rejected
from bot.github.client import GitHub, connect, in_parallel, owner_and_name, repo_path
from tests.support.wire import Wire, reply

API = "https://api.github.test"


class Thing(msgspec.Struct):
    id: int


def talk(wire: Wire, api_url: str = API) -> AbstractAsyncContextManager[GitHub]:
    return connect("ghp_token", api_url, transport=wire.transport(), pause=wire.pause)


async def test_a_read_is_repeated_twice_with_short_growing_pauses() -> None:
    wire = Wire().on("GET /x", reply(502), httpx.ConnectError("no"), reply(200, {"id": 4}))
    async with talk(wire) as github:
        assert await github.get("/x", Thing) == Thing(4)
        assert github.calls == 3
    first, second = wire.pauses
    assert 0.25 <= first <= 0.5 <= second <= 1.0


@pytest.mark.parametrize(
    "trouble",
    [
        reply(503),
        httpx.ReadTimeout("slow"),
        httpx.RemoteProtocolError("cut off"),
        httpx.ConnectTimeout("slow"),
    ],
)
async def test_a_read_that_keeps_failing_ends_as_unavailable(trouble: Any) -> None:
    wire = Wire().on("GET /x", trouble)
    async with talk(wire) as github:
        with pytest.raises(GitHubUnavailable):
            await github.get("/x", Thing)
    assert len(wire.requests) == 3


@pytest.mark.parametrize("trouble", [reply(502), httpx.ReadTimeout("slow"), httpx.ReadError("reset")])
async def test_a_write_is_never_repeated_blindly(trouble: Any) -> None:
    wire = Wire().on("POST /x", trouble)
    async with talk(wire) as github:
        with pytest.raises(GitHubUnavailable):
            await github.post("/x", {"a": 1}, Thing)
    assert len(wire.requests) == 1


async def test_setting_fields_to_values_is_repeated() -> None:
    wire = Wire().on("PATCH /x", reply(502), reply(200, {"id": 1}))
    async with talk(wire) as github:
        assert await github.patch("/x", {"a": 1}, Thing) == Thing(1)
    assert wire.bodies("PATCH /x") == [{"a": 1}, {"a": 1}]


async def test_a_rate_limit_is_raised_at_once_and_never_slept_away() -> None:
    wire = Wire().on("GET /x", reply(403, {"message": "x"}, retry_after="3000"))
    async with talk(wire) as github:
        with pytest.raises(RateLimited):
            await github.get("/x", Thing)
    assert len(wire.requests) == 1
    assert wire.pauses == []


@pytest.mark.parametrize("value", ["soon", "Wed, 21 Oct 2026 07:28:00 GMT"])
async def test_a_retry_after_that_is_no_number_is_still_a_rate_limit(value: str) -> None:
    wire = Wire().on("GET /x", reply(429, retry_after=value))
    async with talk(wire) as github:
        with pytest.raises(RateLimited):
            await github.get("/x", Thing)


async def test_a_refusal_is_not_repeated() -> None:
    wire = Wire().on("GET /x", reply(422, {"message": "no"}))
    async with talk(wire) as github:
        with pytest.raises(Rejected):
            await github.get("/x", Thing)
    assert len(wire.requests) == 1


@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_a_renamed_repository_is_followed_on_the_same_host(status: int) -> None:
    wire = Wire().on("GET /x", reply(status, location=f"{API}/repositories/9/x?page=2"))
    wire.on("GET /repositories/9/x", reply(200, {"id": 9}))
    async with talk(wire) as github:
        assert await github.get("/x", Thing, {"page": 2}) == Thing(9)
    assert wire.requests[1].url.query == b"page=2"
    assert wire.requests[1].headers["authorization"] == "Bearer ghp_token"


async def test_a_redirected_write_is_sent_again_as_it_was() -> None:
    wire = Wire().on("POST /x", reply(301, location="/y")).on("POST /y", reply(201, {"id": 9}))
    async with talk(wire) as github:
        assert await github.post("/x", {"a": 1}, Thing) == Thing(9)
    assert wire.bodies("POST /y") == [{"a": 1}]


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.test/x",
        "//evil.test/x",
        "http://api.github.test/x",
        "https://api.github.test:1/x",
        "http://[",
    ],
)
async def test_a_redirect_to_another_host_is_refused_without_a_request(target: str) -> None:
    wire = Wire().on("GET /x", reply(301, location=target))
    async with talk(wire) as github:
        with pytest.raises(AccessLost):
            await github.get("/x", Thing)
    assert [request.url.host for request in wire.requests] == ["api.github.test"]


async def test_redirects_in_a_circle_end() -> None:
    wire = Wire().on("GET /x", reply(302, location="/x"))
    async with talk(wire) as github:
        with pytest.raises(AccessLost):
            await github.get("/x", Thing)
    assert len(wire.requests) == 4


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"id": "seven"}', b"\xff"])
async def test_an_answer_of_another_shape_is_no_answer(body: bytes) -> None:
    wire = Wire().on("GET /x", httpx.Response(200, content=body))
    async with talk(wire) as github:
        with pytest.raises(GitHubUnavailable):
            await github.get("/x", Thing)


@pytest.mark.parametrize(
    ("base", "rest", "graphql"),
    [
        ("https://api.github.test", "/x", "/graphql"),
        ("https://api.github.test/", "/x", "/graphql"),
        ("https://git.corp.test/api/v3", "/api/v3/x", "/api/graphql"),
        ("https://git.corp.test/api/v3/", "/api/v3/x", "/api/graphql"),
        ("http://127.0.0.1:8123", "/x", "/graphql"),
    ],
)
async def test_rest_and_graphql_addresses_follow_the_base(base: str, rest: str, graphql: str) -> None:
    wire = Wire().on(f"GET {rest}", reply(200, {"id": 1}))
    wire.on(f"POST {graphql}", reply(200, {"data": {"id": 2}}))
    async with talk(wire, base) as github:
        assert await github.get("/x", Thing) == Thing(1)
        assert await github.query("query { id }", {"a": "b"}, Thing) == Thing(2)
    assert wire.bodies(f"POST {graphql}") == [{"query": "query { id }", "variables": {"a": "b"}}]


async def test_a_graphql_query_is_a_read_and_repeated() -> None:
    wire = Wire().on("POST /graphql", reply(502), reply(200, {"data": {"id": 2}}))
    async with talk(wire) as github:
        assert await github.query("query { id }", {}, Thing) == Thing(2)


async def test_errors_in_a_graphql_answer_are_raised_though_its_status_is_200() -> None:
    errors = [{"type": "RATE_LIMITED", "message": "API rate limit exceeded"}]
    wire = Wire().on("POST /graphql", reply(200, {"data": None, "errors": errors}))
    async with talk(wire) as github:
        with pytest.raises(RateLimited):
            await github.query("query { id }", {}, Thing)


async def test_a_graphql_answer_without_data_is_no_answer() -> None:
    wire = Wire().on("POST /graphql", reply(200, {"data": None}))
    async with talk(wire) as github:
        with pytest.raises(GitHubUnavailable):
            await github.query("query { id }", {}, Thing)


async def test_text_with_a_lone_surrogate_can_be_sent() -> None:
    wire = Wire().on("POST /x", reply(201, {"id": 1}))
    async with talk(wire) as github:
        await github.post("/x", {"body": "caf\udce9"}, Thing)
    assert rb"\udce9" in wire.requests[0].content


async def test_nothing_compressed_is_asked_for_and_the_version_is_named() -> None:
    wire = Wire().on("GET /x", reply(200, {"id": 1}))
    async with talk(wire) as github:
        await github.get("/x", Thing)
    headers = wire.requests[0].headers
    assert headers["accept-encoding"] == "identity"
    assert headers["x-github-api-version"] == "2022-11-28"
    assert headers["accept"] == "application/vnd.github+json"


async def test_timeouts_are_set_on_every_request() -> None:
    wire = Wire().on("GET /x", reply(200, {"id": 1}))
    async with talk(wire) as github:
        await github.get("/x", Thing)
    timeout = wire.requests[0].extensions["timeout"]
    assert timeout["connect"] == 5.0
    assert timeout["read"] == 30.0


async def test_no_error_text_holds_the_token() -> None:
    wire = Wire().on("GET /x", reply(500, {"message": "x"}))
    async with talk(wire) as github:
        with pytest.raises(GitHubUnavailable) as caught:
            await github.get("/x", Thing)
    error: BaseException | None = caught.value
    while error is not None:
        assert "ghp_token" not in f"{error} {error!r}"
        error = error.__cause__ or error.__context__


@pytest.mark.parametrize(
    "name", ["", "acme", "acme/web/x", "../web", "acme/..", "acme/we b", "a/b?x", "a/b\n"]
)
def test_what_is_no_repository_name_becomes_no_address(name: str) -> None:
    for takes_apart in (repo_path, owner_and_name):
        with pytest.raises(AccessLost):
            takes_apart(name)


def test_a_repository_name_is_checked_and_taken_apart() -> None:
    assert owner_and_name("acme/web.site") == ("acme", "web.site")
    assert repo_path("acme/web.site") == "/repos/acme/web.site"


async def test_requests_in_parallel_keep_their_order_and_their_number_low() -> None:
    running, most = 0, 0

    def job(number: int) -> Callable[[], Awaitable[int]]:
        async def run() -> int:
            nonlocal running, most
            running += 1
            most = max(most, running)
            await asyncio.sleep(0)
            running -= 1
            return number

        return run

    assert await in_parallel([job(number) for number in range(12)]) == list(range(12))
    assert 1 < most <= 4


async def test_the_first_failure_in_parallel_is_raised_as_itself() -> None:
    async def fail() -> int:
        raise AccessLost("gone")

    with pytest.raises(AccessLost):
        await in_parallel([fail, fail])
