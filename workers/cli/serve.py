"""`ai-review serve`: the receiver. It needs the webhook secret and Redis, and no GitHub key.

What is *not* here: the application (bot.web).
"""

from __future__ import annotations

import logging
import socket
from typing import Final

import uvicorn

from bot.errors import SettingsError
from bot.queue import QueueInbox, options_of
from bot.settings import Settings
from bot.web.app import create_app
from workers.cli.common import required, settings_with, start_logging

REDIS_HINT: Final = "give the address of a Redis or Valkey with AOF and noeviction, as in redis://HOST:6379/0"
SECRET_HINT: Final = "set it to the webhook secret of your GitHub App"  # noqa: S105 - a sentence
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


def listen(settings: Settings) -> socket.socket:
    """The socket, taken before anything else starts, so that a taken port is one sentence.

    Raises:
        SettingsError: the address cannot be had.
    """
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        return socket.create_server((settings.host, settings.port), family=family, backlog=2048)
    except OSError as error:
        raise SettingsError(
            f"Cannot listen on {settings.host}:{settings.port} ({_cause(error)}): "
            "choose another with --host and --port"
        ) from None


def _cause(error: OSError) -> str:
    """The system's words; Python adds the address once more."""
    return str(error.strerror).partition(" (while ")[0]
