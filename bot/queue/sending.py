"""What commands had GitHub create and saw no answer to, so that a repeated one waits until it can be seen.

A command holds no slot, so its mark is a key of its own, which ends by itself.
What is *not* here: reviews, which have theirs in the slot (bot.queue.runs).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import Any

from redis import Redis

from bot.domain.request import CommandRequest
from bot.queue.layout import sent_key, slot_id
from bot.redis_access import translated


@dataclass(frozen=True, slots=True)
class CommandSends:
    """What one command sent. Every method raises QueueUnavailable when Redis does not answer."""

    redis: Redis
    request: CommandRequest

    @property
    def _key(self) -> str:
        ref = self.request.ref
        return sent_key(self.request.delivery, slot_id(ref.repo, ref.number))

    def sending(self, seconds: float) -> None:
        """Say that something is about to be sent that may appear for so long where no answer comes."""
        with translated():
            self.redis.set(self._key, 1, px=ceil(seconds * 1000))

    def answered(self) -> None:
        """Say that GitHub answered, whatever it said."""
        with translated():
            self.redis.delete(self._key)

    def left(self) -> float:
        """Seconds for which what was sent may still appear; 0 where nothing can."""
        with translated():
            left: Any = self.redis.pttl(self._key)
        return float(max(0, left)) / 1000
