"""`ai-review serve`: the receiver. It needs the webhook secret and Redis, and no GitHub key.

What is *not* here: the application (bot.web).
"""

from __future__ import annotations

import logging
from typing import Final

import uvicorn

from bot.queue import QueueInbox, options_of
from bot.web.app import create_app
from workers.cli.common import required, settings_with, start_logging
from workers.cli.listening import REDIS_HINT, SECRET_HINT, listen

_STOP_SECONDS: Final = 5
"""How long requests under way may take after a request to stop."""

_log = logging.getLogger(__name__)


def run(host: str | None, port: int | None) -> int:
    """Serve until SIGTERM or SIGINT."""
    settings = settings_with(host=host, port=port)
    start_logging(settings, service=True)
    required(settings, github_webhook_secret=SECRET_HINT, redis_url=REDIS_HINT)
    listener = listen(settings)
    inbox = QueueInbox.connect(str(settings.redis_url), options_of(settings))
    secrets = [secret.get_secret_value().encode() for secret in settings.github_webhook_secret]
    config = uvicorn.Config(
        create_app(secrets=secrets, inbox=inbox, health=[inbox, inbox.workers]),
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=_STOP_SECONDS,
    )
    _log.info("Receiving on http://%s:%s/webhooks/github", *listener.getsockname()[:2])
    uvicorn.Server(config).run(sockets=[listener])
    return 0
