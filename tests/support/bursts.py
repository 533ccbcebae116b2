"""Bursts of pushes, played to the real queue in time that passes on demand.

What is *not* here: how it passes (tests.support.ageing).
"""

from __future__ import annotations

import itertools
import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from redis import Redis

from bot.domain.pull_request import Trigger
from bot.queue import QueueOptions, Run
from tests.support.ageing import AgeingQueue
from tests.support.requests import review_request

PUSHES = 30
SECONDS = 60.0
PICK_UP = 0.1
"""Seconds until a worker starts what is due. Real ones take up to a second where a job had to wait."""
_AFTER = 0.2
"""Seconds after a start that count as just after it: more than a machine loses between two plays."""


@dataclass(frozen=True, slots=True)
class Burst:
    """What came of some pushes.

    Attributes:
        starts: seconds from the first moment to each start of a review.
        last_head: which push the last review looked at, from 1.
    """

    starts: tuple[float, ...]
    last_head: int


def play(redis: Redis, options: QueueOptions, pushes: Sequence[float], review: float) -> Burst:
    """Push at these moments, in seconds and in order; each review takes `review` seconds.

    It reads the newest head, and as a worker does, it asks for one more where it ends at an older one.
    """
    player = _Player(AgeingQueue(redis, options), review)
    for at in pushes:
        player.go_on(until=at)
        player.push()
    player.go_on(until=float("inf"))
    return Burst(tuple(player.starts), player.looked_at)


class _Player:
    def __init__(self, ageing: AgeingQueue, review: float) -> None:
        self.starts: list[float] = []
        self.looked_at = 0
        self._ageing = ageing
        self._review = review
        self._passed = -time.monotonic()
        self._pushed = 0
        self._run: Run | None = None
        self._queued: float | None = None
        self._ends = 0.0

    def push(self) -> None:
        self._pushed += 1
        self._ageing.queue.submit(review_request(f"d-{self._pushed}", head=_head(self._pushed)))

    def go_on(self, until: float) -> None:
        """Start and end runs up to this moment."""
        while (step := self._next()) is not None and step[0] <= until:
            self._pass_to(step[0])
            step[1]()
        if until != float("inf"):
            self._pass_to(until)

    def _next(self) -> tuple[float, Callable[[], None]] | None:
        if self._run is not None:
            return self._ends, self._end
        due = self._ageing.due_in()
        if due is None:
            return None
        if due or self._queued is None:
            self._queued = self._now + due
        return self._queued + PICK_UP, self._start

    @property
    def _now(self) -> float:
        return self._passed + time.monotonic()

    def _pass_to(self, moment: float) -> None:
        seconds = max(0.0, moment - self._now)
        self._ageing.pass_time(seconds)
        self._passed += seconds

    def _start(self) -> None:
        self._run, self._queued = self._ageing.begin(), None
        self.looked_at = self._pushed
        self.starts.append(self._now)
        self._ends = self._now + self._review

    def _end(self) -> None:
        run = self._run
        assert run is not None
        self._run = None
        if self._pushed == self.looked_at:
            run.finish(_head(self.looked_at))
            return
        moved = review_request(f"moved-{run.token}", head=None, trigger=Trigger.SYNCHRONIZE)
        self._ageing.queue.submit(moved)
        run.finish()


def _head(number: int) -> str:
    return f"{number:040x}"


def random_bursts(count: int, seed: int = 1) -> Iterator[list[float]]:
    """Each `PUSHES` pushes at random moments of `SECONDS`; the same ones for the same seed."""
    dice = random.Random(seed)  # noqa: S311 - the same moments in every run
    for _ in range(count):
        yield sorted(dice.uniform(0, SECONDS) for _ in range(PUSHES))


def even_burst() -> list[float]:
    """A push every two seconds: the last one at the end of the minute."""
    return [number * SECONDS / (PUSHES - 1) for number in range(PUSHES)]


def hostile_burst(redis: Redis, options: QueueOptions, review: float) -> list[float]:
    """Each push comes just after the review of the one before began, as long as the minute lasts.

    Only so does every push cost a review. Those that are left over come at the end.
    """
    pushes: list[float] = [0.0]
    while len(pushes) < PUSHES:
        after = play(redis, options, pushes, review).starts[-1] + _AFTER
        if after > SECONDS:
            break
        pushes.append(after)
    return list(itertools.islice(itertools.chain(pushes, itertools.repeat(SECONDS)), PUSHES))
