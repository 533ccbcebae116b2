"""Ledgers of pull requests, and what people of a repository dismissed.

Both hold quoted code, packed. A ledger is kept for a month after the newest review; it can be built again
from our comments on GitHub. Lessons live here only, until they expire.
What is *not* here: which finding is like a lesson (workers.review.lessons).
"""

from __future__ import annotations

from typing import Any, Final

from redis import Redis

from bot.domain.ledger import Ledger, Lesson
from bot.domain.pull_request import PullRequestRef
from bot.redis_access import short_hash, translated
from bot.rendering.carried import pack, unpack

_DAY: Final = 86_400
_LEDGER_SECONDS: Final = 30 * _DAY
_LESSON_SECONDS: Final = 366 * _DAY
MOST_LESSONS: Final = 500
"""Of one repository; the oldest make room."""
_LEDGER_BYTES: Final = 64_000_000
"""Unpacked. It is our own, and all that was told has to be in it; a comment may carry less."""


class Ledgers:
    """Keeps and finds. Every method raises QueueUnavailable when Redis does not answer."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    def keep(self, ref: PullRequestRef, ledger: Ledger) -> None:
        """Replace what is known of a pull request."""
        with translated():
            self._redis.set(ledger_key(ref), pack(ledger), ex=_LEDGER_SECONDS)

    def find(self, ref: PullRequestRef) -> Ledger | None:
        """What is known of a pull request; None where nothing is, or where it cannot be read any more."""
        with translated():
            packed: Any = self._redis.get(ledger_key(ref))
        return None if packed is None else unpack(packed, Ledger, _LEDGER_BYTES)

    def learn(self, repo: str, lesson: Lesson) -> None:
        """Add a lesson, or replace the one about the same finding."""
        key = _lessons_key(repo)
        with translated():
            self._redis.hset(key, lesson.id, pack(lesson))
            self._redis.expire(key, _LESSON_SECONDS)
        for old in self._all(repo)[MOST_LESSONS:]:
            self.forget(repo, old.id)

    def forget(self, repo: str, lesson_id: str) -> bool:
        """Take a lesson back; False where there is none of this id."""
        with translated():
            return bool(self._redis.hdel(_lessons_key(repo), lesson_id))

    def lessons(self, repo: str, now: float) -> tuple[Lesson, ...]:
        """Lessons that still count, newest first."""
        return tuple(lesson for lesson in self._all(repo) if lesson.until > now)

    def _all(self, repo: str) -> list[Lesson]:
        with translated():
            texts: Any = self._redis.hvals(_lessons_key(repo))
        # one of another release may have other fields: then it is forgotten
        found = [lesson for text in texts if (lesson := unpack(text, Lesson)) is not None]
        return sorted(found, key=lambda lesson: -lesson.at)


def ledger_key(ref: PullRequestRef) -> str:
    """Where the ledger of a pull request lies."""
    return f"ai-review:ledger:{short_hash(f'{ref.repo.lower()}#{ref.number}')}"


def _lessons_key(repo: str) -> str:
    return f"ai-review:lessons:{short_hash(repo.lower())}"
