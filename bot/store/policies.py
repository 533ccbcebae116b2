"""The newest text without a mistake of each repository's policy file, by base branch.

It applies while the file has mistakes. The text is the repository's own configuration, no code of a change.
What is *not* here: which policy applies (workers.policy_levels).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Final

import msgspec
from redis import Redis

from bot.domain.in_force import LastGood
from bot.redis_access import short_hash, translated
from bot.store.reading import readable

_SECONDS: Final = 180 * 86_400
"""Kept for so long after the file was last read."""
MOST_BYTES: Final = 64 * 1024
"""Longer ones are not kept."""


class Policies:
    """Keeps and finds. Every method raises QueueUnavailable when Redis does not answer."""

    def __init__(self, redis: Redis, clock: Callable[[], float] = time.time) -> None:
        self._redis = redis
        self._clock = clock

    def get(self, repo: str, branch: str) -> LastGood | None:
        """The newest text without a mistake; None where none is known, or none that can be read."""
        with translated():
            kept: Any = self._redis.get(_key(repo, branch))
        return None if kept is None else readable(kept, LastGood, "none")

    def put(self, repo: str, branch: str, text: str) -> None:
        """Keep a text without a mistake. One that is known is not written again; it keeps its time."""
        key, known = _key(repo, branch), self.get(repo, branch)
        packed = msgspec.json.encode(LastGood(text, self._clock()))
        with translated():
            if known is not None and known.text == text:
                self._redis.expire(key, _SECONDS)
            elif len(packed) <= MOST_BYTES:
                self._redis.set(key, packed, ex=_SECONDS)
            else:  # what is known is older than what cannot be kept
                self._redis.delete(key)


def _key(repo: str, branch: str) -> str:
    return f"ai-review:policy:{short_hash(f'{repo.lower()}:{branch}')}"
