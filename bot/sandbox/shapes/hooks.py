"""Deliveries of webhooks."""

from __future__ import annotations

import json

from bot.sandbox.shapes.base import Json, iso
from bot.sandbox.state import Delivery


def delivery_item(one: Delivery) -> Json:
    """`hook-delivery-item`, as the list holds it."""
    return {
        "id": one.id,
        "guid": one.guid,
        "delivered_at": iso(one.created_at),
        "redelivery": one.redelivery,
        "duration": round(one.seconds, 2),
        "status": one.status,
        "status_code": one.status_code,
        "event": one.event,
        "action": one.action,
        "installation_id": one.installation_id,
        "repository_id": one.repository_id,
        "throttled_at": None,
    }


def delivery(one: Delivery) -> Json:
    """`hook-delivery`: one with what was sent and what came back."""
    headers = {"X-GitHub-Delivery": one.guid, "X-GitHub-Event": one.event, "content-type": "application/json"}
    return delivery_item(one) | {
        "url": one.app.webhook_url or "",
        "request": {"headers": headers, "payload": json.loads(one.body)},
        "response": {"headers": {}, "payload": one.response},
    }
