"""The log of calls, and trouble on order. Stands in front of everything that the sandbox answers.

A fetch by git is no call: trouble may meet it, but the log leaves it out.

What is *not* here: the answers themselves (api/, graphql/).
"""

from __future__ import annotations

import asyncio
import json
import re
import threading
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.sandbox.api.routing import ACTOR_KEY
from bot.sandbox.errors import ConnectionDropped


@dataclass(frozen=True, slots=True)
class ApiCall:
    """One request. `status` is what the caller was told, or None when the connection was dropped.

    Attributes:
        path: as requested, with the query and without `/api/v3`.
        actor: `app SLUG`, `SLUG[bot]`, a login, or `anonymous`.
    """

    method: str
    path: str
    status: int | None
    actor: str


class Gate:
    """Holds back what was asked of the sandbox until it is opened, from whatever thread.

    Attributes:
        held: requests that arrived whole and were stopped here.
    """

    def __init__(self) -> None:
        self.held = 0
        self._opened: Future[None] = Future()

    def open(self) -> None:
        """Let it happen. Opened twice is opened."""
        if not self._opened.done():
            self._opened.set_result(None)

    async def passed(self) -> None:
        """Return once it is open."""
        self.held += 1
        await asyncio.wrap_future(self._opened)


@dataclass(slots=True)
class Fault:
    """Trouble for the next calls that fit.

    Attributes:
        method: HTTP method, or `*`.
        path: regular expression, searched in path and query without `/api/v3`.
        let_through: fitting calls that are spared first.
        times: fitting calls that are hit then; those after them are spared again.
        status: what to answer, or None to answer truly.
        hang_up: close the connection instead.
        work_first: do what was asked and lose only its answer.
        delay: seconds to wait first.
        gate: what was asked is done once this is opened, also where the caller is gone by then. What
            `hang_up` or `status` order comes at once.
        body: JSON answer that goes with `status`.
        seen: fitting calls so far.
    """

    method: str
    path: str
    times: int = 1
    let_through: int = 0
    status: int | None = None
    hang_up: bool = False
    work_first: bool = False
    delay: float = 0.0
    gate: Gate | None = None
    body: Mapping[str, object] = field(default_factory=lambda: {"message": "Server Error"})
    headers: Mapping[str, str] = field(default_factory=dict)
    seen: int = field(default=0, init=False)

    def hits(self, method: str, path: str) -> bool:
        """Whether this call is one to spoil; counts it."""
        if self.method not in ("*", method) or not re.search(self.path, path):
            return False
        self.seen += 1
        return self.let_through < self.seen <= self.let_through + self.times


class Journal:
    """ASGI middleware with the log and the ordered faults."""

    def __init__(self, app: ASGIApp, changed: threading.Condition) -> None:
        self._app = app
        self._changed = changed
        self.calls: list[ApiCall] = []
        self.faults: list[Fault] = []
        self._late: set[asyncio.Task[None]] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, spoil it if that was ordered, and write it down."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        method, path = scope["method"], _path(scope)
        with self._changed:
            fault = next((one for one in self.faults if one.hits(method, path)), None)
        is_written = ".git/" in path

        def write_down(status: int | None) -> None:
            nonlocal is_written
            if is_written:
                return
            is_written = True
            with self._changed:
                self.calls.append(ApiCall(method, path, status, scope.get(ACTOR_KEY, "anonymous")))
                self._changed.notify_all()

        async def watch(message: Message) -> None:
            if message["type"] == "http.response.start":
                write_down(message["status"])  # first: whoever has the answer finds its call in the log
            await send(message)

        try:
            await self._answer(fault, scope, receive, watch)
        finally:
            write_down(None)

    async def _answer(self, fault: Fault | None, scope: Scope, receive: Receive, send: Send) -> None:
        if fault is None:
            await self._app(scope, receive, send)
            return
        if fault.delay:
            await asyncio.sleep(fault.delay)
        if fault.gate is not None:
            await self._answer_late(fault, fault.gate, scope, receive, send)
            return
        if fault.status is None and not fault.hang_up:
            await self._app(scope, receive, send)
            return
        if fault.work_first:
            await self._app(scope, receive, _swallow)
        if fault.hang_up:
            raise ConnectionDropped(f"{scope['method']} {scope['path']}")
        await _send_json(send, fault)

    async def _answer_late(
        self, fault: Fault, gate: Gate, scope: Scope, receive: Receive, send: Send
    ) -> None:
        """Take the whole request, and do what it asks behind the gate, whatever becomes of its connection."""
        body = await _read(receive)
        is_told = fault.hang_up or fault.status is not None

        async def work() -> None:
            await gate.passed()
            await self._app(scope, _said(body), _swallow if is_told else send)

        task = asyncio.create_task(work())
        self._late.add(task)
        task.add_done_callback(self._late.discard)
        if fault.hang_up:
            raise ConnectionDropped(f"{scope['method']} {scope['path']}")
        if is_told:
            await _send_json(send, fault)
        else:
            await asyncio.shield(task)


async def _read(receive: Receive) -> bytes:
    """The whole body.

    Raises:
        ConnectionDropped: the caller was gone before it had said everything.
    """
    body, more = b"", True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ConnectionDropped("the request is not whole")
        body, more = body + message.get("body", b""), message.get("more_body", False)
    return body


def _said(body: bytes) -> Receive:
    """A request that has arrived."""

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive


async def _swallow(_: Message) -> None:
    """Take an answer and send it nowhere."""


async def _send_json(send: Send, fault: Fault) -> None:
    headers = {"content-type": "application/json"} | dict(fault.headers)
    raw = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": fault.status, "headers": raw})
    await send({"type": "http.response.body", "body": json.dumps(dict(fault.body)).encode()})


def _path(scope: Scope) -> str:
    query = scope.get("query_string", b"").decode("latin-1")
    path = str(scope["path"])
    path = path.removeprefix("/api/v3") or path
    return f"{path}?{query}" if query else path
