from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support.sandbox import Scene, scene

NOTE = {
    "path": "shop/orders.py",
    "start_line": 5,
    "end_line": 6,
    "annotation_level": "warning",
    "message": "Look here.",
}


@pytest.fixture
def stage(tmp_path: Path) -> Scene:
    return scene(tmp_path)


def run(stage: Scene, *notes: Any) -> dict[str, Any]:
    output = {"title": "Looked", "summary": "s", "annotations": list(notes)}
    return {"name": "ai-review", "head_sha": stage.pull.head_sha, "output": output}


async def test_annotations_are_kept_and_a_later_request_adds_to_them(stage: Scene) -> None:
    async with stage.client() as client:
        made = (await client.post(f"{stage.path}/check-runs", json=run(stage, NOTE))).json()
        one = f"{stage.path}/check-runs/{made['id']}"
        more = NOTE | {"annotation_level": "failure", "title": "Off by one", "start_line": 6}
        await client.patch(one, json={"output": run(stage, *[more] * 50)["output"]})
        last = await client.patch(one, json={"conclusion": "failure"})
        listed = (await client.get(f"{one}/annotations?per_page=100")).json()
    assert last.json()["output"]["annotations_count"] == len(listed) == 51
    assert (listed[0]["start_line"], listed[0]["annotation_level"]) == (5, "warning")
    assert (listed[1]["title"], listed[1]["message"]) == ("Off by one", "Look here.")


@pytest.mark.parametrize(
    "notes",
    [
        [NOTE] * 51,
        [{name: value for name, value in NOTE.items() if name != "message"}],
        [NOTE | {"message": ""}],
        [NOTE | {"message": "x" * 65_537}],
        [NOTE | {"title": "x" * 256}],
        [NOTE | {"annotation_level": "error"}],
        [NOTE | {"start_line": 7}],
        [NOTE | {"start_line": 0}],
        [NOTE | {"end_line": "6"}],
        [NOTE | {"start_column": 1, "end_column": 2}],
        [NOTE | {"severity": "high"}],
        [NOTE, "Look here."],
    ],
)
async def test_annotations_that_github_would_refuse_change_nothing(stage: Scene, notes: list[Any]) -> None:
    async with stage.client() as client:
        made = (await client.post(f"{stage.path}/check-runs", json=run(stage, NOTE))).json()
        body = {"conclusion": "success", "output": run(stage, *notes)["output"]}
        answer = await client.patch(f"{stage.path}/check-runs/{made['id']}", json=body)
    assert answer.status_code == 422
    [kept] = stage.repository.checks
    assert (kept.status, len(kept.annotations)) == ("queued", 1)
