from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.sandbox import Scene, scene

INLINE = {"path": "shop/orders.py", "line": 5, "body": "Look here."}


@pytest.fixture
def stage(tmp_path: Path) -> Scene:
    return scene(tmp_path)


async def test_a_pending_review_is_taken_back_with_its_comments_and_nobody_is_told(stage: Scene) -> None:
    path = f"{stage.path}/pulls/1/reviews"
    stage.sandbox.comment_on_line(stage.pull, "shop/orders.py", 6, "Stays.")
    told = len(stage.sandbox.deliveries)
    async with stage.client() as client:
        made = (await client.post(path, json={"comments": [INLINE]})).json()
        answer = await client.delete(f"{path}/{made['id']}")
        again = await client.delete(f"{path}/{made['id']}")
    assert (answer.status_code, answer.json()["id"], answer.json()["state"]) == (200, made["id"], "PENDING")
    assert again.status_code == 404
    assert [one.body for one in stage.pull.review_comments] == ["Stays."]
    assert [one.author.login for one in stage.pull.reviews] == ["dev"]
    assert len(stage.sandbox.deliveries) == told


async def test_a_submitted_review_stays(stage: Scene) -> None:
    path = f"{stage.path}/pulls/1/reviews"
    async with stage.client() as client:
        made = (await client.post(path, json=stage.review(INLINE))).json()
        answer = await client.delete(f"{path}/{made['id']}")
    assert answer.status_code == 422
    assert answer.json()["errors"] == ["Can not delete a non-pending pull request review"]
    assert len(stage.pull.reviews) == len(stage.pull.review_comments) == 1


async def test_nobody_deletes_the_pending_review_of_somebody_else(stage: Scene) -> None:
    path = f"{stage.path}/pulls/1/reviews"
    stage.sandbox.set_role(stage.repository, "eve", "admin")
    async with stage.client() as bot, stage.client(stage.sandbox.user_token("eve")) as eve:
        made = (await bot.post(path, json={})).json()
        answer = await eve.delete(f"{path}/{made['id']}")
    assert answer.status_code == 404
    assert len(stage.pull.reviews) == 1


async def test_an_author_has_one_pending_review_and_nothing_beside_it(stage: Scene) -> None:
    pull = f"{stage.path}/pulls/1"
    root = stage.sandbox.comment_on_line(stage.pull, "shop/orders.py", 6, "Why?")
    stage.sandbox.set_role(stage.repository, "eve", "read")
    async with stage.client() as bot, stage.client(stage.sandbox.user_token("eve")) as eve:
        await bot.post(f"{pull}/reviews", json={"comments": [INLINE]})
        refused = [
            await bot.post(f"{pull}/reviews", json={"comments": [INLINE]}),
            await bot.post(f"{pull}/reviews", json=stage.review(INLINE)),
            await bot.post(f"{pull}/comments", json=INLINE),
            await bot.post(f"{pull}/comments/{root.id}/replies", json={"body": "So."}),
        ]
        other = await eve.post(f"{pull}/reviews", json={"comments": [INLINE]})
    assert [one.status_code for one in refused] == [422] * 4
    assert all("only have one pending review per pull request" in one.text for one in refused)
    assert other.status_code == 200
    assert len(stage.pull.review_comments) == 3


async def test_a_review_is_submitted_once(stage: Scene) -> None:
    path = f"{stage.path}/pulls/1/reviews"
    async with stage.client() as client:
        made = (await client.post(path, json={"comments": [INLINE]})).json()
        event = {"event": "COMMENT"}
        answers = [await client.post(f"{path}/{made['id']}/events", json=event) for _ in range(2)]
    assert [one.status_code for one in answers] == [200, 422]
