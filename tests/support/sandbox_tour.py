"""A walk past every route of the sandbox, with everything that was said written down."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx
import jwt

from tests.support.sandbox import Scene


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and its answer; bodies are parsed JSON, or None where there is none."""

    method: str
    path: str
    sent: Any
    status: int
    received: Any


async def tour(stage: Scene) -> list[Exchange]:
    """Call every route once with success, and some that are refused."""
    now = int(stage.clock())
    claims = {"iat": now - 60, "exp": now + 500, "iss": str(stage.app.id)}
    app_token = jwt.encode(claims, stage.app.private_key, algorithm="RS256")
    async with httpx.AsyncClient(transport=httpx.MockTransport(lambda _: httpx.Response(202))) as receiver:
        await stage.sandbox.deliver(receiver)
    walk: list[Exchange] = []
    async with stage.client(app_token) as client:
        await _as_app(_Walker(client, walk), stage)
    async with stage.client() as client:
        walker = _Walker(client, walk)
        await _reading(walker, stage)
        await _reviewing(walker, stage)
        await _talking(walker, stage)
        await _checking(walker, stage)
        await _refused(walker, stage)
    return walk


class _Walker:
    """Sends requests and writes them down."""

    def __init__(self, client: httpx.AsyncClient, walk: list[Exchange]) -> None:
        self._client = client
        self._walk = walk

    async def __call__(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        answer = await self._client.request(method, path, json=body)
        received = json.loads(answer.content) if answer.content else None
        self._walk.append(Exchange(method, path.partition("?")[0], body, answer.status_code, received))
        return received


async def _as_app(walk: _Walker, stage: Scene) -> None:
    await walk("GET", "/app")
    await walk("GET", "/app/installations")
    await walk("GET", f"/app/installations/{stage.installation.id}")
    await walk(
        "POST", f"/app/installations/{stage.installation.id}/access_tokens", {"repositories": ["shop"]}
    )
    await walk("GET", f"{stage.path}/installation")
    deliveries = await walk("GET", "/app/hook/deliveries")
    await walk("GET", f"/app/hook/deliveries/{deliveries[0]['id']}")
    await walk("POST", f"/app/hook/deliveries/{deliveries[0]['id']}/attempts")


async def _reading(walk: _Walker, stage: Scene) -> None:
    repo, pull = stage.path, f"{stage.path}/pulls/1"
    stage.sandbox.set_role(stage.repository, "mara", "maintain")
    stage.sandbox.add_label(stage.pull, "needs care")
    for path in ("", "/pulls?state=all", "/contents/shop", "/contents/gone.txt?ref=main"):
        await walk("GET", repo + path)
    file = await walk("GET", f"{repo}/contents/shop/orders.py")
    await walk("GET", f"{repo}/git/blobs/{file['sha']}")
    await walk("GET", f"{repo}/collaborators/mara/permission")
    await walk("GET", pull)
    await walk("GET", f"{pull}/files")
    await walk("GET", "/rate_limit")


async def _reviewing(walk: _Walker, stage: Scene) -> None:
    pull = f"{stage.path}/pulls/1"
    inline = {"path": "shop/orders.py", "body": "Look.", "side": "RIGHT"}
    review = stage.review(inline | {"line": 5}, inline | {"start_line": 28, "line": 30})
    made = await walk("POST", f"{pull}/reviews", review | {"commit_id": stage.pull.head_sha})
    await walk("GET", f"{pull}/reviews/{made['id']}")
    await walk("GET", f"{pull}/reviews/{made['id']}/comments")
    comments = await walk("GET", f"{pull}/comments")
    await walk("POST", f"{pull}/comments", inline | {"line": 6, "commit_id": stage.pull.head_sha})
    await walk("POST", f"{pull}/comments/{comments[0]['id']}/replies", {"body": "Yes."})
    one = f"{stage.path}/pulls/comments/{comments[0]['id']}"
    await walk("GET", one)
    await walk("PATCH", one, {"body": "Look again."})
    await walk("POST", f"{one}/reactions", {"content": "rocket"})
    reacted = await walk("GET", f"{one}/reactions")
    await walk("DELETE", f"{one}/reactions/{reacted[0]['id']}")
    pending = await walk("POST", f"{pull}/reviews", {"body": "Later."})
    await walk("GET", f"{pull}/reviews")
    await walk("DELETE", f"{pull}/reviews/{made['id']}")
    again = await walk("POST", f"{pull}/comments", inline | {"line": 6, "commit_id": stage.pull.head_sha})
    assert again["errors"][0]["field"] == "user_id"
    await walk("DELETE", f"{pull}/reviews/{pending['id']}")
    pending = await walk("POST", f"{pull}/reviews", {"body": "Later."})
    await walk("POST", f"{pull}/reviews/{pending['id']}/events", {"event": "COMMENT", "body": "Now."})


async def _talking(walk: _Walker, stage: Scene) -> None:
    made = await walk("POST", f"{stage.path}/issues/1/comments", {"body": "Hello."})
    one = f"{stage.path}/issues/comments/{made['id']}"
    await walk("GET", one)
    await walk("PATCH", one, {"body": "Hello again."})
    await walk("POST", f"{one}/reactions", {"content": "eyes"})
    await walk("POST", f"{one}/reactions", {"content": "eyes"})
    reacted = await walk("GET", f"{one}/reactions")
    await walk("DELETE", f"{one}/reactions/{reacted[0]['id']}")
    await walk("GET", f"{stage.path}/issues/1/comments")
    issue = stage.sandbox.create_issue(stage.repository, "It is slow")
    stage.sandbox.comment(issue, "Very.")
    for number in (1, issue.number):
        await walk("GET", f"{stage.path}/issues/{number}")
    await walk("GET", f"{stage.path}/issues/{issue.number}/comments")


async def _checking(walk: _Walker, stage: Scene) -> None:
    started = {
        "name": "ai-review",
        "head_sha": stage.pull.head_sha,
        "status": "in_progress",
        "external_id": "x",
    }
    made = await walk("POST", f"{stage.path}/check-runs", started)
    one = f"{stage.path}/check-runs/{made['id']}"
    note = {
        "path": "shop/orders.py",
        "start_line": 5,
        "end_line": 5,
        "annotation_level": "notice",
        "message": "m",
    }
    output = {"title": "Looked", "summary": "s", "annotations": [note]}
    await walk("PATCH", one, {"status": "completed", "conclusion": "success", "output": output})
    await walk("GET", one)
    await walk("GET", f"{one}/annotations")
    await walk("GET", f"{stage.path}/commits/{stage.pull.head_sha}/check-runs?filter=all")


async def _refused(walk: _Walker, stage: Scene) -> None:
    outside = {"path": "shop/orders.py", "body": "b", "line": 20}
    await walk("POST", f"{stage.path}/pulls/1/reviews", stage.review(outside))
    await walk("POST", f"{stage.path}/issues/1/comments", {"body": " "})
    await walk("GET", f"{stage.path}/pulls/77")
    await walk("GET", f"{stage.path}/contents/nowhere.txt")
