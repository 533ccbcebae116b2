"""What workers remember in Redis, so that a repeated run repeats no effect and none is forgotten.

Of a head commit: *intents* (what is about to be written on GitHub, and its id once it is), the *kept result*
(a review that is not settled yet, with its findings and the code that they quote: a day at most), which
delivery *settled* it, what its tries *used* of models, and which pull requests share it. Of a pull request:
the check run that is *open*. Of a command: its *answer*, a day at most. Of an installation: until when GitHub
wants a *pause*. Of a repository: *run records* for the dashboard, what was *spent* today, and who is
a *stranger* to it.
What is *not* here: the queue (bot.queue). Every method raises QueueUnavailable when Redis does not answer;
what another release kept in a form that this one cannot read counts as each method says.
"""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final

import msgspec
from redis import Redis

from bot.domain.policy import MayCommand
from bot.domain.pull_request import PullRequestRef
from bot.domain.review import Outcome, Review, Usage
from bot.redis_access import short_hash, translated
from bot.store.reading import ValueT, readable
from bot.store.spending import HOLD_SECONDS, DaySpending

_DAY: Final = 86_400
_INTENT_SECONDS: Final = 30 * _DAY
_RESULT_SECONDS: Final = _DAY
_COMMIT_SECONDS: Final = 365 * _DAY
_RECORD_SECONDS: Final = 90 * _DAY
_RECORDS_PER_REPO: Final = 500
_VERSION: Final = 1
_STRANGER_SECONDS: Final = _DAY
"""For so long nobody asks again; a yes is asked for each time."""
_REPOS_KEY: Final = "ai-review:repos"
_UNKNOWN_USAGE: Final = Usage(prompt_tokens=10**12, cost_usd=1e9)
"""More than any budget: tries whose bill cannot be read may have spent it all."""


@dataclass(frozen=True, slots=True)
class Intent:
    """Something that a run set out to write on GitHub.

    Attributes:
        id: GitHub's id of what was written; None when no answer was seen: it may or may not exist.
        at: POSIX time of the newest change.
        doubted: an earlier creation of the same had no answer, and may still appear beside it.
    """

    id: int | None
    at: float
    doubted: bool = False


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


@dataclass(frozen=True, slots=True)
class KeptResult:
    """A review that waits to be told, or to be completed by a later try.

    Attributes:
        delivery: of the request that it answers; it says nothing about another request.
        bettered: how many earlier reviews of that request it completes.
        told: people have it, so that a better one may be made. Until then it is to be told, whatever it cost
            to get that far, and none is made beside it.
    """

    review: Review
    delivery: str
    bettered: int = 0
    told: bool = False


@dataclass(frozen=True, slots=True)
class OpenCheck:
    """A check run in progress, with what is needed to complete it.

    Attributes:
        check_id: GitHub's id; None while its creation has no answer: it has to be looked for.
    """

    ref: PullRequestRef
    check_id: int | None


class _Versioned(msgspec.Struct):
    version: int
    kept: KeptResult


class Store:
    """Keeps and finds. Methods about a head commit want a reference that names it.

    Args:
        redis: a client; for workers one that sits out an outage.
    """

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    def intend(self, ref: PullRequestRef, what: str) -> None:
        """Say that `what` (`check`, `review`, `summary` ...) is about to be written. Keeps what is known."""
        self._put(ref, what, Intent(None, time.time()), keep_known=True)

    def done(self, ref: PullRequestRef, what: str, github_id: int, *, doubted: bool = False) -> None:
        """Say that it was written and GitHub gave it this id; `doubted` as of an intent."""
        self._put(ref, what, Intent(github_id, time.time(), doubted))

    def lookup(self, ref: PullRequestRef, what: str) -> Intent | None:
        """What is known of it; None when no run ever set out to write it.

        What cannot be read says that one did, and no more: then it is looked up on GitHub.
        """
        with translated():
            text: Any = self._redis.hget(_key("intents", ref), what)
        if text is None:
            return None
        return readable(text, Intent, "written or not") or Intent(None, 0.0)

    def forget(self, ref: PullRequestRef, what: str) -> None:
        """Nothing was written after all, or what was written no longer counts."""
        with translated():
            self._redis.hdel(_key("intents", ref), what)

    def keep_result(self, ref: PullRequestRef, kept: KeptResult) -> None:
        """Keep a review until its request is settled."""
        with translated():
            self._redis.set(_key("result", ref), encode_kept(kept), ex=_RESULT_SECONDS)

    def result(self, ref: PullRequestRef, delivery: str) -> KeptResult | None:
        """What an earlier run of the same request left, in a form that this release can read; or None."""
        with translated():
            text: Any = self._redis.get(_key("result", ref))
        kept = None if text is None else decode_kept(text)
        return kept if kept is not None and kept.delivery == delivery else None

    def awaits_more(self, ref: PullRequestRef) -> bool:
        """Whether a request that is not settled left a review of this head that another try may complete."""
        with translated():
            text: Any = self._redis.get(_key("result", ref))
        kept = None if text is None else decode_kept(text)
        return kept is not None and kept.review.retryable

    def keep_answer(self, delivery: str, answer: object) -> None:
        """Keep what a command found out before it is posted: a further try posts it and asks nobody again."""
        with translated():
            self._redis.set(_answer_key(delivery), msgspec.json.encode(answer), ex=_RESULT_SECONDS)

    def answer(self, delivery: str, shape: type[ValueT]) -> ValueT | None:
        """What an earlier try of this command kept; None where none did, or in a form that cannot be read."""
        with translated():
            text: Any = self._redis.get(_answer_key(delivery))
        return None if text is None else readable(text, shape, "none")

    def settle(self, ref: PullRequestRef, delivery: str) -> None:
        """Say that a head commit has its outcome, by this request; what was kept for it is forgotten."""
        with translated():
            self._redis.set(_key("settled", ref), delivery, ex=_INTENT_SECONDS)
            self._redis.delete(_key("result", ref))

    def unsettle(self, ref: PullRequestRef) -> None:
        """The outcome is being made anew."""
        with translated():
            self._redis.delete(_key("settled", ref))

    def settled_by(self, ref: PullRequestRef) -> str | None:
        """The delivery that settled this head commit, or None when it has no outcome yet."""
        with translated():
            delivery: Any = self._redis.get(_key("settled", ref))
        return None if delivery is None else delivery.decode()

    def open_check(self, check: OpenCheck) -> None:
        """Remember that a check run is in progress. A pull request has one at a time."""
        with translated():
            self._redis.set(_pull_key("open", check.ref), msgspec.json.encode(check), ex=_INTENT_SECONDS)

    def opened_check(self, ref: PullRequestRef) -> OpenCheck | None:
        """The check run of this pull request that was not completed yet, whichever head it belongs to.

        What cannot be read counts as none: the check run of the same head is known from its intent, and one
        of an older head holds nothing up.
        """
        with translated():
            text: Any = self._redis.get(_pull_key("open", ref))
        return None if text is None else readable(text, OpenCheck, "none")

    def close_check(self, ref: PullRequestRef) -> None:
        """It is completed, or there is nobody left to complete it for."""
        with translated():
            self._redis.delete(_pull_key("open", ref))

    def day_spending(self, repo: str, limit: float, lease: float = HOLD_SECONDS) -> DaySpending:
        """What the reviews of a repository may spend today (UTC), in dollars.

        Args:
            lease: seconds for which it holds what a question may cost; longer than any request takes.
        """
        day = time.strftime("%Y-%m-%d", time.gmtime())
        key = f"ai-review:day-budget:{short_hash(repo.lower())}:{day}"
        return DaySpending(self._redis, key, limit, lease)

    def add_usage(self, ref: PullRequestRef, delivery: str, usage: Usage) -> None:
        """What one try of a request counts as spent; kept for a day."""
        both = self.usage(ref, delivery) + usage
        text = msgspec.json.encode((delivery, both))
        with translated():
            self._redis.set(_key("usage", ref), text, ex=_RESULT_SECONDS)

    def usage(self, ref: PullRequestRef, delivery: str) -> Usage:
        """What all tries of a request count as spent so far.

        What cannot be read counts as more than any budget, for this request: the next one begins anew.
        """
        with translated():
            text: Any = self._redis.get(_key("usage", ref))
        if text is None:
            return Usage()
        kept = readable(text, tuple[str, msgspec.Raw], "all spent")
        if kept is None:
            return _UNKNOWN_USAGE
        if kept[0] != delivery:
            return Usage()
        return readable(bytes(kept[1]), Usage, "all spent") or _UNKNOWN_USAGE

    def count_doubt(self, ref: PullRequestRef, about: str) -> int:
        """GitHub's answer, or that there was none, left something in doubt once more; how many that makes.

        Args:
            about: the request, by its delivery, and what is in doubt.
        """
        key = f"{_pull_key('doubts', ref)}:{short_hash(about)}"
        with translated(), self._redis.pipeline() as pipe:
            pipe.incr(key)
            pipe.expire(key, _DAY)
            counted: Any = pipe.execute()
        return int(counted[0])

    def join_commit(self, ref: PullRequestRef) -> None:
        """A pull request is about to have a check run on its head commit."""
        key = _commit_key(ref)
        with translated(), self._redis.pipeline() as pipe:
            pipe.sadd(key, ref.number)
            pipe.expire(key, _COMMIT_SECONDS)
            pipe.execute()

    def is_alone(self, ref: PullRequestRef) -> bool:
        """Whether no other pull request of the repository has had a check run of ours on this head commit.

        Those count that Redis remembers: of a year, since its last loss, and under the repository's present
        name. GitHub is not asked, which would cost every review a call.
        """
        with translated():
            numbers: Any = self._redis.smembers(_commit_key(ref))
        return {int(number) for number in numbers} == {ref.number}

    def pause(self, installation: int | None, until: float) -> None:
        """GitHub wants no requests of this installation until then (POSIX time)."""
        lifetime = max(1, round(until - time.time()))
        with translated():
            self._redis.set(f"ai-review:pause:{installation}", until, ex=lifetime)

    def paused_until(self, installation: int | None) -> float:
        """POSIX time from which requests are welcome again; 0 when they are now."""
        with translated():
            until: Any = self._redis.get(f"ai-review:pause:{installation}")
        return float(until or 0)

    def note_stranger(self, repo: str, login: str, least: MayCommand) -> None:
        """GitHub said that somebody has less than this permission on a repository."""
        with translated():
            self._redis.set(_stranger_key(repo, login, least), 1, ex=_STRANGER_SECONDS)

    def strangers(self, repo: str, logins: Collection[str], least: MayCommand) -> frozenset[str]:
        """Those of these people of whom GitHub said so within a day."""
        keys = {_stranger_key(repo, login, least): login for login in logins}
        with translated():
            noted: Any = self._redis.mget(keys) if keys else []
        return frozenset(login for login, note in zip(keys.values(), noted, strict=True) if note)

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
        """A repository's runs, newest first, without those that cannot be read."""
        with translated():
            texts: Any = self._redis.lrange(_records_key(repo), 0, limit - 1)
        found = [readable(text, RunRecord, "none") for text in texts]
        return tuple(record for record in found if record is not None)

    def repos(self) -> tuple[str, ...]:
        """Repositories with a run in the last 90 days, the most recent one first."""
        with translated():
            names: Any = self._redis.zrevrange(_REPOS_KEY, 0, -1)
        return tuple(name.decode() for name in names)

    def _put(self, ref: PullRequestRef, what: str, intent: Intent, *, keep_known: bool = False) -> None:
        key = _key("intents", ref)
        with translated(), self._redis.pipeline() as pipe:
            put = pipe.hsetnx if keep_known else pipe.hset
            put(key, what, msgspec.json.encode(intent))
            pipe.expire(key, _INTENT_SECONDS)
            pipe.execute()


def encode_kept(kept: KeptResult) -> bytes:
    """JSON with a version, in ASCII: a path that is no UTF-8 holds surrogates, which JSON can only escape."""
    return json.dumps(msgspec.to_builtins(_Versioned(_VERSION, kept))).encode()


def decode_kept(text: bytes) -> KeptResult | None:
    """What `encode_kept` was given; None when the text is of another version or damaged."""
    try:
        found = msgspec.convert(json.loads(text), type=_Versioned)
    except (ValueError, msgspec.ValidationError):
        return None
    return found.kept if found.version == _VERSION else None


def count_fates(review: Review) -> dict[str, int]:
    """For `RunRecord.fates`."""
    return dict(Counter(str(marked.disposition.fate) for marked in review.findings))


def _key(kind: str, ref: PullRequestRef) -> str:
    if ref.head_sha is None:
        raise ValueError("what is stored belongs to a head commit, and this reference names none")
    return f"ai-review:{kind}:{short_hash(f'{ref.repo.lower()}#{ref.number}@{ref.head_sha}')}"


def _commit_key(ref: PullRequestRef) -> str:
    return f"ai-review:commit:{short_hash(f'{ref.repo.lower()}@{ref.head_sha}')}"


def _pull_key(kind: str, ref: PullRequestRef) -> str:
    return f"ai-review:{kind}:{short_hash(f'{ref.repo.lower()}#{ref.number}')}"


def _answer_key(delivery: str) -> str:
    return f"ai-review:answer:{short_hash(delivery)}"


def _records_key(repo: str) -> str:
    return f"ai-review:records:{short_hash(repo.lower())}"


def _stranger_key(repo: str, login: str, least: MayCommand) -> str:
    return f"ai-review:stranger:{short_hash(f'{repo.lower()}:{least}:{login.lower()}')}"
