"""The sandbox over HTTP on this machine, in a thread of its own, sending its webhooks as they arise.

What is *not* here: anything that listens beyond loopback.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import threading
from collections.abc import AsyncIterator
from types import TracebackType

import httpx
import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from bot.sandbox.errors import ConnectionDropped, SandboxError
from bot.sandbox.webhooks import Webhooks

START_SECONDS = 20.0
HOST = "127.0.0.1"


class SandboxServer:
    """Serves an application until it is stopped. Use it as a context manager.

    Args:
        app: the sandbox with its journal.
        webhooks: what waits here is sent at once.
        port: 0 takes a free one; see `url`.
    """

    def __init__(self, app: ASGIApp, webhooks: Webhooks, port: int = 0) -> None:
        # With the protocol named: only then does asyncio send small answers at once (TCP_NODELAY).
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._socket.bind((HOST, port))
        self._webhooks = webhooks
        config = uvicorn.Config(_hang_up(app), log_config=None, access_log=False, lifespan="off")
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._run, name="sandbox", daemon=True)
        self._started = threading.Event()

    @property
    def url(self) -> str:
        """Where it answers: `http://127.0.0.1:PORT`."""
        return f"http://{HOST}:{self._socket.getsockname()[1]}"

    def start(self) -> None:
        """Start to serve; returns when connections are taken.

        Raises:
            SandboxError: when it does not come up.
        """
        self._socket.listen(128)  # from here on connections wait in the kernel, whatever the thread does
        self._thread.start()
        if not self._started.wait(START_SECONDS):
            raise SandboxError("The sandbox did not start.")

    def stop(self) -> None:
        """Stop and wait until it has."""
        self._server.should_exit = True
        self._thread.join(START_SECONDS)
        self._socket.close()

    def wait(self) -> None:
        """Serve until somebody interrupts."""
        self._thread.join()

    def __enter__(self) -> SandboxServer:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _run(self) -> None:
        # Dropped connections are ordered by tests: what the server says of them is noise.
        logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        async with _sender(self._webhooks):
            self._started.set()
            await self._server.serve(sockets=[self._socket])


@contextlib.asynccontextmanager
async def _sender(webhooks: Webhooks) -> AsyncIterator[None]:
    """Send deliveries in the background, woken by each new one from whatever thread it comes."""
    loop, wake = asyncio.get_running_loop(), asyncio.Event()

    def waker() -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody sends any more
            loop.call_soon_threadsafe(wake.set)

    webhooks.on_new(waker)
    async with httpx.AsyncClient(trust_env=False) as client:
        task = asyncio.create_task(_send_for_ever(webhooks, client, wake))
        try:
            yield
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task


async def _send_for_ever(webhooks: Webhooks, client: httpx.AsyncClient, wake: asyncio.Event) -> None:
    while True:
        wake.clear()
        await webhooks.deliver(client)
        await wake.wait()


def _hang_up(app: ASGIApp) -> ASGIApp:
    """Turn an ordered hang-up into one: an answer that ends before its announced length closes the socket."""

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await app(scope, receive, send)
        except ConnectionDropped:
            headers = [(b"content-length", b"1")]
            await send({"type": "http.response.start", "status": 200, "headers": headers})

    return serve
