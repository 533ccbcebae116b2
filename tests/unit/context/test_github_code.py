"""The code base by GitHub's API, in few calls."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from bot.errors import GitHubError
from bot.github.client import connect
from tests.support.pull_requests import BASE, HEAD, a_pull_request
from tests.support.wire import Wire, reply
from workers.context.fetched import FetchedTexts
from workers.context.github_code import MOST_CALLS, GitHubCode
from workers.ports import Hit, is_whole

QUERY = "POST /graphql"
TREE = f"GET /repos/acme/web/git/trees/{HEAD}"


class Files:
    """Answers questions for files by what they ask."""

    def __init__(self, files: Mapping[str, str]) -> None:
        self.files = files
        self.asked: list[list[str]] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        variables = json.loads(request.content)["variables"]
        names = {alias: text for alias, text in variables.items() if alias not in ("owner", "name")}
        self.asked.append(list(names.values()))
        blobs = {
            alias: {"text": self.files[text], "isBinary": False} if text in self.files else None
            for alias, text in names.items()
        }
        return reply(200, {"data": {"repository": blobs}})


@asynccontextmanager
async def code_on(wire: Wire, fetched: FetchedTexts | None = None) -> AsyncIterator[GitHubCode]:
    async with connect("t", "https://github.test", transport=wire.transport(), pause=wire.pause) as github:
        yield GitHubCode(github, a_pull_request(), fetched or FetchedTexts({}))


async def test_what_is_in_hand_costs_no_call() -> None:
    base = {"AGENTS.md": "Be brief.\n", ".gitattributes": None}
    fetched = FetchedTexts({"a.py": "a = 1\n", "b.bin": None}, base)
    async with code_on(Wire(), fetched) as code:
        assert await code.read(["a.py", "b.bin"]) == {"a.py": "a = 1\n", "b.bin": None}
        assert await code.read_base([".gitattributes", "AGENTS.md"]) == base
        assert await code.search(["a"]) == (Hit("a.py", 1, "a = 1"),)


async def test_other_files_come_from_their_commit_once() -> None:
    files = Files({f"{HEAD}:c.py": "c = 1\n", f"{BASE}:c.py": "c = 0\n"})
    async with code_on(Wire().on(QUERY, files)) as code:
        for _ in range(2):
            assert await code.read(["c.py", "no.py"]) == {"c.py": "c = 1\n", "no.py": None}
            assert await code.read_base(["c.py"]) == {"c.py": "c = 0\n"}
        assert await code.search(["c"]) == (Hit("c.py", 1, "c = 1"),)
    assert files.asked == [[f"{HEAD}:c.py", f"{HEAD}:no.py"], [f"{BASE}:c.py"]]


async def test_the_calls_of_a_review_are_counted_over_everything() -> None:
    files = Files({f"{HEAD}:{number}.py": "x\n" for number in range(40)})
    wire = Wire().on(QUERY, files).on(TREE, reply(200, {"tree": []}))
    async with code_on(wire) as code:
        await code.paths()
        found = [await code.read([f"{number}.py"]) for number in range(40)]
        await code.read_base(["AGENTS.md"])
    assert len(wire.requests) == MOST_CALLS
    assert [text is not None for texts in found for text in texts.values()] == [True] * 5 + [False] * 35


async def test_repeated_requests_count_too() -> None:
    wire = Wire().on(QUERY, reply(502))
    async with code_on(wire) as code:
        for _ in range(4):
            with pytest.raises(GitHubError):
                await code.read(["a.py"])
            if len(wire.requests) >= MOST_CALLS:
                break
        assert await code.read(["a.py"]) == {"a.py": None}
    assert len(wire.requests) == MOST_CALLS


async def test_a_failure_is_raised_only_where_nothing_is_in_hand() -> None:
    async with code_on(
        Wire().on(QUERY, reply(403, {"message": "no"})), FetchedTexts({"a.py": "a\n"})
    ) as code:
        assert await code.read(["a.py", "b.py"]) == {"a.py": "a\n", "b.py": None}
        with pytest.raises(GitHubError):
            await code.read(["b.py"])


async def test_files_are_listed_by_one_call_links_and_large_ones_left_out() -> None:
    entries: list[dict[str, Any]] = [
        {"path": "b.py", "mode": "100755", "type": "blob", "size": 3},
        {"path": "a.py", "mode": "100644", "type": "blob", "size": 3},
        {"path": "link", "mode": "120000", "type": "blob", "size": 3},
        {"path": "large", "mode": "100644", "type": "blob", "size": 3_000_000},
        {"path": "src", "mode": "040000", "type": "tree"},
        {"path": "sub", "mode": "160000", "type": "commit"},
    ]
    wire = Wire().on(TREE, reply(200, {"sha": HEAD, "tree": entries, "truncated": False}))
    async with code_on(wire) as code:
        for _ in range(2):
            paths = await code.paths()
            assert list(paths) == ["a.py", "b.py"]
            assert is_whole(paths)
    assert len(wire.requests) == 1


async def test_of_a_huge_repository_a_part_is_listed_and_what_is_in_hand() -> None:
    entries = [{"path": "b.py", "mode": "100755", "type": "blob", "size": 3}]
    wire = Wire().on(TREE, reply(200, {"sha": HEAD, "tree": entries, "truncated": True}))
    async with code_on(wire, FetchedTexts({"z.py": "z\n"})) as code:
        for _ in range(2):
            paths = await code.paths()
            assert list(paths) == ["b.py", "z.py"]
            assert not is_whole(paths)
    assert len(wire.requests) == 1


async def test_where_files_cannot_be_listed_there_are_those_in_hand_and_they_are_listed_once_more() -> None:
    listed = reply(200, {"sha": HEAD, "tree": [{"path": "b.py", "mode": "100644", "type": "blob"}]})
    wire = Wire().on(TREE, reply(404, {"message": "Not Found"}), listed)
    async with code_on(wire, FetchedTexts({"a.py": "a\n"})) as code:
        first = await code.paths()
        assert (list(first), is_whole(first)) == (["a.py"], False)
        assert list(await code.paths()) == ["b.py"]


async def test_a_listing_that_fails_leaves_calls_for_files() -> None:
    wire = Wire().on(TREE, reply(404, {"message": "Not Found"}))
    async with code_on(wire) as code:
        for _ in range(MOST_CALLS):
            await code.paths()
    assert len(wire.requests) == 2


async def test_a_search_in_what_is_in_hand_is_one_in_part() -> None:
    async with code_on(Wire(), FetchedTexts({"a.py": "a\n"})) as code:
        assert not is_whole(await code.search(["a"]))
        assert not is_whole(await code.search(["b"]))
