"""What sweeps of the delivery log have to remember: whose turn it is, how far back, what was asked for.

Losing this costs a look at the whole log and, at worst, a delivery more than is allowed; the queue knows what
it has accepted.
What is *not* here: which deliveries to ask for again (workers.sweep).
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from typing import Any, Final

from redis import Redis
from redis.exceptions import LockNotOwnedError

from bot.errors import QueueUnavailable
from bot.redis_access import short_hash, translated

LOCK_SECONDS: Final = 300
_MARK_SECONDS: Final = 8 * 86_400  # longer than any GitHub keeps deliveries
_PREFIX: Final = "ai-review:sweep"
_TURN: Final = f"{_PREFIX}:turn"
_SINCE: Final = f"{_PREFIX}:since"


class Sweeps:
    """Keeps and counts. Every method raises QueueUnavailable when Redis does not answer."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    def takes_turn(self, seconds: float) -> bool:
        """Whether nobody of the fleet took a turn, or its time is over; if so, it is ours for so long."""
        with translated():
            return bool(self._redis.set(_TURN, 1, nx=True, px=round(seconds * 1000)))

    def shorten_turn(self, seconds: float) -> None:
        """Let the next one come sooner."""
        with translated():
            self._redis.pexpire(_TURN, round(seconds * 1000))

    @contextlib.contextmanager
    def lock(self) -> Iterator[bool]:
        """Whether no other sweep is under way; then none begins before this one has ended.

        Raises:
            QueueUnavailable: Redis did not answer at the beginning. Where it does not at the end, the lock
                runs out by itself: what the sweep did is not to be lost with it.
        """
        lock = self._redis.lock(f"{_PREFIX}:lock", timeout=LOCK_SECONDS, blocking=False)
        with translated():
            held = bool(lock.acquire())
        try:
            yield held
        finally:
            if held:
                # Not owned: it ran out meanwhile.
                with contextlib.suppress(QueueUnavailable, LockNotOwnedError), translated():
                    lock.release()

    def since(self) -> float | None:
        """From when on the log has to be looked at, POSIX time in seconds; None: all of it."""
        with translated():
            text: Any = self._redis.get(_SINCE)
        try:
            return None if text is None else float(text)
        except ValueError:
            return None

    def look_since(self, moment: float) -> None:
        """Say that everything before is settled."""
        with translated():
            self._redis.set(_SINCE, moment, ex=_MARK_SECONDS)

    def asked(self, guids: Sequence[str]) -> dict[str, int]:
        """How often each was asked for; those that never were are left out."""
        if not guids:
            return {}
        with translated():
            counts: Any = self._redis.mget([_asked(guid) for guid in guids])
        return {guid: int(count) for guid, count in zip(guids, counts, strict=True) if count}

    def note(self, guid: str) -> None:
        """Count one more, before it is asked for: a crash in between must not make it one too many."""
        key = _asked(guid)
        with translated(), self._redis.pipeline() as pipe:
            pipe.incr(key)
            pipe.expire(key, _MARK_SECONDS)
            pipe.execute()

    def tells(self, guid: str) -> bool:
        """Whether nobody was told yet that this one is given up; by this it counts as told."""
        key = f"{_PREFIX}:told:{short_hash(guid)}"
        with translated():
            return bool(self._redis.set(key, 1, nx=True, ex=_MARK_SECONDS))


def _asked(guid: str) -> str:
    return f"{_PREFIX}:asked:{short_hash(guid)}"
