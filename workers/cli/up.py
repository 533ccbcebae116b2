"""`ai-review up`: receiver, workers and, where no Redis is configured, an embedded Valkey: one process tree.

What is *not* here: the processes (workers.cli.stack).
"""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from collections.abc import Iterator
from types import FrameType
from typing import Final

from workers.cli.common import required, settings_with, start_logging
from workers.cli.listening import SECRET_HINT, listen
from workers.cli.stack import running
from workers.cli.work import check

_POLL_SECONDS: Final = 0.3


def run(host: str | None, port: int | None, workers: int | None) -> int:
    """Run until SIGTERM or SIGINT; 1 when the receiver or the workers ended by themselves."""
    settings = settings_with(host=host, port=port, workers=workers)
    start_logging(settings, service=True)
    required(settings, github_webhook_secret=SECRET_HINT)
    check(settings)
    listen(settings).close()  # a taken port is said here, before anything starts
    stop = threading.Event()
    with _signals(stop), running(settings, os.environ) as stack:
        while not stop.wait(_POLL_SECONDS):
            if stack.has_ended():
                return 1
    return 0


@contextlib.contextmanager
def _signals(stop: threading.Event) -> Iterator[None]:
    """Turn SIGTERM and SIGINT into an orderly stop."""

    def request_stop(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    old = {number: signal.signal(number, request_stop) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in old.items():
            signal.signal(number, handler)
