"""The log of what was asked of GitHub."""

from __future__ import annotations

import threading

from starlette.types import Message, Receive, Scope, Send

from bot.sandbox.journal import ApiCall, Journal


async def test_whoever_has_the_answer_finds_its_call_in_the_log() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 201, "headers": []})
        await send({"type": "http.response.body", "body": b"{}"})

    async def receive() -> Message:
        return {"type": "http.request"}

    async def send(message: Message) -> None:
        known.append(list(journal.calls))

    known: list[list[ApiCall]] = []
    journal = Journal(app, threading.Condition())
    await journal({"type": "http", "method": "GET", "path": "/user"}, receive, send)
    assert known == [[ApiCall("GET", "/user", 201, "anonymous")]] * 2
