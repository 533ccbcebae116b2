"""A circuit breaker for what people say and click: beyond these limits a stranger is dropped unseen.

It stands before anything that costs a call, so it cannot know who may command. People who were heard before
are counted apart from those who were not: strangers can use up the attention for strangers only. What people
who were heard say beyond the limits waits in line, and clicks become one look: nobody who settles fifteen
findings in a row is to find the last five still open.
What is *not* here: who may command (bot.github.permissions).
"""

from __future__ import annotations

import math
import time
from typing import Any, Final

from redis import Redis

from bot.domain.pull_request import PullRequestRef
from bot.redis_access import short_hash, translated

MOST_A_MINUTE: Final = 10
"""Of one author in one repository."""
MOST_AN_HOUR: Final = 60
"""On one pull request."""
MOST_WAITING: Final = 100
"""Of one author on one pull request, beyond the limits."""
_STEP: Final = 60 / MOST_A_MINUTE
"""Seconds between two that waited."""
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

    def turn(self, ref: PullRequestRef, author: str) -> float | None:
        """Count one more, and say in how many seconds it may be looked at; 0: now, None: never.

        Nobody overtakes what they said before.
        """
        left = 0.0 if self.admits(ref, author) else self._left(ref, author)
        if not self._is_known(ref, author):
            return None if left else 0.0
        return self._in_line(ref, author, left)

    def click(self, ref: PullRequestRef, author: str, delivery: str) -> float | None:
        """The same for a click, which only asks for a look at all that was clicked; None: another one waits.

        Clicks are counted apart: they take no command its turn.

        Args:
            delivery: names the click, so that one whose job begins again still is the one that waits.
        """
        minute, waiting = _key("clicks", ref.repo, author), _key("click", ref.repo, str(ref.number))
        within = self._count(minute, 60) <= MOST_A_MINUTE
        if self._count(_key("clicks-pull", ref.repo, str(ref.number)), _HOUR) <= MOST_AN_HOUR and within:
            return 0.0
        with translated():
            left = max(1, math.ceil(self._seconds(minute)))
            if self._redis.set(waiting, delivery, ex=left, nx=True):
                return float(left)
            return float(left) if self._redis.get(waiting) == delivery.encode() else None

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

    def _is_known(self, ref: PullRequestRef, author: str) -> bool:
        with translated():
            return bool(self._redis.exists(_key("heard", ref.repo, author)))

    def _pull_key(self, ref: PullRequestRef, author: str) -> str:
        known = self._is_known(ref, author)
        return _key("pull-known" if known else "pull", ref.repo, str(ref.number))

    def _left(self, ref: PullRequestRef, author: str) -> float:
        """Seconds until the last of the windows ends that are full."""
        windows = (
            (_key("author", ref.repo, author), MOST_A_MINUTE),
            (self._pull_key(ref, author), MOST_AN_HOUR),
        )
        with translated():
            counts = [(key, int(self._redis.get(key) or 0), most) for key, most in windows]
            return max([1.0, *(self._seconds(key) for key, count, most in counts if count > most)])

    def _seconds(self, key: str) -> float:
        """How long a key still stands; negative where it does not."""
        left: Any = self._redis.pttl(key)
        return float(left) / 1000

    def _in_line(self, ref: PullRequestRef, author: str, left: float) -> float | None:
        """Seconds until its turn, behind those that wait; None where too many do."""
        key, now = _key("line", ref.repo, str(ref.number), author), time.time()

        def join(pipe: Any) -> float | None:
            last = float(pipe.get(key) or 0)
            if not left and last <= now:
                return 0.0
            at = max(now + left, last + _STEP)
            if at - (now + left) > _STEP * (MOST_WAITING - 1) + 1:
                return None
            pipe.multi()
            pipe.set(key, at, px=math.ceil((at - now) * 1000))
            return at - now

        transaction: Any = self._redis.transaction
        with translated():
            wait: float | None = transaction(join, key, value_from_callable=True)
        return wait

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
    name = "\n".join(part.lower() for part in parts)
    return f"ai-review:breaker:{kind}:{short_hash(name)}"
