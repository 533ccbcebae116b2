from __future__ import annotations

from typing import Any

import httpx
import pytest

from bot.domain.diff import Side
from bot.domain.pull_request import PullRequestRef
from bot.errors import AccessLost, GitHubUnavailable
from bot.github.client import connect
from bot.github.pulls import fetch_diff, fetch_pull_request
from tests.support.pull_requests import BASE, HEAD, a_pull_request
from tests.support.wire import Wire, reply

API = "https://api.github.test"
PULL = "GET /repos/acme/web/pulls/7"
FILES = "GET /repos/acme/web/pulls/7/files"
PATCH = "@@ -1 +1 @@\n-old\n+new"
DIFF = b"""diff --git a/a.py b/a.py
index 3367afd..3e75765 100644
--- a/a.py
+++ b/a.py
@@ -1 +1 @@
-old
+new
"""


def payload(**changes: Any) -> dict[str, Any]:
    repo = {"full_name": "acme/web"}
    return {
        "title": "Fix it",
        "body": "Because",
        "state": "open",
        "draft": True,
        "user": {"login": "dev"},
        "base": {"ref": "main", "sha": BASE, "repo": repo},
        "head": {"ref": "fix", "sha": HEAD, "repo": repo},
        "changed_files": 3,
        "html_url": "https://github.com/acme/web/pull/7",
        "updated_at": "1970-01-01T00:01:00Z",
        "labels": [{"name": "backend", "color": "ffffff"}, {"name": "no review"}],
        "unknown": [1],
        **changes,
    }


async def pull_request(**changes: Any) -> Any:
    wire = Wire().on(PULL, reply(200, payload(**changes)))
    async with connect("t", API, transport=wire.transport()) as github:
        return await fetch_pull_request(github, PullRequestRef("acme/web", 7))


async def diff_of(wire: Wire, **changes: Any) -> Any:
    async with connect("t", API, transport=wire.transport(), pause=wire.pause) as github:
        return await fetch_diff(github, a_pull_request(**changes))


async def test_every_field_is_read() -> None:
    labels = ("backend", "no review")
    expected = a_pull_request(body="Because", draft=True, changed_files=3, labels=labels, updated_at=60.0)
    assert await pull_request() == expected


async def test_null_fields_of_ghosts_and_deleted_forks_are_understood() -> None:
    pull = await pull_request(
        body=None, user=None, head={"ref": "fix", "sha": HEAD, "repo": None}, draft=False
    )
    assert (pull.body, pull.author) == ("", "ghost")
    assert pull.ref == PullRequestRef("acme/web", 7, HEAD)


async def test_a_renamed_repository_is_called_by_its_new_name_from_then_on() -> None:
    repo = {"full_name": "acme/site"}
    pull = await pull_request(
        base={"ref": "main", "sha": BASE, "repo": repo}, head={"ref": "fix", "sha": HEAD, "repo": repo}
    )
    assert pull.ref == PullRequestRef("acme/site", 7, HEAD)


@pytest.mark.parametrize("status", [403, 404, 451])
async def test_a_pull_request_out_of_reach_is_lost_access(status: int) -> None:
    wire = Wire().on(PULL, reply(status, {"message": "no"}))
    async with connect("t", API, transport=wire.transport()) as github:
        with pytest.raises(AccessLost):
            await fetch_pull_request(github, PullRequestRef("acme/web", 7))
    assert len(wire.requests) == 1


async def test_the_diff_comes_in_one_request() -> None:
    wire = Wire().on(PULL, httpx.Response(200, content=DIFF))
    diff = await diff_of(wire)
    assert [file.path for file in diff.files] == ["a.py"]
    assert diff.missing == 0
    assert wire.requests[0].headers["accept"] == "application/vnd.github.diff"
    assert len(wire.requests) == 1


async def test_files_that_github_counts_and_does_not_give_are_missing() -> None:
    assert (await diff_of(Wire().on(PULL, httpx.Response(200, content=DIFF)), changed_files=3)).missing == 2


def listing(total: int, **fields: Any) -> Any:
    """List-files of a pull request with that many files."""

    def answer(request: httpx.Request) -> httpx.Response:
        page, size = int(request.url.params["page"]), int(request.url.params["per_page"])
        numbers = range(total)[(page - 1) * size : page * size]
        file = {"status": "modified", "changes": 2, "patch": PATCH, "sha": "c" * 40, **fields}
        return reply(200, [{**file, "filename": f"f{number}.py"} for number in numbers])

    return answer


async def test_a_diff_that_is_too_large_is_listed_page_by_page_in_order() -> None:
    wire = Wire().on(PULL, reply(406, {"message": "too large"})).on(FILES, listing(301))
    diff = await diff_of(wire, changed_files=301)
    assert [file.path for file in diff.files] == [f"f{number}.py" for number in range(301)]
    assert diff.missing == 0
    assert diff.files[300].changed_lines(Side.RIGHT) == {1}
    assert len(wire.requests) == 5


async def test_an_unreadable_diff_is_listed_too() -> None:
    wire = Wire().on(PULL, httpx.Response(200, content=b"<html>Unicorn</html>")).on(FILES, listing(1))
    assert [file.path for file in (await diff_of(wire)).files] == ["f0.py"]


async def test_a_diff_larger_than_we_take_is_listed_too() -> None:
    huge = httpx.Response(200, content=b"", headers={"content-length": str(10**9)})
    wire = Wire().on(PULL, lambda _: huge).on(FILES, listing(1))
    assert [file.path for file in (await diff_of(wire)).files] == ["f0.py"]


async def test_files_beyond_the_3000th_are_missing_and_not_asked_for() -> None:
    wire = Wire().on(PULL, reply(406)).on(FILES, listing(3000))
    diff = await diff_of(wire, changed_files=3007)
    assert len(diff.files) == 3000
    assert diff.missing == 7
    assert len(wire.requests) == 31


async def test_a_file_without_its_patch_is_not_read() -> None:
    wire = Wire().on(PULL, reply(406)).on(FILES, listing(1, patch=None, changes=9000))
    assert (await diff_of(wire)).files[0].unread


@pytest.mark.parametrize(
    ("sha", "is_binary"), [("e69de29bb2d1d6434b8b29ae775ad8c2e48c5391", False), ("c" * 40, True)]
)
async def test_a_listed_empty_file_is_told_from_a_binary_one(sha: str, is_binary: bool) -> None:
    wire = Wire().on(PULL, reply(406))
    wire.on(FILES, listing(1, status="added", patch=None, changes=0, sha=sha))
    assert (await diff_of(wire)).files[0].is_binary is is_binary


async def test_a_listed_rename_keeps_its_old_name() -> None:
    wire = Wire().on(PULL, reply(406))
    wire.on(FILES, listing(1, status="renamed", previous_filename="old.py"))
    file = (await diff_of(wire)).files[0]
    assert (file.old_path, file.status) == ("old.py", "renamed")


TREE = f"GET /repos/acme/web/git/trees/{BASE}"


async def listed_without_lines(status: str, blob: str, old: str | None = "old.html") -> Any:
    """A file that GitHub lists without lines, while the base has this blob of it."""
    wire = Wire().on(PULL, reply(406))
    wire.on(FILES, listing(1, status=status, patch=None, changes=0, previous_filename=old))
    entries = [{"path": old or "f0.py", "mode": "100644", "sha": blob, "size": 1}]
    wire.on(TREE, reply(200, {"tree": entries, "truncated": False}))
    return (await diff_of(wire)).files[0]


@pytest.mark.parametrize(
    ("status", "old"), [("renamed", "old.html"), ("copied", "old.html"), ("changed", None)]
)
async def test_a_listed_file_without_lines_is_unchanged_only_where_the_base_has_the_same_blob(
    status: str, old: str | None
) -> None:
    same = await listed_without_lines(status, "c" * 40, old)
    other = await listed_without_lines(status, "d" * 40, old)
    assert (same.is_binary, other.is_binary) == (False, True)


@pytest.mark.parametrize(
    "tree",
    [
        reply(200, {"tree": [], "truncated": True}),
        reply(404),
        httpx.Response(200, content=b"", headers={"content-length": str(10**9)}),
    ],
)
async def test_a_listed_rename_of_what_the_base_does_not_list_may_be_changed(tree: httpx.Response) -> None:
    wire = Wire().on(PULL, reply(406))
    wire.on(FILES, listing(1, status="renamed", patch=None, changes=0, previous_filename="old.html"))
    wire.on(TREE, lambda _: tree)
    assert (await diff_of(wire)).files[0].is_binary


async def test_a_file_that_slips_onto_two_pages_counts_once() -> None:
    twice = [{"filename": "a.py", "status": "modified", "changes": 2, "patch": PATCH}] * 2
    diff = await diff_of(Wire().on(PULL, reply(406)).on(FILES, reply(200, twice)), changed_files=2)
    assert len(diff.files) == 1
    assert diff.missing == 1


async def test_an_outage_is_no_reason_to_list() -> None:
    wire = Wire().on(PULL, reply(502))
    with pytest.raises(GitHubUnavailable):
        await diff_of(wire)
    assert set(wire.sent()) == {PULL}
