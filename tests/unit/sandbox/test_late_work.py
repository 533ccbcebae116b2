"""What GitHub takes and does later: after the caller has hung up, was told of trouble, or is gone."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path

import httpx
import pytest

from bot.sandbox.journal import Fault, Gate
from tests.support.sandbox import Scene, scene
from tests.support.waiting import wait_until


@pytest.fixture
def stage(tmp_path: Path) -> Scene:
    return scene(tmp_path)


def bodies(stage: Scene) -> list[str]:
    return [one.body for one in stage.pull.comments]


async def test_what_was_asked_before_the_connection_broke_is_done_when_the_gate_opens(stage: Scene) -> None:
    gate = Gate()
    stage.sandbox.fail(Fault("POST", "/comments$", hang_up=True, gate=gate))
    async with stage.client() as client:
        with pytest.raises(httpx.RemoteProtocolError):
            await client.post(f"{stage.path}/issues/1/comments", json={"body": "late"})
        assert bodies(stage) == []
        gate.open()
        assert await stage.sandbox.until(lambda: bodies(stage) == ["late"])


async def test_an_ordered_status_comes_before_the_gate_opens_and_a_true_answer_behind_it(
    stage: Scene,
) -> None:
    refused, answered = Gate(), Gate()
    path = f"{stage.path}/issues/1/comments"
    stage.sandbox.fail(Fault("POST", "/comments$", status=503, gate=refused))
    stage.sandbox.fail(Fault("POST", "/comments$", gate=answered))
    async with stage.client() as client:
        assert (await client.post(path, json={"body": "one"})).status_code == 503
        asking = asyncio.create_task(client.post(path, json={"body": "two"}))
        await asyncio.to_thread(wait_until, lambda: answered.held, "the request to arrive")
        assert not asking.done()
        answered.open()
        assert (await asking).status_code == 201
        refused.open()
        assert await stage.sandbox.until(lambda: bodies(stage) == ["two", "one"])


def test_a_caller_that_died_is_no_reason_not_to_do_what_it_asked(stage: Scene) -> None:
    gate, cut = Gate(), Gate()
    stage.sandbox.fail(Fault("POST", "/comments$", gate=cut))
    stage.sandbox.fail(Fault("POST", "/comments$", gate=gate))
    token = stage.sandbox.installation_token(stage.installation)
    body = b'{"body": "late"}'
    head = (
        f"POST {stage.path}/issues/1/comments HTTP/1.1\r\nhost: github.test\r\n"
        f"authorization: Bearer {token}\r\ncontent-length: {len(body)}\r\n\r\n"
    )
    with stage.sandbox.serve() as server:
        url = httpx.URL(server.url)
        with socket.create_connection((url.host, url.port)) as caller:
            caller.sendall(head.encode() + body[:-1])
        assert stage.sandbox.wait_until(lambda: len(stage.sandbox.calls) == 1)
        with socket.create_connection((url.host, url.port)) as caller:
            caller.sendall(head.encode() + body)
            wait_until(lambda: gate.held, "the request to arrive")
        assert bodies(stage) == []
        for one in (cut, gate):
            one.open()
        assert stage.sandbox.wait_until(lambda: bodies(stage) == ["late"])
        assert cut.held == 0
