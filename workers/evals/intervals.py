"""Intervals and spreads.

What is *not* here: what is counted (workers.evals.scoring).
"""

from __future__ import annotations

import random
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import TypeVar

Interval = tuple[float, float]
"""Lower and upper end of a 95 % confidence interval, 0 to 1."""

ItemT = TypeVar("ItemT")
Z = 1.959964
SAMPLES = 2_000
SEED = 20_260_101
"""Fixed, so that the same answers make the same record."""


@dataclass(frozen=True, slots=True)
class Spread:
    """How a figure differs from run to run."""

    mean: float
    least: float
    most: float
    deviation: float


def wilson(part: float, whole: float) -> Interval | None:
    """Interval of a proportion; None where there is nothing to count."""
    if whole <= 0:
        return None
    share, square = part / whole, Z * Z
    middle = (share + square / (2 * whole)) / (1 + square / whole)
    half = Z * sqrt(share * (1 - share) / whole + square / (4 * whole * whole)) / (1 + square / whole)
    return max(0.0, middle - half), min(1.0, middle + half)


def bootstrap(items: Sequence[ItemT], figure: Callable[[Sequence[ItemT]], float | None]) -> Interval | None:
    """Interval of any figure, by drawing items again and again; None where it has no value."""
    if not items:
        return None
    # A sampler with a fixed seed is what makes a record repeatable.
    draw = random.Random(SEED)  # noqa: S311
    values = sorted(
        value for _ in range(SAMPLES) if (value := figure(draw.choices(items, k=len(items)))) is not None
    )
    if not values:
        return None
    return values[int(0.025 * (len(values) - 1))], values[int(0.975 * (len(values) - 1) + 0.5)]


def spread(values: Sequence[float]) -> Spread | None:
    """Mean, extremes and standard deviation; None for no values."""
    if not values:
        return None
    deviation = statistics.stdev(values) if len(values) > 1 else 0.0
    return Spread(statistics.fmean(values), min(values), max(values), deviation)
