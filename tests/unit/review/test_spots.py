from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.diff import Side
from bot.domain.finding import LineRange
from tests.support.changes import source_of
from workers.review.spots import Spot, lines_of, replacement_of

ROW = st.text(st.sampled_from("ab {}()\t\"'+-#`é\x0c\u2028"), max_size=8)
BASE = "".join(f"line {number}\n" for number in range(1, 31))
HEAD = BASE.replace("line 10\n", "line ten\n")


@settings(deadline=None, max_examples=200)
@given(st.lists(ROW, min_size=1, max_size=8), st.sampled_from(["\n", "\r\n"]), st.booleans(), st.data())
def test_a_suggestion_changes_exactly_the_given_lines(
    rows: list[str], end: str, ended: bool, data: st.DataObject
) -> None:
    written = [f"{row}{end}" for row in rows]
    written[-1] = written[-1] if ended else rows[-1]
    first = data.draw(st.integers(1, len(rows)))
    last = data.draw(st.integers(first, len(rows)))
    new = lines_of(data.draw(st.lists(ROW, max_size=5).map("\n".join)))
    changed = Spot("a.txt", "".join(written), first, last).with_lines(new)

    above, below = "".join(written[: first - 1]), "".join(written[last:])
    is_open_end = last == len(rows) and not ended
    expected = "".join(f"{line}{end}" for line in new)
    if is_open_end and len(rows) == 1:  # nothing says which line ends the file has
        expected = replacement_of(new)
    assert (
        changed
        == above + (expected.removesuffix("\n").removesuffix("\r") if is_open_end else expected) + below
    )


@settings(deadline=None)
@given(st.lists(ROW, max_size=5))
def test_a_replacement_has_the_lines_that_were_put_in(rows: list[str]) -> None:
    assert lines_of(replacement_of(rows)) == (tuple(rows) if any(row.strip() for row in rows) else ())


@pytest.mark.parametrize("answer", ["", "\n", "\r\n", "  \n\t\n"])
def test_a_blank_replacement_removes_the_lines(answer: str) -> None:
    assert Spot("a.txt", "a\nb\nc\n", 2, 2).with_lines(lines_of(answer)) == "a\nc\n"


def test_lines_that_a_hunk_shows_can_be_replaced() -> None:
    spot = Spot.of(source_of("a.txt", BASE, HEAD), LineRange(9, 11))
    assert spot is not None
    assert (spot.rows, spot.above, spot.below) == (("line 9", "line ten", "line 11"), "line 8", "line 12")


@pytest.mark.parametrize(
    "lines",
    [
        None,
        LineRange(20, 20),
        LineRange(10, 14),
        LineRange(6, 10),
        LineRange(10, 10, Side.LEFT),
        LineRange(10, 10**9),
    ],
)
def test_lines_that_no_hunk_shows_whole_cannot(lines: LineRange | None) -> None:
    assert Spot.of(source_of("a.txt", BASE, HEAD), lines) is None


def test_lines_of_two_hunks_cannot() -> None:
    file = source_of("a.txt", BASE, HEAD)
    [hunk] = file.diff.hunks
    upper = replace(hunk, old_count=4, new_count=4, lines=hunk.lines[:5])
    lower = replace(hunk, old_start=11, new_start=11, old_count=3, new_count=3, lines=hunk.lines[5:])
    apart = replace(file, diff=replace(file.diff, hunks=(upper, lower)))
    assert Spot.of(apart, LineRange(11, 12)) is not None
    assert Spot.of(apart, LineRange(10, 11)) is None


def test_lines_that_the_text_has_not_as_the_diff_says_cannot() -> None:
    file = source_of("a.txt", BASE, HEAD)
    assert Spot.of(replace(file, text=HEAD.replace("ten", "11")), LineRange(10, 10)) is None
    assert Spot.of(replace(file, text=""), LineRange(10, 10)) is None


def test_windows_line_ends_are_no_part_of_a_line() -> None:
    file = source_of("a.txt", "a\r\nb\r\n", "a\r\nc\r\n")
    spot = Spot.of(file, LineRange(2, 2))
    assert spot is not None
    assert (spot.rows, spot.with_lines(("d", "e"))) == (("c",), "a\r\nd\r\ne\r\n")
