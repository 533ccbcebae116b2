"""The line that a claim names, where the quote of a longer statement ends before it."""

from __future__ import annotations

import pytest

from bot.domain.diff import Side
from bot.domain.finding import LineRange
from tests.support.changes import source_of
from workers.review.pointing import pointed

HEAD = """\
TOTAL = fetch(
    cart,
    timeout=5,
    rounding=ROUND_DOWN,
)
OTHER = fetch(cart, rounding=ROUND_DOWN)
"""
FILE = source_of("shop/total.py", None, HEAD)
CLAIM = "The amount is cut off: `rounding=ROUND_DOWN` takes the cent away."


def test_the_lines_reach_to_the_code_that_the_claim_names() -> None:
    assert pointed(CLAIM, LineRange(1, 2), FILE) == LineRange(1, 4)


@pytest.mark.parametrize("quoted", [LineRange(1, 4), LineRange(1, 5), LineRange(4, 4), LineRange(6, 6)])
def test_a_quote_that_holds_what_the_claim_names_stays(quoted: LineRange) -> None:
    assert pointed(CLAIM, quoted, FILE) == quoted


def test_a_quote_that_is_a_whole_statement_stays() -> None:
    assert pointed(CLAIM, LineRange(3, 3), FILE) == LineRange(3, 3)


@pytest.mark.parametrize(
    "claim", ["The amount is cut off.", "`cart` is wrong.", "`nowhere_at_all()` is called."]
)
def test_a_claim_that_names_no_code_near_by_moves_nothing(claim: str) -> None:
    assert pointed(claim, LineRange(1, 1), FILE) == LineRange(1, 1)


def test_only_lines_of_the_change_are_pointed_at() -> None:
    base = HEAD.replace("    cart,\n", "    basket,\n")
    changed = source_of("shop/total.py", base, HEAD)
    assert pointed(CLAIM, LineRange(1, 2), changed) == LineRange(1, 2)


def test_code_far_behind_is_not_meant() -> None:
    far = source_of("a.py", None, "x = fetch(\n" + "    cart,\n" * 12 + "    rounding=ROUND_DOWN,\n)\n")
    assert pointed(CLAIM, LineRange(1, 1), far) == LineRange(1, 1)


def test_removed_lines_stay() -> None:
    assert pointed(CLAIM, LineRange(1, 1, Side.LEFT), FILE) == LineRange(1, 1, Side.LEFT)
