"""Where the receiver listens, and what to set before it can, for commands that have others do the serving.

Apart from them, since the receiver's libraries take longer to load than all the rest of such a command.
What is *not* here: the receiver (workers.cli.serve).
"""

from __future__ import annotations

import socket
from typing import Final

from bot.errors import SettingsError
from bot.settings import Settings

REDIS_HINT: Final = "give the address of a Redis or Valkey with AOF and noeviction, as in redis://HOST:6379/0"
SECRET_HINT: Final = "set it to the webhook secret of your GitHub App"  # noqa: S105 - a sentence


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
