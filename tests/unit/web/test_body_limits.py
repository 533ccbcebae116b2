"""Bodies that are too large, too slow, compressed, or cut off."""

from __future__ import annotations

import asyncio
import gzip
import logging
import socket
import tracemalloc
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import uvicorn

from bot.web.app import create_app
from bot.web.body import DEFAULT_LIMITS, Limits
from tests.support.inbox import MemoryInbox
from tests.support.webhooks import PATH, SECRET, client_of, headers_for, sign

MEGABYTE = 1024 * 1024
SMALL = Limits(body_bytes=1000, held_bytes=1500, body_seconds=0.05)


async def pieces(piece: bytes, count: int) -> AsyncIterator[bytes]:
    """A body without an announced length."""
    for _ in range(count):
        yield piece


async def post(client: httpx.AsyncClient, content: Any, signed: bytes, **headers: str) -> httpx.Response:
    return await client.post(PATH, content=content, headers=headers_for(signed, "ping") | headers)


def test_the_limits_are_those_that_were_promised() -> None:
    assert DEFAULT_LIMITS.body_bytes == 25 * MEGABYTE
    assert DEFAULT_LIMITS.body_seconds == 10
    assert DEFAULT_LIMITS.inbox_seconds < 2


@pytest.mark.parametrize(("size", "status"), [(1000, 200), (1001, 413)])
async def test_a_body_may_be_as_large_as_the_limit_and_no_larger(size: int, status: int) -> None:
    body = b"x" * size
    client = client_of(MemoryInbox(), limits=SMALL)
    assert (await post(client, body, body)).status_code == status
    assert (await post(client, pieces(b"x", size), body)).status_code == status


async def test_a_body_that_lies_about_its_length_is_stopped_all_the_same() -> None:
    body = b"x" * 5000
    client = client_of(MemoryInbox(), limits=SMALL)
    answer = await post(client, pieces(b"x" * 50, 100), body, **{"Content-Length": "10"})
    assert answer.status_code == 413


async def test_an_announced_size_over_the_limit_is_refused_before_anything_is_read() -> None:
    read = []

    async def body() -> AsyncIterator[bytes]:
        read.append(1)
        yield b"x"

    client = client_of(MemoryInbox(), limits=SMALL)
    for announced in ("1001", "9" * 30):
        answer = await post(client, body(), b"x", **{"Content-Length": announced})
        assert answer.status_code == 413
    assert read == []


async def test_without_a_signature_nothing_is_read() -> None:
    read = []

    async def body() -> AsyncIterator[bytes]:
        read.append(1)
        yield b"x"

    answer = await post(client_of(MemoryInbox()), body(), b"x", **{"X-Hub-Signature-256": "none"})
    assert answer.status_code == 401
    assert read == []


async def test_a_body_that_comes_too_slowly_is_given_up() -> None:
    async def body() -> AsyncIterator[bytes]:
        yield b"x"
        await asyncio.Event().wait()

    async with asyncio.timeout(2):
        answer = await post(client_of(MemoryInbox(), limits=SMALL), body(), b"x")
    assert answer.status_code == 408
    assert answer.headers["connection"] == "close"


async def test_steady_drops_do_not_extend_the_time_limit() -> None:
    async def body() -> AsyncIterator[bytes]:
        while True:
            yield b"x"
            await asyncio.sleep(0.01)

    async with asyncio.timeout(2):
        answer = await post(client_of(MemoryInbox(), limits=SMALL), body(), b"x")
    assert answer.status_code == 408


@pytest.mark.parametrize("encoding", ["gzip", "GZIP", "br", "deflate", "identity, gzip"])
async def test_a_compressed_body_is_refused(encoding: str) -> None:
    bomb = gzip.compress(b"\0" * MEGABYTE)
    answer = await post(client_of(MemoryInbox()), bomb, bomb, **{"Content-Encoding": encoding})
    assert answer.status_code == 415


async def test_identity_is_no_compression() -> None:
    answer = await post(client_of(MemoryInbox()), b"{}", b"{}", **{"Content-Encoding": "identity"})
    assert answer.status_code == 200


async def test_many_unfinished_bodies_cannot_fill_the_memory_and_give_it_back() -> None:
    limits = Limits(body_bytes=1000, held_bytes=1500, body_seconds=5)
    client = client_of(MemoryInbox(), limits=limits)
    first_half_is_read, go_on = asyncio.Event(), asyncio.Event()

    async def slow() -> AsyncIterator[bytes]:
        yield b"x" * 900
        first_half_is_read.set()
        await go_on.wait()
        yield b"x" * 100

    body = b"x" * 1000
    waiting = asyncio.create_task(post(client, slow(), body))
    await first_half_is_read.wait()
    assert (await post(client, body, body)).status_code == 503
    go_on.set()
    assert (await waiting).status_code == 200
    assert (await post(client, body, body)).status_code == 200


async def test_the_largest_body_is_held_in_memory_once() -> None:
    piece = b"[" + b" " * (64 * 1024 - 1)
    signature = sign(piece * 400)
    client = client_of(MemoryInbox())
    tracemalloc.start()
    try:
        answer = await post(
            client,
            pieces(piece, 400),
            b"",
            **{"X-Hub-Signature-256": signature, "X-GitHub-Event": "pull_request"},
        )
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert answer.status_code == 200
    assert 25 * MEGABYTE <= peak < 40 * MEGABYTE


async def test_a_sender_that_is_still_writing_gets_to_read_why_it_is_refused() -> None:
    app = create_app(secrets=[SECRET], inbox=MemoryInbox(), limits=SMALL)
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_config=None, access_log=False, ws="none"))
    with socket.create_server(("127.0.0.1", 0)) as listening:
        serving = asyncio.create_task(server.serve([listening]))
        base_url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        async with httpx.AsyncClient(base_url=base_url, trust_env=False) as client:
            for content in (b"x" * 8 * MEGABYTE, pieces(b"x" * 65_536, 128)):
                assert (await post(client, content, b"x")).status_code == 413
        server.should_exit = True
        await serving


async def test_a_sender_that_hangs_up_is_logged_and_nothing_else(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING, logger="bot")
    inbox = MemoryInbox()
    app = create_app(secrets=[SECRET], inbox=inbox)
    headers = [(name.lower().encode(), value.encode()) for name, value in headers_for(b"{}").items()]
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "path": PATH,
        "raw_path": PATH.encode(),
        "query_string": b"",
        "root_path": "",
        "scheme": "http",
        "headers": headers,
    }
    messages = iter([{"type": "http.request", "body": b"{", "more_body": True}, {"type": "http.disconnect"}])

    async def receive() -> Any:
        return next(messages)

    async def send(_message: Any) -> None:
        return

    await app(scope, receive, send)
    assert inbox.kept == []
    assert "given up by its sender" in caplog.text
