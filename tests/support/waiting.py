"""Waits for something to become true, with a deadline: the only way that tests wait for other processes."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

ValueT = TypeVar("ValueT")


def wait_until(look: Callable[[], ValueT], what: str, seconds: float = 15.0) -> ValueT:
    """The first truthy value of `look`."""
    deadline = time.monotonic() + seconds
    while True:
        value = look()
        if value:
            return value
        assert time.monotonic() < deadline, f"not within {seconds:g} s: {what}"
        time.sleep(0.02)
