"""Work in parallel until a deadline.

What is *not* here: timeouts of single calls; models and readers have their own.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Deadline:
    """A point on the running event loop's clock, in seconds."""

    at: float

    @classmethod
    def after(cls, seconds: float) -> Deadline:
        """So many seconds from now."""
        return cls(asyncio.get_running_loop().time() + seconds)

    async def gather(self, jobs: Sequence[Coroutine[Any, Any, T]]) -> list[T | None]:
        """Results in order; None for a job that was not done in time and was cancelled.

        An exception of a job cancels the others and is raised.
        """
        tasks = [asyncio.ensure_future(job) for job in jobs]
        if not tasks:
            return []
        left = max(0.0, self.at - asyncio.get_running_loop().time())
        try:
            await asyncio.wait(tasks, timeout=left, return_when=asyncio.FIRST_EXCEPTION)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        return [None if task.cancelled() else task.result() for task in tasks]
