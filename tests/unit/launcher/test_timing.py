from __future__ import annotations

from itertools import accumulate

from workers.launcher.timing import Timing

TIMING = Timing(first_pause=1.0, longest_pause=6.0, healthy=30.0)


def pauses(*lived: float) -> list[float]:
    """Seconds until each next start of a process that died after so many seconds each time."""
    deaths = list(accumulate(lived, TIMING.deaths, initial=0))[1:]
    return [TIMING.pause(number) for number in deaths]


def test_the_pause_before_a_start_doubles_with_each_early_death_up_to_the_longest() -> None:
    assert pauses(*[0.1] * 5, 30.0) == [1, 2, 4, 6, 6, 6]


def test_after_a_long_life_it_starts_over_with_the_first_pause() -> None:
    assert pauses(0.1, 0.1, 31, 0.1, 31, 31) == [1, 2, 1, 2, 1, 1]
