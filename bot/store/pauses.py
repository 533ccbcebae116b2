"""Which pull requests are paused, and how fast they are pushed to.

What people pause is written down on GitHub too (bot.rendering.pauses), so that losing this loses nothing.
What is *not* here: the pause that GitHub asks of an installation (bot.store.keeping).
"""

from __future__ import annotations

from typing import Any, Final

import msgspec
from redis import Redis

from bot.domain.pause import Paused
from bot.domain.pull_request import PullRequestRef
from bot.redis_access import short_hash, translated
from bot.rendering.pauses import PAUSE_UNREAD
from bot.store.reading import readable

_PAUSE_SECONDS: Final = 90 * 86_400
MOST_HEADS: Final = 1_000
"""Heads of one pull request that are counted at most."""


class Pauses:
    """Keeps and finds. Every method raises QueueUnavailable when Redis does not answer."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    def pause(self, ref: PullRequestRef, by: str, reason: str, at: float) -> None:
        """Say that pushes to this pull request are not reviewed from now on."""
        with translated():
            self._redis.set(
                _key("paused", ref), msgspec.json.encode(Paused(by, reason, at)), ex=_PAUSE_SECONDS
            )

    def resume(self, ref: PullRequestRef) -> None:
        """Say that they are again. Pushes are counted anew: the old ones had their pause."""
        with translated():
            self._redis.delete(_key("paused", ref), _key("pushes", ref))

    def paused(self, ref: PullRequestRef) -> Paused | None:
        """The pause in force; None where none is, as far as Redis knows.

        One that cannot be read is in force all the same: nobody resumed, and a review can be asked for.
        """
        with translated():
            text: Any = self._redis.get(_key("paused", ref))
        return None if text is None else readable(text, Paused, "a pause") or PAUSE_UNREAD

    def note_push(self, ref: PullRequestRef, head_sha: str, at: float, minutes: int) -> int:
        """Count a head commit once, and say how many the last `minutes` brought, this one among them.

        Args:
            at: POSIX time at which it was seen.
        """
        key, seconds = _key("pushes", ref), minutes * 60
        with translated(), self._redis.pipeline() as pipe:
            pipe.zadd(key, {head_sha: at}, nx=True)
            pipe.zremrangebyscore(key, "-inf", f"({at - seconds}")
            pipe.zremrangebyrank(key, 0, -MOST_HEADS - 1)
            pipe.expire(key, max(1, seconds))
            pipe.zcard(key)
            return int(pipe.execute()[-1])


def _key(kind: str, ref: PullRequestRef) -> str:
    return f"ai-review:{kind}:{short_hash(f'{ref.repo.lower()}#{ref.number}')}"
