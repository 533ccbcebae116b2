from __future__ import annotations

import pytest

from workers.review.lenses import PASSES, Lens, lenses


@pytest.mark.parametrize("passes", sorted(PASSES))
def test_so_many_passes_ask_so_many_different_questions(passes: int) -> None:
    assert len(set(lenses(passes, rules=False))) == passes


def test_one_pass_asks_for_everything_rules_included() -> None:
    assert lenses(1, rules=True) == (Lens.PLAIN,)


def test_several_passes_get_one_more_for_the_rules_where_there_are_any() -> None:
    assert lenses(3, rules=True) == (*lenses(3, rules=False), Lens.RULES)


def test_a_number_out_of_bounds_is_the_nearest_one() -> None:
    assert lenses(0, rules=False) == lenses(1, rules=False)
    assert lenses(99, rules=False) == lenses(max(PASSES), rules=False)
