"""Thirty pushes in a minute: how many reviews they cost, by default and with a bound of a minute.

The queue's own scripts on a real Valkey, in time that passes on demand; the random moments are the same ones
in every run. Counted are reviews, not seconds.
What is *not* here: processes (tests/faults/test_workers.py has a burst with real workers), and what a review
costs.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from redis import Redis

from bot.queue import QueueOptions, options_of
from bot.settings import load_settings
from tests.bench.figures import Figure, Target
from tests.support.bursts import PUSHES, SECONDS, Burst, even_burst, hostile_burst, play, random_bursts
from tests.support.valkey import server_in

_GROUP = f"{PUSHES} pushes in {SECONDS:g} s"
_REVIEWS = (1.0, 10.0, 30.0)
"""Seconds that a review takes: analysers alone, a quick model, a usual one."""
_BURSTS = 100
_BOUNDED_BURSTS = 20
_ALLOWED = 2
_PROMISE = (Target.AT_MOST, float(_ALLOWED))
_DEFAULT = options_of(load_settings({}))
_BOUND = QueueOptions(push_spacing=60.0)


def measure_bursts(folder: Path) -> list[Figure]:
    """At random moments, evenly, and a push just after each start; with a bound only what must hold."""
    with server_in(folder) as server, Redis.from_url(server.fresh_url()) as redis:
        seen = {review: _at_random(redis, _DEFAULT, review, _BURSTS) for review in _REVIEWS}
        even, hostile = _others(redis, _DEFAULT)
        figures = [figure for review in _REVIEWS for figure in _random_figures(review, seen[review])]
        figures.append(_most("evenly spaced", even, _PROMISE))
        figures.append(_most("each just after the start of a review", hostile))
        bounded = [
            burst for review in _REVIEWS for burst in _at_random(redis, _BOUND, review, _BOUNDED_BURSTS)
        ]
        kept = [*bounded, *(burst for bursts in _others(redis, _BOUND) for burst in bursts)]
    figures.append(_most(f"any of these, AI_REVIEW_PUSH_SPACING={_BOUND.push_spacing:g}", kept, _PROMISE))
    every = [*(burst for bursts in seen.values() for burst in bursts), *even, *hostile, *kept]
    missed = sum(burst.last_head != PUSHES for burst in every)
    name = f"of {len(every)} bursts: last push not reviewed"
    return [*figures, Figure(_GROUP, name, "bursts", (float(missed),), (Target.AT_MOST, 0.0))]


def _at_random(redis: Redis, options: QueueOptions, review: float, count: int) -> list[Burst]:
    return [play(redis, options, pushes, review) for pushes in random_bursts(count)]


def _others(redis: Redis, options: QueueOptions) -> tuple[list[Burst], list[Burst]]:
    even = [play(redis, options, even_burst(), review) for review in _REVIEWS]
    hostile = [play(redis, options, hostile_burst(redis, options, review), review) for review in _REVIEWS]
    return even, hostile


def _random_figures(review: float, bursts: Sequence[Burst]) -> list[Figure]:
    name = f"at random, reviews of {review:g} s"
    share = sum(len(burst.starts) <= _ALLOWED for burst in bursts) / len(bursts)
    return [
        Figure(_GROUP, f"{name}: bursts with at most {_ALLOWED}", "%", (100 * share,)),
        _most(name, bursts),
    ]


def _most(name: str, bursts: Sequence[Burst], target: tuple[Target, float] | None = None) -> Figure:
    most = max(len(burst.starts) for burst in bursts)
    return Figure(_GROUP, f"{name}: most reviews", "reviews", (float(most),), target)
