"""Figures: the median is judged, and percentiles are of what was seen."""

from __future__ import annotations

import pytest

from tests.bench.figures import Figure, Target, percentile


@pytest.mark.parametrize(
    ("side", "runs", "verdict"),
    [
        (Target.AT_LEAST, (399, 400, 900), "met"),
        (Target.AT_LEAST, (399, 399, 900), "missed"),
        (Target.AT_MOST, (1, 400, 900), "met"),
        (Target.BELOW, (1, 400, 900), "missed"),
        (Target.BELOW, (1, 399, 900), "met"),
    ],
)
def test_the_median_is_held_against_the_target(side: Target, runs: tuple[float, ...], verdict: str) -> None:
    assert Figure("group", "name", "unit", runs, (side, 400)).verdict == verdict


def test_without_a_target_there_is_no_verdict() -> None:
    assert Figure("group", "name", "unit", (1.0,)).verdict == ""


def test_a_percentile_is_a_value_that_was_seen() -> None:
    values = [float(value) for value in range(1, 201)]
    assert percentile(values, 0.99) == 198
    assert percentile(values, 0.5) == 100
    assert percentile([7.0], 0.99) == 7
