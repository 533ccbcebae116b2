"""Deliveries as GitHub makes them: payload files that we wrote, and the headers that belong to them."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx

from bot.web.app import create_app
from bot.web.body import DEFAULT_LIMITS, Limits
from bot.web.ports import HealthCheck, Inbox

PAYLOADS = Path(__file__).resolve().parents[1] / "payloads"
SECRET = b"a webhook secret of the tests"
DELIVERY = "72d3162e-cc78-11e3-81ab-4c9367dc0958"
PATH = "/webhooks/github"


def load_payload(name: str) -> Any:
    """A fresh copy of `tests/payloads/NAME.json`, free to be changed."""
    return json.loads((PAYLOADS / f"{name}.json").read_text(encoding="utf-8"))


def sign(body: bytes, secret: bytes = SECRET) -> str:
    """The value of X-Hub-Signature-256."""
    return "sha256=" + hmac.new(secret, body, hashlib.sha256).hexdigest()


def headers_for(
    body: bytes, event: str = "pull_request", delivery: str = DELIVERY, secret: bytes = SECRET
) -> dict[str, str]:
    """What GitHub sends along with a body."""
    return {
        "Content-Type": "application/json",
        "User-Agent": "GitHub-Hookshot/044aadd",
        "X-GitHub-Event": event,
        "X-GitHub-Delivery": delivery,
        "X-Hub-Signature-256": sign(body, secret),
    }


def client_of(
    inbox: Inbox,
    *,
    secrets: Sequence[bytes] = (SECRET,),
    health: Sequence[HealthCheck] = (),
    limits: Limits = DEFAULT_LIMITS,
) -> httpx.AsyncClient:
    """A client of the real application, without a network."""
    app = create_app(secrets=secrets, inbox=inbox, health=health, limits=limits)
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://receiver.test")


async def deliver(
    client: httpx.AsyncClient, payload: object, event: str = "pull_request", delivery: str = DELIVERY
) -> httpx.Response:
    """One signed delivery."""
    body = json.dumps(payload).encode()
    return await client.post(PATH, content=body, headers=headers_for(body, event, delivery))
