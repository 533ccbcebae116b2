"""Where a connection takes note of what it sends, should its job die or its answer get lost.

What is *not* here: what is noted, and what follows (creating.py), and where it is kept (bot.queue).
"""

from __future__ import annotations

from typing import Final, Protocol

LANDING: Final = 20.0
"""Seconds after which what GitHub was asked for is there or never will be: GitHub ends a request after ten, a
connection is made within five, and the rest is for the way."""


class Sends(Protocol):
    """What was sent and has no answer; no run of the same kind begins while it may still appear."""

    def sending(self, seconds: float) -> None:
        """Something is about to be sent, and may appear for so long where no answer comes.

        Raises:
            SlotLost: another run has taken over; nothing may be sent.
        """

    def answered(self) -> None:
        """GitHub answered what was sent last, whatever it said."""

    def left(self) -> float:
        """Seconds for which something may still appear; 0 where all was answered."""
