from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest

from bot.sandbox.auth import new_private_key
from bot.sandbox.state import Limits
from tests.support.sandbox import Scene, scene


@pytest.fixture
def stage(tmp_path: Path) -> Scene:
    return scene(tmp_path)


def app_token(stage: Scene, key: str | None = None, **claims: Any) -> str:
    now = int(stage.clock())
    whole = {"iat": now - 60, "exp": now + 540, "iss": str(stage.app.id)} | claims
    return jwt.encode(whole, key or stage.app.private_key, algorithm="RS256")


async def get(stage: Scene, path: str, token: str) -> httpx.Response:
    async with stage.client(token) as client:
        return await client.get(path)


async def test_an_app_proves_itself_by_id_or_client_id(stage: Scene) -> None:
    for issuer in (str(stage.app.id), stage.app.client_id):
        answer = await get(stage, "/app", app_token(stage, iss=issuer))
        assert (answer.status_code, answer.json()["slug"]) == (200, "ai-review")


async def test_jwts_outside_githubs_rules_are_refused(stage: Scene) -> None:
    now = int(stage.clock())
    tokens = {
        "expired": app_token(stage, exp=now - 1),
        "too long": app_token(stage, exp=now + 601),
        "from the future": app_token(stage, iat=now + 30),
        "foreign key": app_token(stage, key=new_private_key()),
        "no times": jwt.encode({"iss": str(stage.app.id)}, stage.app.private_key, algorithm="RS256"),
        "symmetric": jwt.encode({"iss": str(stage.app.id)}, "x" * 32, algorithm="HS256"),
    }
    for name, token in tokens.items():
        assert (await get(stage, "/app", token)).status_code == 401, name


async def test_an_installation_token_works_until_it_expires(stage: Scene) -> None:
    async with stage.client(app_token(stage)) as client:
        made = await client.post(f"/app/installations/{stage.installation.id}/access_tokens")
    assert made.status_code == 201
    token = made.json()["token"]
    assert (await get(stage, stage.path, token)).status_code == 200
    stage.clock.now += 3600
    assert (await get(stage, stage.path, token)).status_code == 401


async def test_a_token_can_be_narrowed_and_not_widened(stage: Scene) -> None:
    path = f"/app/installations/{stage.installation.id}/access_tokens"
    async with stage.client(app_token(stage)) as client:
        narrow = await client.post(path, json={"permissions": {"contents": "read"}})
        wide = await client.post(path, json={"permissions": {"contents": "write"}})
    assert wide.status_code == 422
    answer = await get(stage, f"{stage.path}/pulls/1", narrow.json()["token"])
    assert (answer.status_code, answer.json()["message"]) == (403, "Resource not accessible by integration")


async def test_a_suspended_installation_is_refused(stage: Scene) -> None:
    token = stage.sandbox.installation_token(stage.installation)
    stage.sandbox.suspend(stage.installation)
    assert (await get(stage, stage.path, token)).status_code == 403


async def test_a_private_repository_does_not_exist_for_strangers(stage: Scene) -> None:
    other = stage.sandbox.create_repository("acme/other")
    token = stage.sandbox.installation_token(stage.installation)
    assert (await get(stage, f"/repos/{other.full_name}", token)).status_code == 404
    assert (await get(stage, stage.path, stage.sandbox.user_token("eve"))).status_code == 404
    stage.sandbox.set_role(stage.repository, "eve", "read")
    assert (await get(stage, stage.path, stage.sandbox.user_token("eve"))).status_code == 200


async def test_only_apps_write_checks(stage: Scene) -> None:
    stage.sandbox.set_role(stage.repository, "eve", "admin")
    body = {"name": "ai-review", "head_sha": stage.pull.head_sha}
    async with stage.client(stage.sandbox.user_token("eve")) as client:
        answer = await client.post(f"{stage.path}/check-runs", json=body)
    assert answer.status_code == 403


async def test_each_write_wants_its_permission(tmp_path: Path) -> None:
    stage = scene(tmp_path, permissions={"metadata": "read", "pull_requests": "read", "checks": "read"})
    writes = {
        f"{stage.path}/pulls/1/reviews": stage.review(),
        f"{stage.path}/issues/1/comments": {"body": "Hello."},
        f"{stage.path}/check-runs": {"name": "ai-review", "head_sha": stage.pull.head_sha},
    }
    async with stage.client() as client:
        for path, body in writes.items():
            assert (await client.post(path, json=body)).status_code == 403, path


async def test_nonsense_credentials_are_401(stage: Scene) -> None:
    for token in ("ghs_wrong", "eyJ.e30.x", "a.b.c"):
        assert (await get(stage, stage.path, token)).status_code == 401, token


async def test_a_used_up_hour_is_refused(tmp_path: Path) -> None:
    stage = scene(tmp_path, limits=Limits(requests_per_hour=2))
    async with stage.client() as client:
        answers = [await client.get(stage.path) for _ in range(3)]
    assert [one.status_code for one in answers] == [200, 200, 403]
    assert answers[1].headers["x-ratelimit-remaining"] == "0"
    assert answers[2].headers["x-ratelimit-remaining"] == "0"


async def test_a_token_is_narrowed_to_repositories_by_name_or_id_and_never_to_strangers(stage: Scene) -> None:
    other = stage.sandbox.create_repository("acme/other")
    stage.installation.repository_ids = {stage.repository.id, other.id}
    stage.sandbox.create_repository("acme/stranger")
    path = f"/app/installations/{stage.installation.id}/access_tokens"
    async with stage.client(app_token(stage)) as client:
        one = await client.post(path, json={"repositories": ["shop"]})
        both = await client.post(path, json={"repositories": ["shop"], "repository_ids": [other.id]})
        strange = await client.post(path, json={"repositories": ["shop", "stranger"]})
    async with stage.client(one.json()["token"]) as client:
        seen = [(await client.get(f"/repos/acme/{name}")).status_code for name in ("shop", "other")]
    async with stage.client(both.json()["token"]) as client:
        seen += [(await client.get(f"/repos/acme/{name}")).status_code for name in ("shop", "other")]
    assert seen == [200, 404, 200, 200]
    assert (strange.status_code, "stranger" in strange.json()["message"]) == (422, True)
