from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.sandbox.journal import Fault
from bot.sandbox.state import Limits
from tests.support.sandbox import Scene, scene

DIFF = {"accept": "application/vnd.github.diff"}


@pytest.fixture
def stage(tmp_path: Path) -> Scene:
    return scene(tmp_path)


async def test_the_diff_is_gits_own(stage: Scene) -> None:
    async with stage.client() as client:
        text = (await client.get(f"{stage.path}/pulls/1", headers=DIFF)).text
    assert text.startswith("diff --git ")
    assert "rename from shop/old_name.py\nrename to shop/new_name.py\n" in text


@pytest.mark.parametrize("limits", [Limits(diff_lines=10), Limits(diff_files=4)])
async def test_a_diff_over_the_limits_is_406(tmp_path: Path, limits: Limits) -> None:
    stage = scene(tmp_path, limits=limits)
    async with stage.client() as client:
        answer = await client.get(f"{stage.path}/pulls/1", headers=DIFF)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (406, "too_large")


async def test_files_are_listed_in_pages_up_to_the_cap(tmp_path: Path) -> None:
    files = {f"file{number:02}.txt": "x\n" for number in range(12)}
    stage = scene(tmp_path, head=files, limits=Limits(listed_files=10))
    names: list[str] = []
    url: str | None = f"{stage.path}/pulls/1/files?per_page=4"
    async with stage.client() as client:
        assert (await client.get(f"{stage.path}/pulls/1")).json()["changed_files"] == 12
        while url:
            answer = await client.get(url)
            names += [one["filename"] for one in answer.json()]
            url = answer.links.get("next", {}).get("url")
    assert names == sorted(files)[:10]


async def test_patches_of_binary_and_huge_files_are_left_out(tmp_path: Path) -> None:
    stage = scene(tmp_path, limits=Limits(patch_lines=2))
    async with stage.client() as client:
        files = {one["filename"]: one for one in (await client.get(f"{stage.path}/pulls/1/files")).json()}
    assert "patch" not in files["logo.png"]
    assert "patch" not in files["shop/orders.py"]
    assert files["shop/orders.py"]["changes"] == 4
    assert files["shop/new_name.py"]["previous_filename"] == "shop/old_name.py"
    assert files["gone.txt"]["status"] == "removed"


async def test_contents_come_at_a_ref_as_json_or_raw(tmp_path: Path) -> None:
    stage = scene(tmp_path, limits=Limits(content_bytes=100))
    url = f"{stage.path}/contents/"
    async with stage.client() as client:
        policy = (await client.get(url + ".github/ai-review.yml?ref=main")).json()
        raw = await client.get(url + "gone.txt?ref=main", headers={"accept": "application/vnd.github.raw"})
        gone = await client.get(url + f"gone.txt?ref={stage.pull.head_sha}")
        large = (await client.get(url + "shop/orders.py")).json()
        folder = (await client.get(url + "shop")).json()
        nowhere = await client.get(url + "gone.txt?ref=nowhere")
    assert base64.b64decode(policy["content"]) == b"enabled: true\n"
    assert raw.text == "bye\n"
    assert (gone.status_code, nowhere.status_code) == (404, 404)
    assert (large["encoding"], large["content"]) == ("none", "")
    assert [one["path"] for one in folder] == ["shop/old_name.py", "shop/orders.py"]


async def test_a_pending_review_is_seen_by_its_author_only(stage: Scene) -> None:
    path = f"{stage.path}/pulls/1/reviews"
    stage.sandbox.set_role(stage.repository, "eve", "read")
    async with stage.client() as bot, stage.client(stage.sandbox.user_token("eve")) as eve:
        made = (await bot.post(path, json={"comments": []})).json()
        assert made["state"] == "PENDING"
        assert [len((await one.get(path)).json()) for one in (bot, eve)] == [1, 0]
        assert (await bot.post(path, json={})).status_code == 422
        await bot.post(f"{path}/{made['id']}/events", json={"event": "COMMENT", "body": "Done."})
        assert [one["state"] for one in (await eve.get(path)).json()] == ["COMMENTED"]


@pytest.mark.parametrize(
    "body",
    [
        {"event": "COMMENT"},
        {"event": "REQUEST_CHANGES"},
        {"event": "COMMENT", "body": "x" * 65_537},
        {"event": "SHRUG", "body": "x"},
        {"event": "COMMENT", "comments": [{"path": "shop/orders.py", "line": 5}]},
        {
            "event": "COMMENT",
            "comments": [{"path": "shop/orders.py", "line": 5, "body": "b", "severity": "high"}],
        },
    ],
)
async def test_a_review_that_github_would_refuse_is_refused(stage: Scene, body: dict[str, Any]) -> None:
    async with stage.client() as client:
        assert (await client.post(f"{stage.path}/pulls/1/reviews", json=body)).status_code == 422
    assert not stage.pull.reviews


async def test_check_runs_are_filtered_and_only_the_latest_is_listed(stage: Scene) -> None:
    body = {"name": "ai-review", "head_sha": stage.pull.head_sha, "status": "in_progress"}
    listing = f"{stage.path}/commits/{stage.pull.head_sha}/check-runs"
    async with stage.client() as client:
        ids = [(await client.post(f"{stage.path}/check-runs", json=body)).json()["id"] for _ in range(2)]
        await client.post(f"{stage.path}/check-runs", json=body | {"name": "other"})
        done = await client.patch(f"{stage.path}/check-runs/{ids[1]}", json={"conclusion": "neutral"})
        found = (await client.get(listing, params={"check_name": "ai-review"})).json()
        foreign = (await client.get(listing, params={"app_id": 1})).json()
        no_conclusion = await client.patch(f"{stage.path}/check-runs/{ids[0]}", json={"status": "completed"})
    assert (done.json()["status"], done.json()["completed_at"] is not None) == ("completed", True)
    assert [one["id"] for one in found["check_runs"]] == ids[1:]
    assert foreign["total_count"] == 0
    assert no_conclusion.status_code == 422


async def test_a_reaction_counts_once(stage: Scene) -> None:
    comment = stage.sandbox.comment(stage.pull, "/ai-review")
    path = f"{stage.path}/issues/comments/{comment.id}/reactions"
    async with stage.client() as client:
        answers = [await client.post(path, json={"content": "eyes"}) for _ in range(2)]
        wrong = await client.post(path, json={"content": "shrug"})
    assert [one.status_code for one in answers] == [201, 200]
    assert wrong.status_code == 422
    assert len(comment.reactions) == 1


async def test_a_permission_is_told_for_known_users(stage: Scene) -> None:
    stage.sandbox.set_role(stage.repository, "mara", "maintain")
    async with stage.client() as client:
        mara = (await client.get(f"{stage.path}/collaborators/mara/permission")).json()
        nobody = await client.get(f"{stage.path}/collaborators/nobody-here/permission")
    assert (mara["permission"], mara["role_name"]) == ("write", "maintain")
    assert nobody.status_code == 404


async def test_somebody_elses_comment_is_not_edited_by_an_app(stage: Scene) -> None:
    comment = stage.sandbox.comment(stage.pull, "Mine.")
    async with stage.client() as client:
        answer = await client.patch(f"{stage.path}/issues/comments/{comment.id}", json={"body": "Yours."})
    assert (answer.status_code, comment.body) == (403, "Mine.")


async def test_an_ordered_status_comes_instead_of_the_work_or_after_it(stage: Scene) -> None:
    path = f"{stage.path}/issues/1/comments"
    stage.sandbox.fail(Fault("POST", r"/comments$", status=502))
    stage.sandbox.fail(Fault("POST", r"/comments$", status=502, work_first=True))
    async with stage.client() as client:
        first = await client.post(path, json={"body": "one"})
        assert not stage.pull.comments
        second = await client.post(path, json={"body": "two"})
        third = await client.post(path, json={"body": "three"})
    assert [one.status_code for one in (first, second, third)] == [502, 502, 201]
    assert [one.body for one in stage.pull.comments] == ["two", "three"]
    calls = [(one.method, one.path, one.status, one.actor) for one in stage.sandbox.calls]
    assert calls == [
        ("POST", path, 502, "anonymous"),
        ("POST", path, 502, "ai-review[bot]"),
        ("POST", path, 201, "ai-review[bot]"),
    ]


async def test_trouble_begins_after_the_calls_that_are_let_through_and_ends(stage: Scene) -> None:
    stage.sandbox.fail(Fault("*", r"/pulls/1$", let_through=1, times=2, status=503))
    async with stage.client() as client:
        answers = [await client.get(f"{stage.path}/pulls/1") for _ in range(4)]
    assert [one.status_code for one in answers] == [200, 503, 503, 200]


async def test_pull_requests_are_listed_newest_first_and_by_what_is_asked(stage: Scene) -> None:
    stage.sandbox.commit(stage.repository, "other", {"a.txt": "a\n"})
    second = stage.sandbox.open_pull_request(stage.repository, "other")
    stage.sandbox.close(stage.pull)

    async def numbers(query: str) -> list[int]:
        return [one["number"] for one in (await client.get(f"{stage.path}/pulls?{query}")).json()]

    async with stage.client() as client:
        assert await numbers("") == [second.number]
        assert await numbers("state=all") == [2, 1]
        assert await numbers("state=all&direction=asc") == [1, 2]
        stage.clock.now += 60
        stage.sandbox.edit(stage.pull, title="Later")
        assert await numbers("state=all&sort=updated") == [2, 1]
        assert await numbers("state=all&sort=updated&direction=desc") == [1, 2]
        assert await numbers("state=all&head=dev:change") == [] != await numbers("state=all&base=main")
        assert await numbers("state=all&head=acme:change") == [1]


async def test_an_ordered_hang_up_is_one_on_both_ways_in(stage: Scene) -> None:
    stage.sandbox.fail(Fault("GET", "/rate_limit", times=2, hang_up=True))
    async with stage.client() as client:
        with pytest.raises(httpx.RemoteProtocolError):
            await client.get("/rate_limit")
    with stage.sandbox.serve() as server:
        async with httpx.AsyncClient(base_url=server.url, trust_env=False) as client:
            with pytest.raises(httpx.RemoteProtocolError):
                await client.get("/rate_limit")
            assert (await client.get("/api/v3/rate_limit")).status_code == 200


async def test_links_keep_the_prefix_that_was_used(stage: Scene) -> None:
    async with stage.client() as client:
        for prefix in ("", "/api/v3"):
            answer = (await client.get(f"{prefix}{stage.path}/pulls/1")).json()
            assert answer["url"] == f"http://github.test{prefix}{stage.path}/pulls/1"


async def test_bad_json_and_unknown_routes_are_told(stage: Scene) -> None:
    async with stage.client() as client:
        assert (await client.post(f"{stage.path}/issues/1/comments", content=b"{")).status_code == 400
        assert (await client.get("/nothing/here/at/all")).status_code == 404
        assert (await client.get(f"{stage.path}/pulls/99")).status_code == 404
