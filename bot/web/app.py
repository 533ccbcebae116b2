"""The web application, put together from its ports. Composition root of `bot.web`: it reads no environment.

Routes are plain Starlette ones: webhooks are the hot path, and no answer here needs a described schema.
What is *not* here: the server that runs it (uvicorn, started by the command line) and closing the inbox.
"""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import Final

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from bot.errors import SettingsError
from bot.web.body import DEFAULT_LIMITS, Limits
from bot.web.health import Health
from bot.web.ports import HealthCheck, Inbox
from bot.web.receiver import Receiver

WEBHOOK_PATH: Final = "/webhooks/github"

_ABOUT: Final = (
    "ai-review-bot: GitHub delivers to POST /webhooks/github, GET /readyz says whether it can; "
    "README.md and deploy/ of the project say how to set it up.\n"
)


def create_app(
    *,
    secrets: Sequence[bytes],
    inbox: Inbox,
    health: Sequence[HealthCheck] = (),
    limits: Limits = DEFAULT_LIMITS,
) -> FastAPI:
    """The receiver as an ASGI application.

    Args:
        secrets: every webhook secret that is accepted.
        inbox: where accepted requests go.
        health: what `/readyz` asks.
        limits: only tests have a reason to change them.

    Raises:
        SettingsError: there is no secret, or an empty one: everybody could sign.
    """
    if not secrets or not all(secrets):
        raise SettingsError(
            "AI_REVIEW_GITHUB_WEBHOOK_SECRET is not set: set it to the webhook secret of your GitHub App"
        )
    app = FastAPI(title="ai-review-bot", docs_url=None, redoc_url=None, openapi_url=None)
    probes = Health(health)
    app.add_route(WEBHOOK_PATH, Receiver(tuple(secrets), inbox, limits).receive, methods=["POST"])
    app.add_route("/healthz", probes.alive, methods=["GET"])
    app.add_route("/readyz", probes.ready, methods=["GET"])
    app.add_route("/", _about, methods=["GET"])
    return app


async def _about(_request: Request) -> Response:
    return PlainTextResponse(_ABOUT, HTTPStatus.OK)
