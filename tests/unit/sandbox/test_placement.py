from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bot.sandbox.placement import shift
from tests.support.sandbox import Scene, numbered, scene


@pytest.fixture
def stage(tmp_path: Path) -> Scene:
    return scene(tmp_path)


def inline(line: int | None, path: str = "shop/orders.py", **more: Any) -> dict[str, Any]:
    return {"path": path, "line": line, "body": "Look here."} | more


async def post(stage: Scene, *comments: dict[str, Any], **more: Any) -> tuple[int, dict[str, Any]]:
    async with stage.client() as client:
        answer = await client.post(f"{stage.path}/pulls/1/reviews", json=stage.review(*comments, **more))
    return answer.status_code, answer.json()


@pytest.mark.parametrize(
    "comment",
    [
        inline(5),
        inline(2),
        inline(8, side="RIGHT"),
        inline(5, side="LEFT"),
        inline(8, start_line=2),
        inline(5, start_line=5, start_side="LEFT"),
        inline(10, path="shop/new_name.py"),
        inline(1, path="gone.txt", side="LEFT"),
        inline(1, path="docs/größe und maß.md"),
        {"path": "shop/orders.py", "position": 4, "body": "Look here."},
    ],
)
async def test_a_line_that_the_diff_shows_takes_a_comment(stage: Scene, comment: dict[str, Any]) -> None:
    status, _ = await post(stage, comment)
    assert status == 200
    assert len(stage.pull.review_comments) == 1


@pytest.mark.parametrize(
    ("comment", "sentence"),
    [
        (inline(9), "Line could not be resolved"),
        (inline(1), "Line could not be resolved"),
        (inline(0), "Line could not be resolved"),
        (inline(-1), "Line could not be resolved"),
        (inline(1_000_000_000), "Line could not be resolved"),
        (inline(None), "Line could not be resolved"),
        (inline(1, path="gone.txt"), "Line could not be resolved"),
        (inline(5, path="shop/missing.py"), "Path could not be resolved"),
        (inline(5, path="shop/old_name.py"), "Path could not be resolved"),
        (inline(1, path="logo.png"), "Line could not be resolved"),
        (inline(5, start_line=5), "begin above"),
        (inline(5, start_line=7), "begin above"),
        (inline(30, start_line=5), "in one hunk"),
        (inline(5, start_line=30), "begin above"),
        (inline(5, start_line=1), "does not show"),
        ({"path": "shop/orders.py", "position": 0, "body": "b"}, "Position could not be resolved"),
        ({"path": "shop/orders.py", "position": 900, "body": "b"}, "Position could not be resolved"),
    ],
)
async def test_a_place_outside_the_diff_is_refused(
    stage: Scene, comment: dict[str, Any], sentence: str
) -> None:
    status, answer = await post(stage, comment)
    assert status == 422
    assert sentence in answer["errors"][0]


async def test_one_bad_comment_keeps_the_whole_review_out(stage: Scene) -> None:
    status, answer = await post(stage, inline(5), inline(9), inline(30))
    assert status == 422
    assert "shop/orders.py" not in str(answer), "GitHub does not name the bad comment"
    assert not stage.pull.reviews
    assert not stage.pull.review_comments


async def test_the_old_head_is_no_commit_of_the_pull_request_after_a_force_push(stage: Scene) -> None:
    old = stage.pull.head_sha
    stage.sandbox.commit(stage.repository, "change", {"shop/orders.py": "rewritten\n"}, start="main")
    status, answer = await post(stage, commit_id=old)
    assert status == 422
    assert "not part of the pull request" in answer["errors"][0]


async def test_an_earlier_commit_of_the_pull_request_is_accepted(stage: Scene) -> None:
    old = stage.pull.head_sha
    stage.sandbox.commit(stage.repository, "change", {"more.txt": "more\n"})
    status, answer = await post(stage, inline(5), commit_id=old)
    assert (status, answer["commit_id"]) == (200, old)


async def test_a_comment_moves_with_its_line_and_is_outdated_when_the_line_goes(stage: Scene) -> None:
    await post(stage, inline(5), inline(30))
    text = numbered(40, {5: "changed 5", 30: "changed again"})
    stage.sandbox.commit(stage.repository, "change", {"shop/orders.py": "new first line\n" + text})
    async with stage.client() as client:
        first, second = (await client.get(f"{stage.path}/pulls/1/comments")).json()
    assert (first["line"], first["original_line"]) == (6, 5)
    assert (second["line"], second["position"], second["original_line"]) == (None, None, 30)


@pytest.mark.parametrize(("line", "moved"), [(1, 1), (2, 4), (3, None), (4, 5), (9, 9), (10, 10)])
def test_lines_are_counted_through_a_patch(line: int, moved: int | None) -> None:
    patch = "@@ -1,0 +2,2 @@\n+a\n+b\n@@ -3 +4,0 @@\n-c\n@@ -7 +8,0 @@\n-d\n"
    assert shift(line, patch) == moved
