"""A circuit breaker for what people say: commands and answers beyond these limits are dropped unseen.

It stands before anything that costs a call, so it cannot know who may command. People who were heard before
are counted apart from those who were not: strangers can use up the attention for strangers only.
What is *not* here: who may command (bot.github.permissions).
"""

from __future__ import annotations

import hashlib
import time
from typing import Any, Final

from redis import Redis

from bot.domain.pull_request import PullRequestRef
from bot.redis_access import translated

MOST_A_MINUTE: Final = 10
"""Of one author in one repository."""
MOST_AN_HOUR: Final = 60
"""On one pull request."""
_HOUR: Final = 3600
_ROUND_SECONDS: Final = 90 * 86_400


class Breaker:
    """Counts. Every method raises QueueUnavailable when Redis does not answer."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    def admits(self, ref: PullRequestRef, author: str) -> bool:
        """Count one more, and say whether it may be looked at. A window begins with the first one."""
        if self._count(_key("author", ref.repo, author), 60) > MOST_A_MINUTE:
            return False
        return self._count(self._pull_key(ref, author), _HOUR) <= MOST_AN_HOUR

    def heard(self, ref: PullRequestRef, author: str) -> bool:
        """Say that GitHub lets this person speak: for an hour strangers cannot use up their part.

        False when those who may speak have used up their own part by now.
        """
        before = self._pull_key(ref, author)
        with translated():
            self._redis.set(_key("heard", ref.repo, author), 1, ex=_HOUR)
        after = self._pull_key(ref, author)
        if after == before:
            return True
        self._take_back(before)
        return self._count(after, _HOUR) <= MOST_AN_HOUR

    def round_of(self, ref: PullRequestRef, thread_id: int, comment_id: int) -> int:
        """Which answer of its thread this is, from 1; asked again for the same answer, the same number."""
        key = _key("rounds", ref.repo, str(ref.number), str(thread_id))
        with translated(), self._redis.pipeline() as pipe:
            pipe.zadd(key, {str(comment_id): time.time()}, nx=True)
            pipe.expire(key, _ROUND_SECONDS)
            pipe.zrank(key, str(comment_id))
            return int(pipe.execute()[-1]) + 1

    def _pull_key(self, ref: PullRequestRef, author: str) -> str:
        with translated():
            known: Any = self._redis.exists(_key("heard", ref.repo, author))
        return _key("pull-known" if known else "pull", ref.repo, str(ref.number))

    def _count(self, key: str, seconds: int) -> int:
        with translated(), self._redis.pipeline() as pipe:
            pipe.set(key, 0, ex=seconds, nx=True)
            pipe.incr(key)
            return int(pipe.execute()[-1])

    def _take_back(self, key: str) -> None:
        """Count one less. Where the window has ended since, a new one begins: none goes without an end."""
        with translated(), self._redis.pipeline() as pipe:
            pipe.set(key, 1, ex=_HOUR, nx=True)
            pipe.decr(key)
            pipe.execute()


def _key(kind: str, *parts: str) -> str:
    name = hashlib.sha256("\n".join(part.lower() for part in parts).encode()).hexdigest()[:20]
    return f"ai-review:breaker:{kind}:{name}"
