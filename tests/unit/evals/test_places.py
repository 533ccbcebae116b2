from __future__ import annotations

import pytest

from bot.domain.diff import Anchor, Side
from bot.domain.finding import (
    Category,
    Disposition,
    Fate,
    Finding,
    LineRange,
    MarkedFinding,
    Severity,
)
from bot.parsing.diffs import parse_diff
from workers.evals.cases import Place, Truth
from workers.evals.places import is_near, is_right_line, new_side

DIFF = parse_diff(
    b"""diff --git a/a.py b/a.py
--- a/a.py
+++ b/a.py
@@ -10,6 +10,5 @@ def f():
 ten
-eleven
-twelve
+ELEVEN
 thirteen
 fourteen
 fifteen
diff --git a/gone.py b/gone.py
deleted file mode 100644
--- a/gone.py
+++ /dev/null
@@ -1,2 +0,0 @@
-one
-two
"""
)


def at(
    path: str, first: int, last: int, side: Side = Side.RIGHT, anchor: Anchor | None = None
) -> MarkedFinding:
    finding = Finding(
        path=path,
        lines=LineRange(first, last, side),
        quote="",
        category=Category.CONTRACT,
        severity=Severity.LOW,
        confidence=0.5,
        claim="",
        trigger="",
        consequence="",
        source="test",
    )
    return MarkedFinding(finding, Disposition(Fate.POSTED), "", anchor=anchor)


def truth(*ranges: tuple[int, int], path: str = "a.py") -> Truth:
    return Truth((Place(path, ranges),), "")


def test_a_finding_is_where_its_comment_stands() -> None:
    assert new_side(at("a.py", 10, 40), DIFF) == (10, 40)
    assert new_side(at("a.py", 10, 40, anchor=Anchor("a.py", Side.RIGHT, 12, 11)), DIFF) == (11, 12)


@pytest.mark.parametrize(
    ("first", "last", "lines"), [(11, 11, (10, 11)), (11, 12, (10, 11)), (12, 12, (10, 11))]
)
def test_removed_lines_count_as_the_new_lines_around_them(
    first: int, last: int, lines: tuple[int, int]
) -> None:
    assert new_side(at("a.py", first, last, Side.LEFT), DIFF) == lines


def test_lines_of_a_removed_file_have_a_place_too() -> None:
    assert new_side(at("gone.py", 1, 2, Side.LEFT), DIFF) == (1, 1)


@pytest.mark.parametrize(
    ("lines", "near"),
    [
        ((15, 15), True),
        ((14, 14), False),
        ((25, 25), True),
        ((26, 26), False),
        ((1, 99), True),
        ((22, 22), True),
    ],
)
def test_near_is_within_five_lines(lines: tuple[int, int], near: bool) -> None:
    assert is_near("a.py", lines, truth((20, 20))) is near


def test_another_file_is_not_near_and_a_truth_without_lines_is_its_whole_file() -> None:
    assert not is_near("b.py", (20, 20), truth((20, 20)))
    assert is_near("a.py", (900, 900), truth())
    assert not is_near("b.py", (900, 900), truth())
    assert is_near("b.py", (900, 900), truth(path=""))


@pytest.mark.parametrize(("lines", "right"), [((11, 11), True), ((9, 12), True), ((12, 12), False)])
def test_a_line_is_right_where_it_meets_the_defects_own(lines: tuple[int, int], right: bool) -> None:
    assert is_right_line("a.py", lines, truth((11, 11)), DIFF) is right


@pytest.mark.parametrize(("lines", "right"), [((14, 14), True), ((13, 13), False)])
def test_of_a_defect_that_the_diff_does_not_show_the_nearest_shown_line_is_right(
    lines: tuple[int, int], right: bool
) -> None:
    assert is_right_line("a.py", lines, truth((18, 19)), DIFF) is right
