"""The log of a service, as an operator reads it."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from bot.telemetry.logs import JsonFormatter, configure_logging


@contextmanager
def logged(level: str = "INFO") -> Iterator[Callable[[], list[dict[str, Any]]]]:
    """What is logged meanwhile, by a function that gives it line by line; then logs go where they went."""
    root, stream = logging.getLogger(), io.StringIO()
    before, at_level = list(root.handlers), root.level
    configure_logging(level, [], stream)
    try:
        yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    finally:
        root.setLevel(at_level)
        for handler in list(root.handlers):
            if handler not in before and isinstance(handler.formatter, JsonFormatter):
                root.removeHandler(handler)
