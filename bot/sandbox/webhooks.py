"""Signed webhooks: each event becomes a delivery first, which is then sent once, like GitHub does it.

There is no automatic second attempt. Redelivery keeps the id and the bytes.

What is *not* here: what the events say (events.py).
"""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import replace

import httpx

from bot.sandbox.memory import State
from bot.sandbox.shapes.base import Json
from bot.sandbox.state import App, Delivery

TIMEOUT_SECONDS = 10.0


def sign(secret: str, body: bytes) -> str:
    """`X-Hub-Signature-256` over exactly these bytes."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def headers(delivery: Delivery) -> dict[str, str]:
    """What GitHub sends with a delivery."""
    return {
        "Content-Type": "application/json",
        "User-Agent": "GitHub-Hookshot/sandbox",
        "X-GitHub-Delivery": delivery.guid,
        "X-GitHub-Event": delivery.event,
        "X-GitHub-Hook-ID": str(delivery.app.id),
        "X-GitHub-Hook-Installation-Target-ID": str(delivery.app.id),
        "X-GitHub-Hook-Installation-Target-Type": "integration",
        "X-Hub-Signature-256": sign(delivery.app.webhook_secret, delivery.body),
    }


class Webhooks:
    """Makes deliveries and sends them.

    Args:
        state: where deliveries are kept.
        changed: notified when a delivery is done; its lock guards the state.
        clock: POSIX seconds.
    """

    def __init__(self, state: State, changed: threading.Condition, clock: Callable[[], float]) -> None:
        self._state = state
        self._changed = changed
        self._clock = clock
        self._wakers: list[Callable[[], None]] = []

    def on_new(self, waker: Callable[[], None]) -> None:
        """Have this called, from any thread, whenever a delivery is waiting."""
        self._wakers.append(waker)

    def add(
        self, app: App, event: str, payload: Json, *, installation: int | None, repository: int | None
    ) -> Delivery:
        """Make a delivery that waits to be sent."""
        delivery = Delivery(
            id=self._state.new_big_id(),
            guid=str(uuid.uuid4()),
            app=app,
            event=event,
            action=payload.get("action"),
            body=json.dumps(payload, ensure_ascii=False).encode(),
            installation_id=installation,
            repository_id=repository,
            created_at=self._clock(),
        )
        return self._keep(delivery)

    def redeliver(self, delivery: Delivery) -> Delivery:
        """Make a further attempt of an earlier delivery."""
        again = replace(
            delivery, id=self._state.new_big_id(), created_at=self._clock(), redelivery=True, is_done=False,
            status="pending", status_code=0, seconds=0.0, response="",
        )  # fmt: skip
        return self._keep(again)

    @property
    def waiting(self) -> list[Delivery]:
        """Deliveries that were not sent yet, oldest first. Apps without an address get none."""
        return [one for one in self._state.deliveries if not one.is_done and one.app.webhook_url]

    async def deliver(self, client: httpx.AsyncClient) -> list[Delivery]:
        """Send what waits, in order, each once; return it with the answers."""
        sent = []
        for delivery in self.waiting:
            await self._send(client, delivery)
            sent.append(delivery)
        return sent

    def _keep(self, delivery: Delivery) -> Delivery:
        with self._changed:
            self._state.deliveries.append(delivery)
            self._changed.notify_all()
        for waker in self._wakers:
            waker()
        return delivery

    async def _send(self, client: httpx.AsyncClient, delivery: Delivery) -> None:
        started = time.perf_counter()
        try:
            answer = await client.post(
                delivery.app.webhook_url or "", content=delivery.body, headers=headers(delivery),
                timeout=TIMEOUT_SECONDS,
            )  # fmt: skip
            status, code, text = answer.reason_phrase or "OK", answer.status_code, answer.text[:10_000]
        except httpx.HTTPError as error:
            status, code, text = f"no connection: {type(error).__name__}", 0, ""
        with self._changed:
            delivery.status, delivery.status_code, delivery.response = status, code, text
            delivery.seconds = time.perf_counter() - started
            delivery.is_done = True
            self._changed.notify_all()
