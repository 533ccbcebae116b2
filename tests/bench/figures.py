"""One measured figure: its runs, its target, and whether the target is met.

What is *not* here: measuring (the modules named after what they measure) and showing (tests.bench.report).
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Target(StrEnum):
    """Which side of its target a figure must lie on."""

    AT_LEAST = "at least"
    AT_MOST = "at most"
    BELOW = "below"


@dataclass(frozen=True, slots=True)
class Figure:
    """What was measured in every run, never empty.

    Attributes:
        group: heading that it stands under.
        runs: one value for each repetition, in `unit`.
        target: a side and a bound, or None where nothing was promised. The median is judged.
    """

    group: str
    name: str
    unit: str
    runs: tuple[float, ...]
    target: tuple[Target, float] | None = None

    @property
    def median(self) -> float:
        """The middle value of the runs."""
        return statistics.median(self.runs)

    @property
    def verdict(self) -> str:
        """`met`, `missed`, or empty without a target."""
        if self.target is None:
            return ""
        side, bound = self.target
        met = {
            Target.AT_LEAST: self.median >= bound,
            Target.AT_MOST: self.median <= bound,
            Target.BELOW: self.median < bound,
        }[side]
        return "met" if met else "missed"

    def as_json(self) -> dict[str, object]:
        """The form of `results/latest.json`."""
        return {
            "group": self.group,
            "name": self.name,
            "unit": self.unit,
            "min": _rounded(min(self.runs)),
            "median": _rounded(self.median),
            "max": _rounded(max(self.runs)),
            "runs": [_rounded(run) for run in self.runs],
            "target": f"{self.target[0]} {self.target[1]:g}" if self.target else "",
            "verdict": self.verdict,
        }


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least this share of the values does not exceed."""
    ordered = sorted(values)
    rank = max(1, -int(-share * len(ordered) // 1))
    return ordered[rank - 1]


def _rounded(value: float) -> float:
    """Three significant digits below a hundred, whole numbers above: more would be noise."""
    return round(value) if abs(value) >= 100 or value == round(value) else float(f"{value:.3g}")
