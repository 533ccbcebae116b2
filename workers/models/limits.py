"""How many model calls may be under way at once.

What is *not* here: the limit over a whole fleet. It has the same shape and lives with whoever knows Redis.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

Limiter = Callable[[], AbstractAsyncContextManager[object]]
"""Gives a context manager that is entered once, waits for a free slot, and frees it when left."""


def in_process_limiter(slots: int) -> Limiter:
    """At most `slots` calls at once in this process. Serves one event loop."""
    semaphore = asyncio.Semaphore(slots)
    return lambda: semaphore
