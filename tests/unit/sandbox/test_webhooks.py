from __future__ import annotations

import json
from pathlib import Path

import httpx
import pytest

from bot.sandbox.state import Delivery
from bot.sandbox.webhooks import sign
from tests.support.sandbox import SECRET, Scene, scene


@pytest.fixture
def stage(tmp_path: Path) -> Scene:
    return scene(tmp_path)


class Receiver:
    """Takes deliveries and answers with one status."""

    def __init__(self, status: int = 202) -> None:
        self.status = status
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return httpx.Response(self.status, text="thanks")

    async def take(self, stage: Scene) -> list[Delivery]:
        async with httpx.AsyncClient(transport=httpx.MockTransport(self)) as client:
            return await stage.sandbox.deliver(client)


def test_the_signature_is_the_published_one() -> None:
    expected = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
    assert sign("It's a Secret to Everybody", b"Hello, World!") == expected


async def test_a_delivery_is_signed_over_the_bytes_that_are_sent(stage: Scene) -> None:
    receiver = Receiver()
    await receiver.take(stage)
    assert [one.headers["x-github-event"] for one in receiver.requests] == ["installation", "pull_request"]
    for request in receiver.requests:
        assert request.headers["x-hub-signature-256"] == sign(SECRET, request.content)
    payload = json.loads(receiver.requests[1].content)
    assert payload["action"] == "opened"
    assert payload["pull_request"]["head"]["sha"] == stage.pull.head_sha
    assert payload["installation"]["id"] == stage.installation.id


async def test_a_delivery_is_tried_once_and_redelivered_on_order_with_the_same_id(stage: Scene) -> None:
    failing = Receiver(503)
    first = await failing.take(stage)
    assert [one.status_code for one in first] == [503, 503]
    assert await failing.take(stage) == []
    stage.sandbox.redeliver(first[1])
    (again,) = await Receiver().take(stage)
    assert (again.guid, again.body, again.redelivery) == (first[1].guid, first[1].body, True)
    assert again.id != first[1].id
    assert again.status_code == 202


async def test_an_unreachable_receiver_is_kept_as_a_failed_delivery(stage: Scene) -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    async with httpx.AsyncClient(transport=httpx.MockTransport(refuse)) as client:
        sent = await stage.sandbox.deliver(client)
    assert {one.status_code for one in sent} == {0}


async def test_people_cause_the_events_that_github_sends(stage: Scene) -> None:
    sandbox, pull = stage.sandbox, stage.pull
    before = pull.head_sha
    sandbox.commit(stage.repository, "change", {"more.txt": "more\n"})
    comment = sandbox.comment(pull, "/ai-review", author="mara")
    sandbox.edit_comment(comment, "/ai-review full")
    sandbox.close(pull)
    sandbox.reopen(pull)
    sandbox.commit(stage.repository, "release", {"x.txt": "x\n"}, start="main")
    sandbox.change_base(pull, "release")
    found = [(one.event, one.action) for one in sandbox.deliveries[2:]]
    assert found == [
        ("pull_request", "synchronize"),
        ("issue_comment", "created"),
        ("issue_comment", "edited"),
        ("pull_request", "closed"),
        ("pull_request", "reopened"),
        ("pull_request", "edited"),
    ]
    pushed, said = (json.loads(one.body) for one in sandbox.deliveries[2:4])
    assert (pushed["before"], pushed["after"]) == (before, pull.head_sha)
    assert "head" not in said["issue"]["pull_request"], "a comment's event names no commit"


async def test_a_rerequest_goes_to_the_app_that_made_the_check(stage: Scene) -> None:
    other = stage.sandbox.create_app(
        "other", webhook_url="http://other.test/", private_key=stage.app.private_key
    )
    stage.sandbox.install(other, stage.repository)
    body = {"name": "ai-review", "head_sha": stage.pull.head_sha, "external_id": "acme/shop#1"}
    async with stage.client() as client:
        await client.post(f"{stage.path}/check-runs", json=body)
    stage.sandbox.rerequest(stage.repository.checks[0])
    rerequests = [one for one in stage.sandbox.deliveries if one.action == "rerequested"]
    assert [one.app.slug for one in rerequests] == ["ai-review"]
    run = json.loads(rerequests[0].body)["check_run"]
    assert (run["external_id"], run["pull_requests"][0]["number"]) == ("acme/shop#1", 1)


async def test_pushes_to_a_fork_reach_the_pull_request(stage: Scene) -> None:
    sandbox = stage.sandbox
    fork = sandbox.fork(stage.repository, "mallory")
    sandbox.commit(fork, "evil", {"shop/orders.py": "one\n"}, author="mallory")
    pull = sandbox.open_pull_request(stage.repository, "evil", author="mallory", fork=fork)
    sha = sandbox.commit(fork, "evil", {"shop/orders.py": "two\n"}, author="mallory")
    assert pull.head_sha == sha
    assert sandbox.deliveries[-1].action == "synchronize"
    sandbox.delete_repository(fork)
    async with stage.client() as client:
        answer = (await client.get(f"{stage.path}/pulls/{pull.number}")).json()
    assert (answer["head"]["repo"], answer["head"]["sha"]) == (None, sha)
