"""What is said of a trouble that lasts: at once, when it changes, and else once a minute.

What is *not* here: finding out what the trouble is (bot.queue.readiness).
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Final

EVERY: Final = 60.0
"""Seconds between two lines that say the same."""


class Complaints:
    """Of one process about one thing.

    Args:
        clock: seconds that only grow.
    """

    def __init__(self, logger: logging.Logger, clock: Callable[[], float] = time.monotonic) -> None:
        self._logger = logger
        self._clock = clock
        self._said = ""
        self._at = 0.0

    def say(self, what: str) -> None:
        """It is so, still or now."""
        now = self._clock()
        if what != self._said or now - self._at >= EVERY:
            self._logger.warning(what)
            self._said, self._at = what, now

    def over(self, what: str) -> None:
        """Nothing is wrong; said where something was."""
        if self._said:
            self._logger.warning(what)
            self._said = ""
