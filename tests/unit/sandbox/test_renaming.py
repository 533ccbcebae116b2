from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.sandbox.errors import SandboxError
from bot.sandbox.sandbox import EVENTS
from tests.support.sandbox import Scene, scene


@pytest.fixture
def stage(tmp_path: Path) -> Scene:
    return scene(tmp_path)


@pytest.mark.parametrize("prefix", ["", "/api/v3"])
async def test_the_old_name_points_to_the_repositorys_id_on_the_same_host(stage: Scene, prefix: str) -> None:
    stage.sandbox.rename(stage.repository, "store")
    async with stage.client() as client:
        answer = await client.get(f"{prefix}/repos/ACME/shop/pulls/1/files?per_page=2")
        root = await client.get(f"{prefix}/repos/acme/shop")
        files = await client.get(answer.headers["location"])
        new = await client.get(f"{prefix}/repos/acme/store")
    by_id = f"http://github.test{prefix}/repositories/{stage.repository.id}"
    assert (answer.status_code, answer.headers["location"]) == (301, f"{by_id}/pulls/1/files?per_page=2")
    assert (root.headers["location"], root.json()["message"]) == (by_id, "Moved Permanently")
    assert (files.status_code, len(files.json())) == (200, 2)
    assert new.json()["full_name"] == "acme/store"


async def test_a_write_is_sent_on_and_is_not_done_on_the_way(stage: Scene) -> None:
    stage.sandbox.rename(stage.repository, "store")
    async with stage.client() as client:
        answer = await client.post("/repos/acme/shop/issues/1/comments", json={"body": "Hello."})
        assert (answer.status_code, stage.pull.comments) == (307, [])
        made = await client.post(answer.headers["location"], json={"body": "Hello."})
    assert made.status_code == 201
    assert len(stage.pull.comments) == 1


async def test_who_may_not_see_the_repository_learns_nothing_of_its_name(stage: Scene) -> None:
    stage.sandbox.rename(stage.repository, "store")
    async with stage.client(stage.sandbox.user_token("stranger")) as client:
        assert (await client.get("/repos/acme/shop")).status_code == 404
        assert (await client.get(f"/repositories/{stage.repository.id}")).status_code == 404


async def test_an_old_name_that_is_taken_again_belongs_to_its_new_holder(stage: Scene) -> None:
    stage.sandbox.rename(stage.repository, "store")
    stage.sandbox.create_repository("acme/shop", private=False)
    async with stage.client() as client:
        answer = (await client.get("/repos/acme/shop")).json()
    assert answer["id"] != stage.repository.id


def test_a_name_in_use_is_refused(stage: Scene) -> None:
    stage.sandbox.create_repository("acme/store")
    for name in ("store", "two/parts", ""):
        with pytest.raises(SandboxError, match="not a free"):
            stage.sandbox.rename(stage.repository, name)
    assert stage.repository.full_name == "acme/shop"


async def test_an_app_that_asked_for_it_is_told(stage: Scene) -> None:
    stage.app.events = (*EVENTS, "repository")
    stage.sandbox.rename(stage.repository, "store")
    told = stage.sandbox.deliveries[-1]
    payload = json.loads(told.body)
    assert (told.event, told.action) == ("repository", "renamed")
    assert payload["changes"]["repository"]["name"] == {"from": "shop"}
    assert payload["repository"]["full_name"] == "acme/store"
