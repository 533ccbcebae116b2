"""What workers remember in Redis about a head commit, so that a repeated run repeats no effect.

Three things: *intents* (what is about to be written on GitHub, and its id once it is), the *pending result*
(a finished review that is not posted yet; the one place where findings, and with them quoted code, stand in
Redis: a day at most), and *run records* for the dashboard (figures only, no code and no quotes).
What is *not* here: the queue (bot.queue). Every method raises QueueUnavailable when Redis does not answer.
"""

from __future__ import annotations

import hashlib
import time
from collections import Counter
from dataclasses import dataclass
from typing import Any, Final

import msgspec
from redis import Redis

from bot.domain.pull_request import PullRequestRef
from bot.domain.review import Outcome, Review, Usage
from bot.redis_access import translated

_DAY: Final = 86_400
_INTENT_SECONDS: Final = 30 * _DAY
_RESULT_SECONDS: Final = _DAY
_RECORD_SECONDS: Final = 90 * _DAY
_RECORDS_PER_REPO: Final = 500
_VERSION: Final = 1
_REPOS_KEY: Final = "ai-review:repos"


@dataclass(frozen=True, slots=True)
class Intent:
    """Something that a run set out to write on GitHub.

    Attributes:
        id: GitHub's id of what was written; None when no answer was seen: it may or may not exist.
        at: POSIX time of the newest change.
    """

    id: int | None
    at: float


@dataclass(frozen=True, slots=True)
class RunRecord:
    """One run in figures.

    Attributes:
        head_sha: the commit that was looked at, or None where the run did not get that far.
        fates: how many findings ended in which way; keys are the values of `Fate`.
        read: number of files; likewise `excluded` and `not_read`.
        started_at: POSIX time.
        seconds: how long the run took.
        reason: what people were told when the outcome is not `completed`.
    """

    repo: str
    number: int
    head_sha: str | None
    outcome: Outcome
    reviewer: str
    started_at: float
    seconds: float
    fates: dict[str, int]
    read: int
    excluded: int
    not_read: int
    usage: Usage
    trigger: str = ""
    reason: str = ""


class _Kept(msgspec.Struct):
    version: int
    review: Review


class Store:
    """Keeps and finds. Methods about a head commit want a reference that names it.

    Args:
        redis: a client; for workers one that sits out an outage.
    """

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    def intend(self, ref: PullRequestRef, what: str) -> None:
        """Say that `what` (`check`, `review`, `summary` ...) is about to be written. Keeps a known id."""
        intent = self.lookup(ref, what)
        self._put(ref, what, Intent(intent.id if intent else None, time.time()))

    def done(self, ref: PullRequestRef, what: str, github_id: int) -> None:
        """Say that it was written and GitHub gave it this id."""
        self._put(ref, what, Intent(github_id, time.time()))

    def lookup(self, ref: PullRequestRef, what: str) -> Intent | None:
        """What is known of it; None when no run ever set out to write it."""
        with translated():
            text: Any = self._redis.hget(_key("intents", ref), what)
        return None if text is None else msgspec.json.decode(text, type=Intent)

    def keep_result(self, ref: PullRequestRef, review: Review) -> None:
        """Keep a finished review until it is posted."""
        with translated():
            self._redis.set(_key("result", ref), encode_review(review), ex=_RESULT_SECONDS)

    def result(self, ref: PullRequestRef) -> Review | None:
        """The review that waits to be posted; None also when a release wrote it that this one cannot read."""
        with translated():
            text: Any = self._redis.get(_key("result", ref))
        return None if text is None else decode_review(text)

    def drop_result(self, ref: PullRequestRef) -> None:
        """Forget it: it is posted, or a newer head made it worthless."""
        with translated():
            self._redis.delete(_key("result", ref))

    def record(self, record: RunRecord) -> None:
        """Add a run to its repository's list."""
        key = _records_key(record.repo)
        with translated(), self._redis.pipeline() as pipe:
            pipe.lpush(key, msgspec.json.encode(record))
            pipe.ltrim(key, 0, _RECORDS_PER_REPO - 1)
            pipe.expire(key, _RECORD_SECONDS)
            pipe.zadd(_REPOS_KEY, {record.repo: record.started_at})
            pipe.zremrangebyscore(_REPOS_KEY, 0, record.started_at - _RECORD_SECONDS)
            pipe.execute()

    def records(self, repo: str, limit: int = 100) -> tuple[RunRecord, ...]:
        """A repository's runs, newest first."""
        with translated():
            texts: Any = self._redis.lrange(_records_key(repo), 0, limit - 1)
        return tuple(msgspec.json.decode(text, type=RunRecord) for text in texts)

    def repos(self) -> tuple[str, ...]:
        """Repositories with a run in the last 90 days, the most recent one first."""
        with translated():
            names: Any = self._redis.zrevrange(_REPOS_KEY, 0, -1)
        return tuple(name.decode() for name in names)

    def _put(self, ref: PullRequestRef, what: str, intent: Intent) -> None:
        key = _key("intents", ref)
        with translated(), self._redis.pipeline() as pipe:
            pipe.hset(key, what, msgspec.json.encode(intent))
            pipe.expire(key, _INTENT_SECONDS)
            pipe.execute()


def encode_review(review: Review) -> bytes:
    """A review as JSON with a version."""
    return msgspec.json.encode(_Kept(_VERSION, review))


def decode_review(text: bytes) -> Review | None:
    """What `encode_review` was given; None when the text is of another version or damaged."""
    try:
        kept = msgspec.json.decode(text, type=_Kept)
    except msgspec.DecodeError:
        return None
    return kept.review if kept.version == _VERSION else None


def count_fates(review: Review) -> dict[str, int]:
    """For `RunRecord.fates`."""
    return dict(Counter(str(marked.disposition.fate) for marked in review.findings))


def _key(kind: str, ref: PullRequestRef) -> str:
    if ref.head_sha is None:
        raise ValueError("what is stored belongs to a head commit, and this reference names none")
    return f"ai-review:{kind}:{_hash(f'{ref.repo.lower()}#{ref.number}@{ref.head_sha}')}"


def _records_key(repo: str) -> str:
    return f"ai-review:records:{_hash(repo.lower())}"


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:20]
